import type { RangeData } from "../../readers/page-range.ts";
import { count, counted, money, percent } from "../../format/figures.ts";
import type { Figure } from "../figure.ts";
import { modelName, aloud } from "../words.ts";
import { stackedDrawings } from "./stacks.ts";

/** How many models are listed; a machine that tries them all would fill pages. */
const LISTED = 30;

/** What each model cost over time. */
export function modelsFigure(data: RangeData): Figure {
  const { models, modelNames } = data;
  return {
    id: "models",
    title: "Cost by model",
    summary: summaryOf(data),
    ...stackedDrawings(data, {
      groups: models.map(({ model }) => ({ key: model, name: modelName(model) })),
      groupsInAll: models.length,
      rowsOf: (stacks) => stacks.models,
      all: modelNames,
    }),
    figures: {
      title: models.length > LISTED ? `The ${LISTED} most expensive models` : "Cost by model",
      words: 1,
      heads: ["model", "cost", "share", "tokens", "output", "days with usage"],
      rows: models
        .slice(0, LISTED)
        .map((row) => [
          modelName(row.model),
          money(row),
          percent(row.share),
          count(row.totalTokens),
          count(row.outputTokens),
          count(row.daysWithUsage),
        ]),
    },
    isHalf: false,
  };
}

function summaryOf({ models }: RangeData): string {
  const parts = models
    .filter(({ totalCost }) => totalCost !== null && totalCost > 0)
    .slice(0, 3)
    .map(
      ({ model, totalCost, unpricedTokens, share }) =>
        `${modelName(model)} ${aloud(money({ totalCost, unpricedTokens }))} (${percent(share)})`,
    );
  const used = `${counted(models.length, "model")} used`;
  return parts.length === 0
    ? `${used}, none with a known price.`
    : `${used}: ${parts.join(", ")}${models.length > parts.length ? " and others" : ""}.`;
}
