import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";

import { dayAt } from "../dates.ts";
import { errorCode, UserError } from "../errors.ts";
import { keepMachine, thisMachine, type ThisMachine } from "../config/machine.ts";
import { bytesOf, decidePass } from "./pass.ts";
import { databasePath } from "../config/paths.ts";
import { look, oldestGoesAt, type Sight } from "./sight.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { findProjects } from "../sources/claude-code/projects.ts";
import { gatherRecent, removeLeftovers } from "../sources/claude-code/recent.ts";
import { COST_MODE, reportArguments } from "../sources/ccusage/question.ts";
import type { Running } from "../sources/ccusage/run.ts";
import type { Books } from "../ledger/open.ts";
import type { Prior } from "../ledger/prior.ts";
import type { Effort, Outcome, Run } from "../ledger/runs.ts";
import type { Totals } from "../readers/totals.ts";
import { UNKNOWN_PROJECT, type Report, type Transcript } from "../usage.ts";
import { version } from "../version.ts";

/** What a fetch may be told; undefined means the environment's or the default. */
export interface FetchOptions {
  db: string | undefined;
  machine: string | undefined;
  timezone: string | undefined;
  ccusage: string | undefined;
  offline: boolean;
  /** Look at every transcript, whether or not it has changed. */
  full: boolean;
  /** Seconds. */
  timeout: number;
}

export interface FetchResult {
  run: Run;
  outcome: Outcome;
  effort: Effort;
  /** What the books hold after the run, over all machines. */
  totals: Totals;
  /** How many days Claude Code keeps transcripts, and when the oldest one there is goes: an instant. */
  retention: { days: number; oldestGoesAt: Date | null };
  /** There was no usage at all to be seen. */
  isEmpty: boolean;
  /** The folders the transcripts were read from. */
  logFolders: string[];
  /** Transcripts and folders of them that may not be read, so that what they hold is not counted. */
  unreadable: string[];
}

/** What one fetch is about. */
interface Fetch {
  options: FetchOptions;
  machine: ThisMachine;
  run: Run;
  /** The books. */
  path: string;
}

/** A ccusage at work, and what it reads. */
interface Asked {
  running: Running;
  sight: Sight;
  /** The transcripts given to it. */
  given: readonly Transcript[];
  /** Of a report of recent transcripts, the day it is about; else null. */
  today: string | null;
  linkMs: number;
}

/** What it said, believed, and what the books held until then. */
interface Answer extends Asked {
  release: string;
  report: Report;
  prior: Prior;
  effort: Effort;
}

/**
 * Asks ccusage what was used and writes it into the books, in one transaction. Where the day has been
 * fetched before, ccusage is only given what was written since midnight, or nothing if nothing was:
 * see `decidePass`.
 * @throws UserError on everything the user can put right; the failed run is then in the books.
 */
export async function fetchUsage(options: FetchOptions): Promise<FetchResult> {
  const machine = thisMachine(options);
  const path = databasePath(options.db);
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
    logFolders: claudeFolders(),
    startedAt: new Date().toISOString(),
    finishedAt: "",
  };
  const fetch = { options, machine, run, path };
  let asked: Asked | undefined;
  try {
    // Without books there is nothing to decide, and ccusage can be at work while all else is made ready.
    if (options.full || !existsSync(path)) asked = await readAll(fetch);
    removeLeftovers(dirname(path));
    const { withBooks } = await import("../ledger/open.ts");
    const result = await withBooks(path, async (books) => {
      if (asked === undefined) {
        const quick = await fetchToday(fetch, books);
        if ("result" in quick) return quick.result;
        asked = await readAll(fetch, quick.seen);
      }
      return write(fetch, books, await hear(fetch, books, asked));
    });
    if (!machine.isKept) keepMachine(machine);
    return result;
  } catch (error) {
    asked?.running.stop();
    await noteFailure(path, run, error);
    throw error;
  }
}

/**
 * Has ccusage read everything. It is started first, and the list is made while it works.
 * @param seen the list, where it is made already
 */
async function readAll(fetch: Fetch, seen?: Sight): Promise<Asked> {
  const { options, machine } = fetch;
  const { startCcusage } = await import("../sources/ccusage/run.ts");
  const begunAt = Date.now();
  const running = startCcusage(options.ccusage, { ...options, timezone: machine.timezone });
  const sight = seen ?? look(fetch.run, options, begunAt);
  return { running, sight, given: sight.transcripts, today: null, linkMs: 0 };
}

/**
 * Fetches what changed since the day's last fetch, if that says all there is to say.
 * @returns where everything must be read, the transcripts if they were looked at
 */
async function fetchToday(
  fetch: Fetch,
  books: Books,
): Promise<{ result: FetchResult } | { seen: Sight | undefined }> {
  const { options, machine, run, path } = fetch;
  const { lastFullPass, lastRun, recordIdle } = await import("../ledger/runs.ts");
  const now = Date.parse(run.startedAt);
  const { date: today, startsAt: midnight } = dayAt(now, machine.timezone);
  const last = lastRun(books, run.machine, run.agent);
  const lastFull = lastFullPass(books, run.machine, run.agent);
  // The first fetch of a day reads everything, which also seals the day before.
  const isFirst = last === undefined || lastFull === undefined || Date.parse(lastFull) < midnight;
  if (isFirst || last.timezone !== run.timezone) return { seen: undefined };

  const sight = look(run, options);
  const { hasVanished, presentTranscripts } = await import("../ledger/transcripts.ts");
  const pass = decidePass(
    sight,
    { midnight, now },
    last,
    () => presentTranscripts(books, run.machine),
    (transcript) => hasVanished(books, run.machine, transcript),
  );
  if (pass.kind === "full") return { seen: sight };
  if (pass.kind === "idle") {
    run.ccusageVersion = last.ccusage_version;
    run.finishedAt = new Date().toISOString();
    const effort = effortOf("idle", sight);
    const outcome = recordIdle(books, run, effort, sight.fingerprint);
    const isEmpty = sight.transcripts.length === 0;
    return { result: await resultOf(fetch, books, sight, { outcome, effort, isEmpty }) };
  }

  const { startCcusage } = await import("../sources/ccusage/run.ts");
  const start = performance.now();
  const recent = gatherRecent(dirname(path), run.logFolders, pass.transcripts);
  if (recent === undefined) return { seen: sight };
  const linkMs = since(start);
  const task = { ...options, timezone: machine.timezone, folders: recent.folders };
  const running = startCcusage(options.ccusage, task);
  try {
    // 17 and 18 report project folders for sessions, of which the recent part says nothing.
    const release = await running.version;
    if (!release.startsWith("20.")) return { seen: sight };
    const asked = { running, sight, given: pass.transcripts, today, linkMs };
    const answer = await hear(fetch, books, asked);
    const { showsLess } = await import("../ledger/record.ts");
    if (showsLess(answer.report, answer.prior)) return { seen: sight };
    return { result: await write(fetch, books, answer) };
  } finally {
    running.stop();
    recent.remove();
  }
}

/** Waits for what ccusage says. What is needed to write it is loaded meanwhile. */
async function hear({ options, machine, run }: Fetch, books: Books, asked: Asked): Promise<Answer> {
  const { running, sight, given, today, linkMs } = asked;
  const start = performance.now();
  let printedAt = start;
  for (const printed of [running.daily, running.session]) {
    void printed.finally(() => (printedAt = performance.now())).catch(() => undefined);
  }
  const [{ loadPrior }, { readReports }] = await Promise.all([
    import("../ledger/prior.ts"),
    import("../sources/ccusage/read.ts"),
    import("../ledger/record.ts"),
  ]);
  const prior = loadPrior(books, run, today ?? undefined);
  const release = await running.version;
  run.ccusageVersion = release;
  const question = { timezone: machine.timezone, offline: options.offline };
  run.command = (["daily", "session"] as const).map((name) =>
    reportArguments(name, release, question),
  );
  const report = await readReports(running, release, machine.timezone);
  const effort: Effort = {
    ...effortOf(today === null ? "full" : "recent", sight),
    filesRead: given.length,
    bytesRead: bytesOf(given),
    linkMs,
    ccusageMs: Math.round(printedAt - start),
    validateMs: since(printedAt),
  };
  return { ...asked, release, report, prior, effort };
}

/** Writes it into the books, and says what they hold then. */
async function write(
  fetch: Fetch,
  books: Books,
  { release, report, prior, effort, sight, today }: Answer,
): Promise<FetchResult> {
  const { machine, run } = fetch;
  run.finishedAt = new Date().toISOString();
  const fetched = {
    run,
    method: { ccusageVersion: release, costMode: COST_MODE, timezone: machine.timezone },
    report,
    transcripts: sight.transcripts,
    projects: findProjects(run.logFolders, newProjects(report, prior.projects)),
    retentionDays: sight.retentionDays,
    today,
    effort,
    fingerprint: sight.fingerprint,
    machineIsGuessed: machine.isGuessed,
  };
  const { record } = await import("../ledger/record.ts");
  const outcome = record(books, fetched, prior);
  return resultOf(fetch, books, sight, { outcome, effort, isEmpty: report.days.length === 0 });
}

function effortOf(pass: Effort["pass"], sight: Sight): Effort {
  return {
    pass,
    filesSeen: sight.transcripts.length,
    filesRead: 0,
    bytesRead: 0,
    listMs: sight.listMs,
    linkMs: 0,
    ccusageMs: 0,
    validateMs: 0,
  };
}

async function resultOf(
  { run }: Fetch,
  books: Books,
  sight: Sight,
  { outcome, effort, isEmpty }: Pick<FetchResult, "outcome" | "effort" | "isEmpty">,
): Promise<FetchResult> {
  const { readTotals } = await import("../readers/totals.ts");
  return {
    run,
    outcome,
    effort,
    totals: readTotals(books),
    retention: { days: sight.retentionDays, oldestGoesAt: oldestGoesAt(sight) },
    isEmpty,
    logFolders: run.logFolders,
    unreadable: sight.unreadable,
  };
}

/** Whole milliseconds since a moment of `performance.now()`. */
function since(start: number): number {
  return Math.round(performance.now() - start);
}

/** The projects of a report that are not known yet, and have a folder. */
function newProjects(report: Report, known: ReadonlySet<string>): string[] {
  const slugs = new Set(report.days.flatMap(({ cells }) => cells.map(({ project }) => project)));
  return [...slugs].filter((slug) => slug !== UNKNOWN_PROJECT && !known.has(slug));
}

/** Writes the failed run into the books, if they can be written at all: the first error matters more. */
async function noteFailure(path: string, run: Run, error: unknown): Promise<void> {
  // Waiting for the same lock a second time would take as long again.
  if (error instanceof UserError && errorCode(error.cause) === "SQLITE_BUSY") return;
  const [{ recordFailure }, { withBooks }] = await Promise.all([
    import("../ledger/runs.ts"),
    import("../ledger/open.ts"),
  ]);
  const why = error instanceof Error ? error.message : String(error);
  try {
    const finished = { ...run, finishedAt: new Date().toISOString() };
    await withBooks(path, (books) => recordFailure(books, finished, why));
  } catch {
    // The books themselves are what failed, and `error` already says so.
  }
}
