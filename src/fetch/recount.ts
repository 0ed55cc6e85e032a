import { keepMachine as keepInConfig, namedTimezone, thisMachine } from "../config/machine.ts";
import { readSettings } from "../config/settings.ts";
import { dayAt } from "../dates.ts";
import { sumUpAll } from "../ledger/consistency.ts";
import { markSince } from "../ledger/counted-with.ts";
import { withBooks } from "../ledger/open.ts";
import type { Reason } from "../ledger/revisions.ts";
import type { Run } from "../ledger/runs.ts";
import { readRevisions, type Revision } from "../readers/revisions.ts";
import { version } from "../version.ts";
import { countBooks, counterOf, type CounterFlags } from "./count-books.ts";
import { inRun } from "./run.ts";
import { admitMachine, keptRow } from "./this-machine.ts";

export interface RecountOptions extends CounterFlags {
  /** From this day on, YYYY-MM-DD; undefined: everything. */
  since: string | undefined;
  /** Let costs move that are known for the same tokens. */
  reprice: boolean;
  /** Another zone for this machine's days. */
  timezone: string | undefined;
}

export interface Recounted {
  /** What changed: date, before, after, why. */
  revisions: Revision[];
  /** Rows of the tables that were not the sums of what was counted, and have been put right. */
  putRight: string[];
}

/**
 * Counts everything again, from the first day on or from another one.
 * @throws UserError for each way that ccusage can fail; what was counted by then stays.
 */
export async function recountBooks(path: string, options: RecountOptions): Promise<Recounted> {
  const machine = thisMachine({ machine: undefined, timezone: undefined });
  const zone = options.timezone === undefined ? undefined : namedTimezone(options.timezone);
  const settings = await readSettings();
  return withBooks(path, async (books) => {
    const startedAt = new Date().toISOString();
    const before = admitMachine(books, machine, undefined, startedAt);
    const hasMoved = zone !== undefined && zone !== before.timezone;
    const row = hasMoved ? keptRow(books, { ...before, timezone: zone }, startedAt) : before;
    if (hasMoved) keepInConfig(row);
    const run: Run = {
      ...{ command: "recount", machine: row.id, ccbooksVersion: version() },
      ...{ logFolders: [], startedAt },
    };
    const reason: Reason = hasMoved
      ? { kind: "time zone", detail: `${before.timezone} to ${zone}` }
      : { kind: options.reprice ? "prices" : "recount", detail: null };
    let putRight: string[] = [];
    await inRun(books, run, async (runId) => {
      const start = performance.now();
      runId();
      const counter = await counterOf(options, settings);
      putRight = sumUpAll(books, startedAt);
      markSince(books, options.since ?? "0000-01-01");
      const today = dayAt(Date.now(), row.timezone).date;
      const { reprice } = options;
      const counted = await countBooks(books, counter, { runId, today, reason, reprice });
      return {
        ...counted,
        ...{ callsAdded: 0, callsChanged: 0, filesSeen: 0, filesRead: 0, bytesRead: 0 },
        ...{ scanMs: 0, countMs: Math.round(performance.now() - start) },
      };
    });
    return { revisions: readRevisions(books, startedAt), putRight };
  });
}
