import { grainFor, type Grain } from "../../readers/grain.ts";
import type { RangeData } from "../../readers/page-range.ts";
import { compact, count, percent } from "../../format/figures.ts";
import type { TokenKind } from "../../usage.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { chartOf, type Size } from "../chart.ts";
import { HALF, NARROW, type Drawing, type Figure } from "../figure.ts";
import { listedGrain } from "../grain.ts";
import { periodName } from "../words.ts";

/** From the most of them to the fewest, as it usually is. */
const kinds: { kind: TokenKind; name: string; colour: string }[] = [
  { kind: "cacheReadTokens", name: "cache read", colour: "var(--c1)" },
  { kind: "cacheCreationTokens", name: "cache creation", colour: "var(--c2)" },
  { kind: "outputTokens", name: "output", colour: "var(--c3)" },
  { kind: "inputTokens", name: "input", colour: "var(--c4)" },
];

/** How many tokens of each kind. */
export function tokensFigure(data: RangeData): Figure {
  const { summary, periods } = data;
  const grain = grainFor(data.periods, { days: 60, weeks: 110 });
  const listed = listedGrain(data);
  const all = summary.totalTokens;
  const parts = kinds.map(
    ({ kind, name }) => `${percent(all === 0 ? null : summary[kind] / all)} ${name}`,
  );
  return {
    id: "tokens",
    title: "Tokens by kind",
    legend: kinds.map(({ name, colour }) => ({ name, colour })),
    summary: `${count(summary.totalTokens)} tokens: ${parts.join(", ")}.`,
    wide: drawTokens(data, grain, { width: HALF, height: 260 }),
    narrow: drawTokens(data, grain, { width: NARROW, height: 230 }),
    figures: {
      title: `Tokens by ${listed}`,
      words: 1,
      heads: [listed, ...kinds.map(({ name }) => name)],
      rows: periods[listed].map((period) => [
        periodName(period, listed),
        ...kinds.map(({ kind }) => count(period[kind])),
      ]),
    },
    isHalf: true,
  };
}

function drawTokens({ periods }: RangeData, grain: Grain, size: Size): Drawing {
  const shown = periods[grain];
  const chart = chartOf(
    {
      grid,
      xAxis: timeAxis(shown, grain, size.width),
      yAxis: valueAxis(compact),
      series: kinds.map(({ kind, colour }) => ({
        type: "bar",
        stack: "tokens",
        data: shown.map((period) => period[kind] || null),
        itemStyle: { color: colour },
        barMaxWidth: 28,
        barCategoryGap: "20%",
      })),
    },
    size,
    (series, index) => {
      const [kind, period] = [kinds[series], shown[index]];
      if (kind === undefined || period === undefined) return undefined;
      return `${periodName(period, grain)}: ${count(period[kind.kind])} tokens of ${kind.name}`;
    },
  );
  return { unit: `Tokens each ${grain}`, ...chart };
}
