import type { HourUsage, RangeData } from "../../readers/page-range.ts";
import { count, counted, money } from "../../format/figures.ts";
import { chartOf, type Size } from "../chart.ts";
import { HALF, NARROW, type Drawing, type Figure } from "../figure.ts";
import { heatColours, heatLegend, heatOf } from "../heat.ts";
import { aloud } from "../words.ts";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** How many hours are listed. */
const LISTED = 10;

/** At which hours of the week it was spent. */
export function hoursFigure({ hours, recentSince }: RangeData): Figure {
  const mostFirst = hours.toSorted((a, b) => (b.totalCost ?? 0) - (a.totalCost ?? 0));
  return {
    id: "hours",
    title: "Hour by hour",
    legend: heatLegend(hours),
    summary: summaryOf(mostFirst, recentSince),
    wide: drawHours(hours, { width: HALF, height: 290 }),
    narrow: drawHours(hours, { width: NARROW, height: 220 }),
    figures: {
      title: "The most expensive hours of the week",
      words: 2,
      heads: ["weekday", "hour", "cost", "calls"],
      rows: mostFirst
        .slice(0, LISTED)
        .map((row) => [weekdayOf(row), hourName(row.hour), money(row), count(row.calls)]),
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

function summaryOf([top]: HourUsage[], since: string): string {
  if (top === undefined) return `No call is known from ${since} on.`;
  const { totalCost, unpricedTokens, calls, hour } = top;
  const what = aloud(money({ totalCost, unpricedTokens }));
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
      visualMap: heatColours(2),
      series: {
        type: "heatmap",
        data: cells.map(({ day, hour, usage }) => [
          hour,
          day,
          usage === undefined ? 0 : heatOf(usage.level),
        ]),
      },
    },
    size,
    (_, index) => {
      const cell = cells[index];
      if (cell === undefined) return undefined;
      const { day, hour, usage } = cell;
      const what =
        usage === undefined ? "nothing" : `${money(usage)} in ${counted(usage.calls, "call")}`;
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
