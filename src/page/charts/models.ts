import type { Grain, PageData } from "../../readers/page.ts";
import { DISTINCT_MODELS } from "../../readers/page.ts";
import { count, counted, money, percent } from "../../format/figures.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { draw, type Size } from "../draw.ts";
import { NARROW, WIDE, type Drawing, type Figure } from "../figure.ts";
import { grainFor } from "../grain.ts";
import { compactDollars, modelName, moneyWords, periodName } from "../words.ts";

/** How many models are listed; a machine that tries them all would fill pages. */
const LISTED = 30;

/** The average's line stands out from every model's colour. */
const AVERAGE = "var(--ink)";

/** A day that is not over, beside those that are. */
const UNFINISHED = 0.5;

/** Of days, a week of them and more. */
function hasAverage({ periods }: PageData, grain: Grain): boolean {
  return grain === "day" && periods.day.length > 7;
}

/** What each model cost over time. */
export function modelsFigure(data: PageData): Figure {
  const { models } = data;
  const grain = grainFor(data, { days: 100, weeks: 160 });
  const narrow = grainFor(data, { days: 60, weeks: 60 });
  return {
    id: "models",
    title: "Cost by model",
    legend: [
      ...stacksOf(data).map(({ name, colour }) => ({ name, colour })),
      ...(hasAverage(data, grain)
        ? [{ name: "7-day average", colour: AVERAGE, isLine: true as const }]
        : []),
    ],
    summary: summaryOf(data),
    wide: drawModels(data, grain, { width: WIDE, height: 300 }),
    narrow: drawModels(data, narrow, { width: NARROW, height: 240 }),
    figures: {
      title: models.length > LISTED ? `The ${LISTED} most expensive models` : "Cost by model",
      words: 1,
      heads: ["model", "cost", "share", "tokens", "output", "days with usage"],
      rows: models
        .slice(0, LISTED)
        .map((row) => [
          modelName(row.model),
          money(row.totalCost, row.unpricedTokens),
          percent(row.share),
          count(row.totalTokens),
          count(row.outputTokens),
          count(row.daysWithUsage),
        ]),
    },
    isHalf: false,
  };
}

function summaryOf({ models }: PageData): string {
  const parts = models
    .filter(({ totalCost }) => totalCost !== null && totalCost > 0)
    .slice(0, 3)
    .map(
      ({ model, totalCost, unpricedTokens, share }) =>
        `${modelName(model)} ${moneyWords(totalCost, unpricedTokens)} (${percent(share)})`,
    );
  const used = `${counted(models.length, "model")} used`;
  return parts.length === 0
    ? `${used}, none with a known price.`
    : `${used}: ${parts.join(", ")}${models.length > parts.length ? " and others" : ""}.`;
}

/** What is stacked: the most expensive models, each in its colour, and the others as one. */
function stacksOf({
  models,
  modelNames,
}: PageData): { model: string | null; name: string; colour: string }[] {
  const shown = models.slice(0, DISTINCT_MODELS).map(({ model }) => model);
  const colours = coloursOf(shown, modelNames);
  const own = shown.map((model) => ({
    model,
    name: modelName(model),
    colour: `var(--c${(colours.get(model) ?? 0) + 1})`,
  }));
  const rest = models.length - own.length;
  const others = { model: null, name: `${counted(rest, "other")}`, colour: "var(--other)" };
  return rest === 0 ? own : [...own, others];
}

/**
 * A colour for each of some models, by number: the one of its place among all models of the books, so that it has the
 * same one in every range; of two that would share one the more expensive has it.
 */
function coloursOf(shown: readonly string[], all: readonly string[]): Map<string, number> {
  const colours = new Map<string, number>();
  const taken = new Set<number>();
  for (const model of shown.toSorted((a, b) => all.indexOf(a) - all.indexOf(b))) {
    let colour = Math.max(0, all.indexOf(model)) % DISTINCT_MODELS;
    while (taken.has(colour)) colour = (colour + 1) % DISTINCT_MODELS;
    taken.add(colour);
    colours.set(model, colour);
  }
  return colours;
}

function drawModels(data: PageData, grain: Grain, size: Size): Drawing {
  const stacks = stacksOf(data);
  const periods = data.periods[grain];
  const costs = Map.groupBy(data.modelPeriods[grain], ({ model }) => model);
  const series = stacks.map(({ model, colour }) => {
    const byStart = new Map((costs.get(model) ?? []).map((row) => [row.start, row]));
    return { colour, rows: periods.map(({ start }) => byStart.get(start)) };
  });
  const picture = draw(
    {
      grid,
      xAxis: timeAxis(periods, grain, size.width),
      yAxis: valueAxis(compactDollars),
      series: [
        ...series.map(({ colour, rows }) => ({
          type: "bar" as const,
          stack: "cost",
          data: rows.map((row) => ({
            value: row?.totalCost || null,
            itemStyle: { opacity: row?.start === data.today ? UNFINISHED : 1 },
          })),
          itemStyle: { color: colour },
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
      return `${periodName(row, grain)}: ${stack.name} ${money(row.totalCost, row.unpricedTokens)}`;
    },
  );
  const isUnfinished = grain === "day" && periods.at(-1)?.start === data.today;
  const unit = `US dollars each ${grain}${isUnfinished ? "; today, the last one, is not over" : ""}`;
  return { unit, picture };
}
