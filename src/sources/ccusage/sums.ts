import { tokenKinds, totalTokens, type Tokens } from "../../usage.ts";
import { distrust, type Suspect } from "./validate.ts";
import type { Figures, ModelRow } from "./schema.ts";

/** A row of a report: its own figures and those of its models. */
export type Row = Figures & { modelBreakdowns: ModelRow[] };

/** The totals of a report without any usage. */
export const none: Figures = {
  inputTokens: 0,
  outputTokens: 0,
  cacheCreationTokens: 0,
  cacheReadTokens: 0,
  totalTokens: 0,
  totalCost: 0,
};

/**
 * A row must be the sum of its parts and the rows must add up to the totals. The daily and the
 * session report are never held against each other: ccusage counts replayed sidechain lines in one
 * and not in the other.
 */
export function checkSums(
  rows: readonly { where: string; row: Row }[],
  totals: Figures,
  subject: Suspect,
): void {
  const sums = { ...none };
  for (const { where, row } of rows) {
    checkRow(row, where, subject);
    for (const figure of figureNames) sums[figure] += row[figure];
  }
  const wrong = figureNames.find((figure) => !agree(sums[figure], totals[figure], figure));
  if (wrong) {
    distrust(
      subject,
      `has totals.${wrong} ${totals[wrong]}, where its rows add up to ${sums[wrong]}`,
    );
  }
}

function checkRow(row: Row, where: string, subject: Suspect): void {
  const sum = totalTokens(row);
  if (sum !== row.totalTokens) {
    distrust(
      subject,
      `has totalTokens ${row.totalTokens} in ${where}, where its parts add up to ${sum}`,
    );
  }
  const rest = remainderOf(row);
  const over = tokenKinds.find((kind) => rest[kind] < 0);
  if (over) {
    distrust(subject, `has ${over} ${row[over]} in ${where}, less than its models add up to`);
  }
  let cost = 0;
  for (const model of row.modelBreakdowns) cost += model.cost;
  if (!agree(cost, row.totalCost, "totalCost")) {
    distrust(
      subject,
      `has totalCost ${row.totalCost} in ${where}, where its models add up to ${cost}`,
    );
  }
}

const figureNames = [...tokenKinds, "totalTokens", "totalCost"] as const;

/** Rounding noise of adding dollars in another order, far below a tenth of a cent. */
const DOLLAR_NOISE = 1e-4;

function agree(a: number, b: number, figure: (typeof figureNames)[number]): boolean {
  return figure === "totalCost" ? Math.abs(a - b) <= DOLLAR_NOISE : a === b;
}

/** The part of a row that none of its models accounts for. */
export function remainderOf(row: Row): Tokens {
  const { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens } = row;
  const rest = { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens };
  for (const model of row.modelBreakdowns) {
    for (const kind of tokenKinds) rest[kind] -= model[kind];
  }
  return rest;
}
