import { dollars } from "../format/figures.ts";
import type { CalendarDay, HourUsage } from "../readers/page-range.ts";
import type { ChartOption } from "./chart.ts";
import type { Figure } from "./figure.ts";

/** A square's colour: the fifth of all with a cost that it is in, nothing, or unknown. */

type Cell = Pick<CalendarDay | HourUsage, "level" | "levelLeast" | "levelMost">;

const LEVELS = [1, 2, 3, 4, 5];

/** For a chart, which knows numbers only. */
const UNKNOWN = -1;

const UNKNOWN_COLOUR = "var(--other)";

/** What a square's colour is told by, where `heatColours` reads it. */
export function heatOf(level: number | null): number {
  return level ?? UNKNOWN;
}

/** Maps one dimension of the data to the colours. */
export function heatColours(dimension: number): NonNullable<ChartOption["visualMap"]> {
  return {
    type: "piecewise",
    show: false,
    dimension,
    pieces: [
      { value: UNKNOWN, color: UNKNOWN_COLOUR },
      ...[0, ...LEVELS].map((level) => ({ value: level, color: `var(--heat-${level})` })),
    ],
  };
}

/** What each colour means, in dollars. */
export function heatLegend(cells: readonly Cell[]): Figure["legend"] {
  const levels = LEVELS.flatMap((level) => {
    const cell = cells.find((one) => one.level === level);
    if (cell === undefined || cell.levelLeast === null || cell.levelMost === null) return [];
    const [least, most] = [dollars(cell.levelLeast), dollars(cell.levelMost)];
    return [
      { name: least === most ? least : `${least} – ${most}`, colour: `var(--heat-${level})` },
    ];
  });
  const unknown = cells.some(({ level }) => level === null)
    ? [{ name: "unknown", colour: UNKNOWN_COLOUR }]
    : [];
  return [{ name: "nothing", colour: "var(--heat-0)" }, ...levels, ...unknown];
}
