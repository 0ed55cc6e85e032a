import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** A fetch, merge, recount or pull. Instants are ISO 8601 UTC. */
export interface RunSummary {
  startedAt: string;
  /** Of fetches that share the row, of the last one; null while it is at work, or if it was killed. */
  finishedAt: string | null;
  command: "fetch" | "merge" | "recount" | "pull";
  machine: string;
  status: "running" | "ok" | "failed";
  /** How many fetches share the row: without anything new, of one `ccbooks watch`, or that failed alike. */
  fetches: number;
  callsAdded: number;
  callsChanged: number;
  daysAdded: number;
  daysGrown: number;
  daysRepriced: number;
  daysRecounted: number;
  sessionsAdded: number;
  sessionsGrown: number;
  sessionsRepriced: number;
  sessionsRecounted: number;
  filesRead: number;
  bytesRead: number;
  scanMs: number;
  countMs: number;
  ccusageVersion: string | null;
  prices: "downloaded" | "built in" | null;
  error: string | null;
}

/**
 * The last runs, the newest first.
 * @param limit how many at most
 */
export function readRuns(
  books: Books,
  { failed, limit }: { failed: boolean; limit: number },
): RunSummary[] {
  const all = { command: null, machine: null };
  return query(books, "runs/list.sql", { ...all, failed: failed ? 1 : 0, limit });
}

/** The last runs of one kind and machine, the newest first. */
export function readRunsOf(
  books: Books,
  { command, machine }: Pick<RunSummary, "command" | "machine">,
  limit: number,
): RunSummary[] {
  return query(books, "runs/list.sql", { command, machine, failed: 0, limit });
}

/** The last run of one kind and machine; null: there was none. */
export function readLastRunOf(
  books: Books,
  of: Pick<RunSummary, "command" | "machine">,
): RunSummary | null {
  return readRunsOf(books, of, 1)[0] ?? null;
}
