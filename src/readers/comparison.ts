import { addDays, mondayOf } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import {
  readChanges,
  spanningBoth,
  spanParameters,
  type Change,
  type Span,
  type Spans,
} from "./changes.ts";
import { askUsageOnce, tells, type Selection } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

/** What a usage came to in two ranges, and why that differs. Costs are USD at list price. */
export interface Comparison extends Spans {
  total: UsageTotals;
  totalBefore: UsageTotals;
  /** Parts of the change of what has a price, which they add up to; null where either range has no call. */
  why: Effects | null;
  /** What rose and what fell most. */
  changes: Record<Change["by"], Change[]>;
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
export function usualComparison(lastWholeDay: string): Spans {
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
  spans: Spans,
  timezone: string,
): Comparison {
  const totalOf = (span: Span): UsageTotals =>
    askUsageOnce(books, "usage/totals.sql", { ...selection, ...span });
  const largest = `WHERE name IS NOT NULL ORDER BY ABS(rise) DESC, name LIMIT ${LISTED}`;
  const { source } = selection;
  const changesBy = (by: Change["by"]): Change[] =>
    tells(source, [by]) ? readChanges(books, selection, spans, by, largest) : [];
  const why = tells(source, ["model", "branch"])
    ? askUsageOnce<Effects>(books, "usage/effects.sql", spanningBoth(selection, spans), {
        by: ["model", "branch"],
        parameters: spanParameters(spans),
      })
    : null;
  return {
    ...spans,
    total: totalOf(spans.range),
    totalBefore: totalOf(spans.before),
    why: why !== null && why.calls > 0 && why.callsBefore > 0 ? why : null,
    changes: {
      project: changesBy("project"),
      model: changesBy("model"),
      branch: changesBy("branch"),
      session: changesBy("session"),
    },
    asOf: readAsOf(books, selection, timezone),
  };
}
