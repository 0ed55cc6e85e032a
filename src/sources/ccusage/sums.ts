import { tokenKinds, totalTokens, type Tokens } from "../../usage.ts";
import { distrust } from "./distrust.ts";
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

/** Rounding noise of adding dollars in another order, far below a tenth of a cent. */
const DOLLAR_NOISE = 1e-4;

/**
 * A row must be the sum of its parts and the rows must add up to the totals. The daily and the
 * session report are never held against each other: ccusage counts replayed sidechain lines in one
 * and not in the other.
 */
export function checkSums(
  rows: readonly { where: string; row: Row }[],
  totals: Figures,
  subject: string,
): void {
  for (const { where, row } of rows) {
    if (totalTokens(row) !== row.totalTokens) {
      distrust(
        subject,
        `has totalTokens ${row.totalTokens} in ${where}, where its parts add up to ${totalTokens(row)}`,
      );
    }
    const rest = remainderOf(row);
    const over = tokenKinds.find((kind) => rest[kind] < 0);
    if (over)
      distrust(subject, `has ${over} ${row[over]} in ${where}, less than its models add up to`);
    const cost = row.modelBreakdowns.reduce((sum, model) => sum + model.cost, 0);
    if (Math.abs(cost - row.totalCost) > DOLLAR_NOISE) {
      distrust(
        subject,
        `has totalCost ${row.totalCost} in ${where}, where its models add up to ${cost}`,
      );
    }
  }
  for (const kind of [...tokenKinds, "totalTokens"] as const) {
    const sum = rows.reduce((total, { row }) => total + row[kind], 0);
    if (sum !== totals[kind]) {
      distrust(subject, `has totals.${kind} ${totals[kind]}, where its rows add up to ${sum}`);
    }
  }
  const cost = rows.reduce((total, { row }) => total + row.totalCost, 0);
  if (Math.abs(cost - totals.totalCost) > DOLLAR_NOISE) {
    distrust(subject, `has totals.totalCost ${totals.totalCost}, where its rows add up to ${cost}`);
  }
}

/** The part of a row that none of its models accounts for. */
export function remainderOf(row: Row): Tokens {
  const rest = { ...none };
  for (const kind of tokenKinds) {
    rest[kind] = row[kind] - row.modelBreakdowns.reduce((sum, model) => sum + model[kind], 0);
  }
  return rest;
}
