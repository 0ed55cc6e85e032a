import { addDays } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import { askUsage, tells, type Selection } from "./selection.ts";

/** What something cost more than before, or less: below zero. */
export interface Change extends Spent {
  by: "project" | "model" | "branch" | "session";
  name: string;
  /** What a session was about, where that is known. */
  title: string | null;
  costBefore: number | null;
  rise: number;
  unpricedTokensBefore: number;
}

/** First and last date, YYYY-MM-DD. */
export interface Span {
  since: string;
  until: string;
}

/** Two ranges that are held against each other. */
export interface Spans {
  range: Span;
  before: Span;
}

/** The parameters that a question about two ranges names. */
export function spanParameters({ range, before }: Spans) {
  return {
    ...{ begins: range.since, ends: range.until },
    ...{ beginsBefore: before.since, endsBefore: before.until },
  };
}

/** A selection over the days of both ranges. */
export function spanningBoth(selection: Selection, { range, before }: Spans): Selection {
  return {
    ...selection,
    since: range.since < before.since ? range.since : before.since,
    until: range.until > before.until ? range.until : before.until,
  };
}

/**
 * What rose and fell between two ranges.
 * @param after which of them, in SQL
 */
export function readChanges(
  books: Books,
  selection: Selection,
  spans: Spans,
  by: Change["by"],
  after: string,
): Change[] {
  return askUsage<Omit<Change, "by">>(books, "usage/compare.sql", spanningBoth(selection, spans), {
    by: [by],
    parameters: { ...spanParameters(spans), by },
    after,
  }).map(({ name, title, totalCost, costBefore, rise, unpricedTokens, unpricedTokensBefore }) => ({
    ...{ by, name, title, totalCost, costBefore, rise },
    ...{ unpricedTokens, unpricedTokensBefore },
  }));
}

/**
 * The project, the model and the branch that rose most: the last seven whole days beside the seven before them.
 * @param known the first and last day of the books: none where they do not know both weeks
 */
export function readRises(
  books: Books,
  selection: Selection,
  known: { firstDate: string | null; until: string },
): Change[] {
  const spans: Spans = {
    range: { since: addDays(known.until, -7), until: addDays(known.until, -1) },
    before: { since: addDays(known.until, -14), until: addDays(known.until, -8) },
  };
  if (known.firstDate === null || known.firstDate > spans.before.since) return [];
  const highest = "WHERE name IS NOT NULL AND rise > 0 ORDER BY rise DESC, name LIMIT 1";
  return (["project", "model", "branch"] as const).flatMap((by) =>
    tells(selection.source, [by]) ? readChanges(books, selection, spans, by, highest) : [],
  );
}
