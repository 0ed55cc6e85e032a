import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** A fetch, merge or recount. Instants are ISO 8601 UTC. */
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
  return query(books, "runs/list.sql", { failed: failed ? 1 : 0, limit });
}

/** What one machine did last of a kind, the newest first. */
export function readRunsOf(
  books: Books,
  { command, machine }: Pick<RunSummary, "command" | "machine">,
  limit: number,
): RunSummary[] {
  return query<RunSummary>(books, "runs/list.sql", { failed: 0, limit }).filter(
    (run) => run.command === command && run.machine === machine,
  );
}
