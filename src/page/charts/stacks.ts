import type { Grain } from "../../readers/grain.ts";
import type { GroupPeriod, RangeData, Stacks } from "../../readers/page-range.ts";
import { DISTINCT_GROUPS } from "../../readers/page-range.ts";
import { counted, money } from "../../format/figures.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { chartOf, type Size } from "../chart.ts";
import { coloursOf } from "../colours.ts";
import { NARROW, WIDE, type Drawing, type Figure } from "../figure.ts";
import { compactDollars, periodName } from "../words.ts";

/** What is stacked: models or projects, in the order of their cost in the span. */
export interface Stacked {
  groups: readonly { key: string; name: string }[];
  /** How many there are in the span, shown or not. */
  groupsInAll: number;
  /** What they cost over time, by `RangeData.stacks`. */
  rowsOf: (stacks: Stacks) => readonly GroupPeriod[];
  /** All of them that the books have, the most expensive first: their places decide their colours. */
  all: readonly string[];
}

interface Stack {
  key: string | null;
  name: string;
  colour: string;
}

/** The average's line stands out from every colour. */
const AVERAGE = "var(--ink)";

/** A day that is not over, beside those that are. */
const UNFINISHED = 0.5;

/** What the most expensive of them cost over time, each in its colour, and the others as one. */
export function stackedDrawings(
  data: RangeData,
  stacked: Stacked,
): Pick<Figure, "legend" | "wide" | "narrow"> {
  const { wide, narrow } = data.stacks;
  const stacks = stacksOf(stacked);
  return {
    legend: [
      ...stacks.map(({ name, colour }) => ({ name, colour })),
      ...(hasAverage(data, wide.grain)
        ? [{ name: "7-day average", colour: AVERAGE, isLine: true as const }]
        : []),
    ],
    wide: drawStacks(data, stacks, stacked.rowsOf(wide), wide.grain, { width: WIDE, height: 300 }),
    narrow: drawStacks(data, stacks, stacked.rowsOf(narrow), narrow.grain, {
      width: NARROW,
      height: 240,
    }),
  };
}

/** Of days, a week of them and more. */
function hasAverage({ periods }: RangeData, grain: Grain): boolean {
  return grain === "day" && periods.day.length > 7;
}

function stacksOf({ groups, groupsInAll, all }: Stacked): Stack[] {
  const shown = groups.slice(0, DISTINCT_GROUPS);
  const colours = coloursOf(
    shown.map(({ key }) => key),
    all,
  );
  const own = shown.map(({ key, name }) => ({
    key,
    name,
    colour: colours.get(key) ?? "",
  }));
  const rest = groupsInAll - own.length;
  const others = { key: null, name: counted(rest, "other"), colour: "var(--other)" };
  return rest === 0 ? own : [...own, others];
}

function drawStacks(
  data: RangeData,
  stacks: readonly Stack[],
  rows: readonly GroupPeriod[],
  grain: Grain,
  size: Size,
): Drawing {
  const periods = data.periods[grain];
  const byKey = Map.groupBy(rows, ({ key }) => key);
  const series = stacks.map(({ key, colour }) => {
    const byStart = new Map((byKey.get(key) ?? []).map((row) => [row.start, row]));
    return { colour, rows: periods.map(({ start }) => byStart.get(start)) };
  });
  const chart = chartOf(
    {
      grid,
      xAxis: timeAxis(periods, grain, size.width),
      yAxis: valueAxis(compactDollars),
      series: [
        ...series.map((one) => ({
          type: "bar" as const,
          stack: "cost",
          data: one.rows.map((row) => {
            const value = row?.totalCost || null;
            const isOver = row?.start !== data.today;
            return isOver ? value : { value, itemStyle: { opacity: UNFINISHED } };
          }),
          itemStyle: { color: one.colour },
          barMaxWidth: 28,
          barCategoryGap: "20%",
        })),
        ...(hasAverage(data, grain)
          ? [
              {
                type: "line" as const,
                data: periods.map(({ sevenDayAverage }) => sevenDayAverage),
                lineStyle: { color: AVERAGE, width: 2 },
                itemStyle: { color: AVERAGE },
                symbol: "none",
                clip: false,
              },
            ]
          : []),
      ],
    },
    size,
    (place, index) => {
      const [stack, row] = [stacks[place], series[place]?.rows[index]];
      if (stack === undefined || row === undefined) return undefined;
      return `${periodName(row, grain)}: ${stack.name} ${money(row)}`;
    },
  );
  const isUnfinished = grain === "day" && periods.at(-1)?.start === data.today;
  const unit = `US dollars each ${grain}${isUnfinished ? "; today, the last one, is not over" : ""}`;
  return { unit, ...chart };
}
