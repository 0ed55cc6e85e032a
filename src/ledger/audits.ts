import type { Books } from "./books.ts";

/** What ccusage and the calls say of one day's model, where they differ. */
export interface Difference {
  /** YYYY-MM-DD, a day of UTC. */
  date: string;
  model: string;
  ccusageTokens: number;
  callTokens: number;
}

/** What an audit found. */
export interface Audit {
  /** ISO 8601 UTC. */
  auditedAt: string;
  ccusageVersion: string;
  /** How many days the transcripts hold. */
  days: number;
  differences: Difference[];
}

export function keepAudit(books: Books, machine: number, audit: Audit): void {
  books
    .prepare<[number, string, string, number, string]>(
      `INSERT OR REPLACE INTO audit (machine, audited_at, ccusage_version, days, differences)
       VALUES (?, ?, ?, ?, ?)`,
    )
    .run(
      ...([machine, audit.auditedAt, audit.ccusageVersion, audit.days] as const),
      JSON.stringify(audit.differences),
    );
}

/** How often a fetch audits by itself, in milliseconds. */
const WEEK = 7 * 86_400_000;

/**
 * Whether a fetch should audit: a week after the last audit, or after the machine's first fetch, and
 * with another ccusage than last time.
 */
export function isAuditDue(
  books: Books,
  machine: number,
  ccusageVersion: string,
  now: number,
): boolean {
  const last = books
    .prepare<[number], { at: string; version: string }>(
      `SELECT audited_at AS at, ccusage_version AS version FROM audit
       WHERE machine = ? ORDER BY audited_at DESC LIMIT 1`,
    )
    .get(machine);
  if (last !== undefined && last.version !== ccusageVersion) return true;
  const since = last?.at ?? firstRunAt(books, machine);
  return since !== undefined && Date.parse(since) + WEEK < now;
}

function firstRunAt(books: Books, machine: number): string | undefined {
  return books
    .prepare<[number], string>(
      "SELECT started_at FROM import_run WHERE machine = ? ORDER BY started_at LIMIT 1",
    )
    .pluck()
    .get(machine);
}
