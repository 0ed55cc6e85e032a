import { grainFor, type Grain } from "../../readers/grain.ts";
import type { RangeData } from "../../readers/page-range.ts";
import { count, counted, money } from "../../format/figures.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { chartOf, type Size } from "../chart.ts";
import { NARROW, WIDE, type Drawing, type Figure } from "../figure.ts";
import { listedGrain } from "../grain.ts";
import { compactDollars, aloud, periodName } from "../words.ts";

/** What each day cost, and what it has come to. */
export function costFigure(data: RangeData): Figure {
  const grain = grainFor(data.periods, { days: 1100, weeks: 600 });
  const narrow = grainFor(data.periods, { days: 160, weeks: 170 });
  const listed = listedGrain(data);
  return {
    id: "cost",
    title: "Cumulative cost",
    legend: [
      { name: "cost", colour: "var(--c1)" },
      { name: "running total", colour: "var(--c2)", isLine: true },
    ],
    summary: summaryOf(data),
    wide: drawCost(data, grain, { width: WIDE, height: 330 }),
    narrow: drawCost(data, narrow, { width: NARROW, height: 260 }),
    figures: {
      title: `Cost by ${listed}`,
      words: 1,
      heads: [listed, "cost", "running total", "days with usage"],
      rows: data.periods[listed].map((period) => [
        periodName(period, listed),
        money(period),
        money({ totalCost: period.runningCost, unpricedTokens: period.runningUnpriced }),
        count(period.daysWithUsage),
      ]),
    },
    isHalf: false,
  };
}

function summaryOf({ summary, span, mostExpensiveDay }: RangeData): string {
  const { totalCost, unpricedTokens, costPerDay, days } = summary;
  if (totalCost === null) return `No price is known for the usage from ${span.since} on.`;
  const total = `From ${span.since} to ${span.until} it came to ${aloud(money({ totalCost, unpricedTokens }))}`;
  const average = `${aloud(money({ totalCost: costPerDay, unpricedTokens }))} a day over ${counted(days, "day")}`;
  const top =
    mostExpensiveDay === null
      ? ""
      : ` The most expensive day was ${mostExpensiveDay.date} with ${aloud(money(mostExpensiveDay))}.`;
  return `${total}, which is ${average}.${top}`;
}

function drawCost({ periods }: RangeData, grain: Grain, size: Size): Drawing {
  const shown = periods[grain];
  const chart = chartOf(
    {
      grid,
      xAxis: timeAxis(shown, grain, size.width),
      yAxis: [
        valueAxis(compactDollars),
        { ...valueAxis(compactDollars), alignTicks: true, splitLine: { show: false } },
      ],
      series: [
        {
          type: "bar",
          data: shown.map(({ totalCost }) => totalCost),
          itemStyle: { color: "var(--c1)" },
          barMaxWidth: 28,
          barCategoryGap: shown.length * 4 > size.width ? "0%" : "20%",
        },
        {
          type: "line",
          yAxisIndex: 1,
          data: shown.map(({ runningCost }) => runningCost),
          lineStyle: { color: "var(--c2)", width: 2.5 },
          itemStyle: { color: "var(--c2)" },
          // A line of one point is not seen.
          symbol: shown.length === 1 ? "circle" : "none",
          clip: false,
        },
      ],
    },
    size,
    (series, index) => {
      const period = shown[index];
      if (series !== 0 || period === undefined) return undefined;
      const { totalCost, unpricedTokens, runningCost, runningUnpriced } = period;
      return `${periodName(period, grain)}: ${money({ totalCost, unpricedTokens })}, altogether ${money({ totalCost: runningCost, unpricedTokens: runningUnpriced })}`;
    },
  );
  return { unit: `US dollars: each ${grain} on the left scale, the total on the right`, ...chart };
}
