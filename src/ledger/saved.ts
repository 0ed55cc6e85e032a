import { isDate } from "../dates.ts";
import type { Cell, Report } from "../usage.ts";
import { totalTokens } from "../usage.ts";
import type { Books } from "./books.ts";
import { CLAUDE } from "./sessions.ts";

/** A day or session of a saved report. */
export interface SavedUsage {
  kind: "day" | "session";
  /** A date, or a session id. */
  subject: string;
  agent: string;
  /** The machine's row. */
  machine: number;
  /** Of a session; null of a day. */
  projectPath: string | null;
  firstActivity: string | null;
  lastActivity: string | null;
  firstActivityAt: string | null;
  lastActivityAt: string | null;
  cells: readonly Cell[];
  /** ISO 8601 UTC. */
  savedAt: string;
}

/** Which instants usage can be of: milliseconds since 1970. */
export interface Span {
  first: number;
  last: number;
}

/** Whether usage is of a day that there can have been. */
export function isIn(
  span: Span,
  { kind, subject, lastActivity }: Pick<SavedUsage, "kind" | "subject" | "lastActivity">,
): boolean {
  const date = kind === "day" ? subject : lastActivity;
  return date !== null && isDateIn(span, date);
}

export function isDateIn({ first, last }: Span, date: string): boolean {
  const at = isDate(date) ? Date.parse(date) : NaN;
  return at >= first && at <= last;
}

/** The days and sessions of a report, as a machine's. */
export function savedUsage(report: Report, machine: number, savedAt: string): SavedUsage[] {
  const whose = { agent: CLAUDE, machine, savedAt };
  const days = report.days.map(({ date, cells }): SavedUsage => ({
    ...whose,
    kind: "day",
    subject: date,
    projectPath: null,
    firstActivity: null,
    lastActivity: null,
    firstActivityAt: null,
    lastActivityAt: null,
    cells: [...cells].toSorted(byName),
  }));
  const sessions = report.sessions.map(({ sessionId, cells, ...session }): SavedUsage => ({
    ...whose,
    kind: "session",
    subject: sessionId,
    ...session,
    cells: [...cells].toSorted(byName),
  }));
  return [...days, ...sessions];
}

/**
 * Keeps what saved reports tell, within a transaction: of one day or session the fuller, then the later. In
 * any order, any number of times, the same is kept.
 * @returns those that are new or fuller than before
 */
export function keepSaved(books: Books, saved: readonly SavedUsage[]): SavedUsage[] {
  const write = books.prepare(
    `INSERT INTO saved_usage (
       kind, subject, agent, machine, project_path, first_activity, last_activity,
       first_activity_at, last_activity_at, cells, total_tokens, saved_at)
     VALUES (
       @kind, @subject, @agent, @machine, @projectPath, @firstActivity, @lastActivity,
       @firstActivityAt, @lastActivityAt, @cells, @totalTokens, @savedAt)
     ON CONFLICT DO UPDATE SET
       project_path = excluded.project_path, first_activity = excluded.first_activity,
       last_activity = excluded.last_activity, first_activity_at = excluded.first_activity_at,
       last_activity_at = excluded.last_activity_at, cells = excluded.cells,
       total_tokens = excluded.total_tokens, saved_at = excluded.saved_at
     WHERE (${rankOf("excluded.")}) > (${rankOf("")})`,
  );
  return saved.filter((one) => {
    const total = one.cells.reduce((sum, cell) => sum + totalTokens(cell), 0);
    return write.run({ ...one, cells: JSON.stringify(one.cells), totalTokens: total }).changes > 0;
  });
}

/** Of two tellings of one thing the one with more tokens is kept; the rest makes the order total. */
function rankOf(prefix: "excluded." | ""): string {
  const texts = ["project_path", "first_activity", "last_activity"];
  const instants = ["first_activity_at", "last_activity_at"];
  return [
    ...["total_tokens", "saved_at", "cells"].map((name) => `${prefix}${name}`),
    ...[...texts, ...instants].map((name) => `COALESCE(${prefix}${name}, '')`),
  ].join(", ");
}

function byName(a: Cell, b: Cell): number {
  return `${a.project}\0${a.model}` < `${b.project}\0${b.model}` ? -1 : 1;
}
