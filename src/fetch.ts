import { randomUUID } from "node:crypto";

import { errorCode, UserError } from "./errors.ts";
import { keepMachine, thisMachine } from "./machine.ts";
import { databasePath } from "./paths.ts";
import { claudeFolders } from "./sources/claude/folders.ts";
import { findProjects } from "./sources/claude/projects.ts";
import { retentionDays } from "./sources/claude/retention.ts";
import { listTranscripts } from "./sources/claude/transcripts.ts";
import { COST_MODE, reportArguments, startCcusage, type Running } from "./sources/ccusage/run.ts";
import type { Outcome, Run } from "./ledger/runs.ts";
import type { Totals } from "./readers/totals.ts";
import { UNKNOWN_PROJECT, type Report, type Transcript } from "./usage.ts";
import { version } from "./version.ts";

/** What a fetch may be told; undefined means the environment's or the default. */
export interface FetchOptions {
  db: string | undefined;
  machine: string | undefined;
  timezone: string | undefined;
  ccusage: string | undefined;
  offline: boolean;
  /** Seconds. */
  timeout: number;
}

export interface FetchResult {
  run: Run;
  outcome: Outcome;
  /** What the books hold after the run, over all machines. */
  totals: Totals;
  /** How many days Claude Code keeps transcripts, and when the oldest one there is goes: an instant. */
  retention: { days: number; oldestGoesAt: Date | null };
  /** ccusage reported nothing at all. */
  isEmpty: boolean;
  /** The folders the transcripts were read from. */
  logFolders: string[];
}

/**
 * Asks ccusage what was used and writes it into the books, in one transaction.
 *
 * The order is the speed: ccusage is started first, and everything else that takes time (the
 * transcripts' list, the validator, SQLite) is made ready while it works.
 * @throws UserError on everything the user can put right; the failed run is then in the books.
 */
export async function fetchUsage(options: FetchOptions): Promise<FetchResult> {
  const machine = thisMachine(options);
  const path = databasePath(options.db);
  const logFolders = claudeFolders();
  const run: Run = {
    id: randomUUID(),
    machine: machine.name,
    agent: "claude",
    source: "ccusage",
    command: [],
    ccbooksVersion: version(),
    ccusageVersion: null,
    timezone: machine.timezone,
    prices: options.offline ? "built in" : "online",
    logFolders,
    startedAt: new Date().toISOString(),
    finishedAt: "",
  };
  const question = { ...options, timezone: machine.timezone };
  let ccusage: Running | undefined;
  try {
    const running = (ccusage = startCcusage(options.ccusage, question));
    const transcripts = listTranscripts(logFolders);
    const keptDays = retentionDays(logFolders);
    const [{ withBooks }, { loadPrior }, { record }, { readReports }, { readTotals }] =
      await Promise.all([
        import("./ledger/open.ts"),
        import("./ledger/prior.ts"),
        import("./ledger/record.ts"),
        import("./sources/ccusage/read.ts"),
        import("./readers/totals.ts"),
      ]);
    return await withBooks(path, async (books) => {
      const prior = loadPrior(books, run);
      const release = await running.version;
      run.ccusageVersion = release;
      run.command = (["daily", "session"] as const).map((report) =>
        reportArguments(report, release, question),
      );
      const report = await readReports(running, release, machine.timezone);
      run.finishedAt = new Date().toISOString();
      const projects = findProjects(logFolders, newProjects(report, prior.projects));
      const method = { ccusageVersion: release, costMode: COST_MODE, timezone: machine.timezone };
      const fetched = {
        run,
        method,
        report,
        transcripts,
        projects,
        retentionDays: keptDays,
        machineIsGuessed: machine.isGuessed,
      };
      const outcome = record(books, fetched, prior);
      if (!machine.isKept) keepMachine(machine);
      return {
        run,
        outcome,
        totals: readTotals(books),
        retention: { days: keptDays, oldestGoesAt: oldestGoesAt(transcripts, keptDays) },
        isEmpty: report.days.length === 0,
        logFolders,
      };
    });
  } catch (error) {
    ccusage?.stop();
    await noteFailure(path, run, error);
    throw error;
  }
}

/** The projects of a report that are not known yet, and have a folder. */
function newProjects(report: Report, known: ReadonlySet<string>): string[] {
  const slugs = new Set(report.days.flatMap(({ cells }) => cells.map(({ project }) => project)));
  return [...slugs].filter((slug) => slug !== UNKNOWN_PROJECT && !known.has(slug));
}

/** Claude Code deletes by the file's age, so a resumed session keeps its old lines longer. */
function oldestGoesAt(transcripts: readonly Transcript[], days: number): Date | null {
  if (transcripts.length === 0) return null;
  const oldest = transcripts.reduce(
    (least, { modifiedAt }) => Math.min(least, modifiedAt),
    Infinity,
  );
  return new Date(oldest + days * 86_400_000);
}

/** Writes the failed run into the books, if they can be written at all: the first error matters more. */
async function noteFailure(path: string, run: Run, error: unknown): Promise<void> {
  // Waiting for the same lock a second time would take as long again.
  if (error instanceof UserError && errorCode(error.cause) === "SQLITE_BUSY") return;
  const [{ recordFailure }, { withBooks }] = await Promise.all([
    import("./ledger/runs.ts"),
    import("./ledger/open.ts"),
  ]);
  const why = error instanceof Error ? error.message : String(error);
  try {
    const finished = { ...run, finishedAt: new Date().toISOString() };
    await withBooks(path, (books) => recordFailure(books, finished, why));
  } catch {
    // The books themselves are what failed, and `error` already says so.
  }
}
