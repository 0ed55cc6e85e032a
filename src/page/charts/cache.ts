import { grainFor, type Grain } from "../../readers/grain.ts";
import type { RangeData } from "../../readers/page-range.ts";
import { count, dollars, percent } from "../../format/figures.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { chartOf, type Size } from "../chart.ts";
import { HALF, NARROW, type Drawing, type Figure } from "../figure.ts";
import { listedGrain } from "../grain.ts";
import { aloud, periodName } from "../words.ts";

/** How much of what went in was read from the cache. */
export function cacheFigure(data: RangeData): Figure {
  const grain = grainFor(data.periods, { days: 100, weeks: 160 });
  const listed = listedGrain(data);
  return {
    id: "cache",
    title: "Cache efficiency",
    legend: [],
    summary: summaryOf(data),
    wide: drawCache(data, grain, { width: HALF, height: 260 }),
    narrow: drawCache(data, grain, { width: NARROW, height: 230 }),
    figures: {
      title: `Cache by ${listed}`,
      words: 1,
      heads: [listed, "hit rate", "cache read", "cache creation", "input"],
      rows: data.periods[listed].map((period) => [
        periodName(period, listed),
        percent(period.hitRate),
        count(period.cacheReadTokens),
        count(period.cacheCreationTokens),
        count(period.inputTokens),
      ]),
    },
    isHalf: true,
  };
}

function summaryOf({ summary, savings }: RangeData): string {
  if (summary.hitRate === null) return "Nothing went in, so nothing could be read from the cache.";
  const rate = `${percent(summary.hitRate)} of what went in was read from the cache.`;
  const { netSavings, unknownTokens } = savings;
  if (netSavings === null) return rate;
  const without =
    unknownTokens > 0
      ? ` (${count(unknownTokens)} tokens of models without known rates not counted)`
      : "";
  return netSavings < 0
    ? `${rate} At list price, writing it cost ${aloud(dollars(-netSavings))} more than reading it saved${without}.`
    : `${rate} At list price that saved at most ${aloud(dollars(netSavings))}, net of what writing it cost${without}.`;
}

function drawCache({ periods }: RangeData, grain: Grain, size: Size): Drawing {
  const shown = periods[grain];
  const isAlone = (index: number): boolean =>
    (shown[index - 1]?.hitRate ?? null) === null && (shown[index + 1]?.hitRate ?? null) === null;
  const chart = chartOf(
    {
      grid,
      xAxis: timeAxis(shown, grain, size.width),
      yAxis: { ...valueAxis((value) => `${value}%`), min: 0, max: 100, interval: 25 },
      series: {
        type: "line",
        data: shown.map(({ hitRate }, index) => ({
          value: hitRate === null ? null : hitRate * 100,
          // Points are for short spans, and for those that no line leads to.
          symbol: hitRate !== null && (shown.length <= 60 || isAlone(index)) ? "circle" : "none",
        })),
        symbolSize: 5,
        showAllSymbol: true,
        itemStyle: { color: "var(--c3)" },
        lineStyle: { color: "var(--c3)", width: 2 },
        areaStyle: { color: "var(--c3)", opacity: 0.15 },
        clip: false,
      },
    },
    size,
    (_, index) => {
      const period = shown[index];
      return period && `${periodName(period, grain)}: ${percent(period.hitRate)}`;
    },
  );
  return {
    unit: `Percent of what went in that was read from the cache, each ${grain}`,
    ...chart,
  };
}
