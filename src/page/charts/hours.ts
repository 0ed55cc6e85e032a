import type { HourUsage, RangeData } from "../../readers/page-range.ts";
import { count, counted, money } from "../../format/figures.ts";
import { chartOf, type Size } from "../chart.ts";
import { HALF, NARROW, type Drawing, type Figure } from "../figure.ts";
import { moneyWords } from "../words.ts";

const LEVELS = [1, 2, 3, 4, 5];

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const UNKNOWN = "var(--other)";

/** How many hours are listed. */
const LISTED = 10;

/** At which hours of the week it was spent. */
export function hoursFigure({ hours, recentSince }: RangeData): Figure {
  const mostFirst = hours.toSorted((a, b) => (b.totalCost ?? 0) - (a.totalCost ?? 0));
  return {
    id: "hours",
    title: "Hour by hour",
    legend: legendOf(hours),
    summary: summaryOf(mostFirst, recentSince),
    wide: drawHours(hours, { width: HALF, height: 290 }),
    narrow: drawHours(hours, { width: NARROW, height: 220 }),
    figures: {
      title: "The most expensive hours of the week",
      words: 2,
      heads: ["weekday", "hour", "cost", "calls"],
      rows: mostFirst
        .slice(0, LISTED)
        .map((row) => [
          weekdayOf(row),
          hourName(row.hour),
          money(row.totalCost, row.unpricedTokens),
          count(row.calls),
        ]),
    },
    isHalf: true,
  };
}

function weekdayOf({ weekday }: HourUsage): string {
  return WEEKDAYS[weekday - 1] ?? "";
}

function hourName(hour: number): string {
  return `${hour.toString().padStart(2, "0")}:00`;
}

function legendOf(hours: HourUsage[]): Figure["legend"] {
  const levels = LEVELS.flatMap((level) => {
    const hour = hours.find((one) => one.level === level);
    if (hour === undefined) return [];
    const [least, most] = [money(hour.levelLeast), money(hour.levelMost)];
    return [
      { name: least === most ? least : `${least} – ${most}`, colour: `var(--heat-${level})` },
    ];
  });
  const unknown = hours.some(({ level }) => level === null)
    ? [{ name: "unknown", colour: UNKNOWN }]
    : [];
  return [{ name: "nothing", colour: "var(--heat-0)" }, ...levels, ...unknown];
}

function summaryOf([top]: HourUsage[], since: string): string {
  if (top === undefined) return `No call is known from ${since} on.`;
  const { totalCost, unpricedTokens, calls, hour } = top;
  const what = moneyWords(totalCost, unpricedTokens);
  return `From ${since} on, by the machine's clock. Most was spent on ${weekdayOf(top)} from ${hourName(hour)} on: ${what} in ${counted(calls, "call")}.`;
}

function drawHours(hours: HourUsage[], size: Size): Drawing {
  const byPlace = new Map(hours.map((one) => [placeOf(one), one]));
  const cells = WEEKDAYS.flatMap((_, day) =>
    HOURS.map((hour) => ({ day, hour, usage: byPlace.get(placeOf({ weekday: day + 1, hour })) })),
  );
  const isWide = size.width > NARROW;
  const quietAxis = {
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: "var(--muted)", fontSize: 11 },
  };
  const chart = chartOf(
    {
      grid: { left: 34, right: 4, top: 4, bottom: 22, outerBoundsMode: "none" },
      xAxis: {
        type: "category",
        data: HOURS.map(String),
        ...quietAxis,
        axisLabel: { ...quietAxis.axisLabel, interval: isWide ? 2 : 5 },
      },
      yAxis: { type: "category", data: WEEKDAYS, inverse: true, ...quietAxis },
      visualMap: {
        type: "piecewise",
        show: false,
        dimension: 2,
        pieces: [
          { value: -1, color: UNKNOWN },
          { value: 0, color: "var(--heat-0)" },
          ...LEVELS.map((level) => ({ value: level, color: `var(--heat-${level})` })),
        ],
      },
      series: {
        type: "heatmap",
        data: cells.map(({ day, hour, usage }) => [
          hour,
          day,
          usage === undefined ? 0 : (usage.level ?? -1),
        ]),
      },
    },
    size,
    (_, index) => {
      const cell = cells[index];
      if (cell === undefined) return undefined;
      const { day, hour, usage } = cell;
      const what =
        usage === undefined
          ? "nothing"
          : `${money(usage.totalCost, usage.unpricedTokens)} in ${counted(usage.calls, "call")}`;
      return `${WEEKDAYS[day]} ${hourName(hour)}: ${what}`;
    },
  );
  return {
    unit: "US dollars an hour of the week; each colour is a fifth of those with a cost",
    ...chart,
  };
}

function placeOf({ weekday, hour }: Pick<HourUsage, "weekday" | "hour">): string {
  return `${weekday} ${hour}`;
}
