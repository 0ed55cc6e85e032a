import { addDays, mondayOf } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import { askUsage, askUsageOnce, type Selection } from "./selection.ts";
import type { Rise, UsageTotals } from "./summary.ts";

/** First and last date, YYYY-MM-DD. */
export interface Span {
  since: string;
  until: string;
}

/** What a usage came to in two ranges, and why that differs. Costs are USD at list price. */
export interface Comparison {
  range: Span;
  before: Span;
  total: UsageTotals;
  totalBefore: UsageTotals;
  /** Parts of the change of what has a price, which they add up to; null where either range has no call. */
  why: Effects | null;
  /** What rose and what fell most. */
  changes: Record<Rise["by"], Rise[]>;
  asOf: AsOf;
}

export interface Effects {
  calls: number;
  callsBefore: number;
  /** Of calls with a price, as the calls are. */
  tokens: number;
  tokensBefore: number;
  byCalls: number;
  byTokensPerCall: number;
  byModels: number;
  /** A token of the same model that costs more or less: the cache, and how much of it is output. */
  byCache: number;
}

/** How many of each are listed. */
const LISTED = 5;

/**
 * The whole days of this week and the same of the last one; on a Monday the last two weeks.
 * @param lastWholeDay YYYY-MM-DD
 */
export function usualComparison(lastWholeDay: string): { range: Span; before: Span } {
  const range = { since: mondayOf(lastWholeDay), until: lastWholeDay };
  return { range, before: { since: addDays(range.since, -7), until: addDays(lastWholeDay, -7) } };
}

/** The range of the same length that ends where another begins. */
export function spanBefore({ since, until }: Span): Span {
  const days = Math.round((Date.parse(until) - Date.parse(since)) / 86_400_000) + 1;
  return { since: addDays(since, -days), until: addDays(since, -1) };
}

/** Compares two ranges of a selection, whose own dates do not matter. */
export function readComparison(
  books: Books,
  selection: Selection,
  { range, before }: { range: Span; before: Span },
  timezone: string,
): Comparison {
  const both = {
    ...selection,
    since: range.since < before.since ? range.since : before.since,
    until: range.until > before.until ? range.until : before.until,
  };
  const spans = {
    ...{ begins: range.since, ends: range.until },
    ...{ beginsBefore: before.since, endsBefore: before.until },
  };
  const totalOf = (span: Span): UsageTotals =>
    askUsageOnce(books, "totals.sql", { ...selection, ...span });
  const changesBy = (by: Rise["by"]): Rise[] =>
    askUsage<Omit<Rise, "by">>(books, "compare.sql", both, {
      by: [by],
      parameters: { ...spans, by },
      after: `WHERE name IS NOT NULL ORDER BY ABS(rise) DESC, name LIMIT ${LISTED}`,
    }).map(({ name, totalCost, costBefore, rise, unpricedTokens, unpricedTokensBefore }) => ({
      ...{ by, name, totalCost, costBefore, rise },
      ...{ unpricedTokens, unpricedTokensBefore },
    }));
  const why = askUsageOnce<Effects>(books, "effects.sql", both, {
    by: ["model", "branch"],
    parameters: spans,
  });
  return {
    ...{ range, before },
    total: totalOf(range),
    totalBefore: totalOf(before),
    why: why.calls > 0 && why.callsBefore > 0 ? why : null,
    changes: {
      project: changesBy("project"),
      model: changesBy("model"),
      branch: changesBy("branch"),
      session: changesBy("session"),
    },
    asOf: readAsOf(books, selection.machine, timezone),
  };
}
