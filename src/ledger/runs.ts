import type { Method } from "../usage.ts";
import type { Books } from "./open.ts";

/** What is known of a run whether or not it succeeds. Instants are ISO 8601 UTC. */
export interface Run {
  id: string;
  machine: string;
  agent: string;
  source: string;
  /** The arguments given to the source, a list for each report. */
  command: string[][];
  ccbooksVersion: string;
  /** Null when ccusage never said. */
  ccusageVersion: string | null;
  timezone: string;
  prices: "online" | "built in";
  /** The folders the transcripts were read from. */
  logFolders: string[];
  startedAt: string;
  finishedAt: string;
}

/** How many days or sessions met which fate. Every one in the books and the report is counted once. */
export interface Tally {
  added: number;
  grown: number;
  /** The same tokens at another price, usually one that was unknown before. */
  repriced: number;
  /** Another figure because another method counted it. */
  recounted: number;
  /** The logs showed less than before; the books keep what they no longer show. */
  kept: number;
  unchanged: number;
}

export type Fate = keyof Tally;

export function newTally(): Tally {
  return { added: 0, grown: 0, repriced: 0, recounted: 0, kept: 0, unchanged: 0 };
}

export interface Outcome {
  days: Tally;
  sessions: Tally;
  /** What this run newly carried, over all days. */
  kept: { tokens: number; cost: number };
  /** Another machine that the same transcripts are in the books as, so that they count twice. */
  countedAs: string | undefined;
  /** How long the writing took, up to the run's own row. */
  writeMs: number;
}

/** What a run comes to that has found nothing to change. */
export function nothingChanged(): Outcome {
  const kept = { tokens: 0, cost: 0 };
  return { days: newTally(), sessions: newTally(), kept, countedAs: undefined, writeMs: 0 };
}

/** How much of the transcripts a run looked at, and what it cost before anything was written. Times are milliseconds. */
export interface Effort {
  pass: "full" | "recent" | "idle";
  filesSeen: number;
  filesRead: number;
  bytesRead: number;
  listMs: number;
  linkMs: number;
  ccusageMs: number;
  /** What was left of it when ccusage was done. */
  validateMs: number;
}

/** What a run was asked and what it found on disk, in short: hashes that only sameness can be told from. */
export interface Fingerprint {
  /** Which ccusage, with which arguments, in which folders. */
  question: string;
  /** Path, size and time of every transcript. */
  transcripts: string;
}

export interface LastRun {
  timezone: string;
  log_folders: string;
  ccusage_version: string | null;
  question_fingerprint: string | null;
  transcripts_fingerprint: string | null;
  started_at: string;
  finished_at: string;
}

/** The last successful run of a machine. */
export function lastRun(books: Books, machine: string, agent: string): LastRun | undefined {
  return books
    .prepare<[string, string], LastRun>(
      `SELECT timezone, log_folders, ccusage_version, question_fingerprint, transcripts_fingerprint,
         started_at, finished_at
       FROM import_run
       WHERE machine = ? AND agent = ? AND status = 'ok' ORDER BY started_at DESC LIMIT 1`,
    )
    .get(machine, agent);
}

/** Runs longer than this are not looked for. */
const LONGEST_RUN = 86_400_000;

/** When the last of the machine's good runs began that were at work at the same time as this one. */
export function startOfOverlapping(
  books: Books,
  { machine, agent, startedAt, finishedAt }: Run,
): string | undefined {
  const earliest = new Date(Date.parse(startedAt) - LONGEST_RUN).toISOString();
  return books
    .prepare<[string, string, string, string, string], string>(
      `SELECT started_at FROM import_run
       WHERE machine = ? AND agent = ? AND status = 'ok'
         AND started_at BETWEEN ? AND ? AND finished_at >= ?
       ORDER BY started_at DESC LIMIT 1`,
    )
    .pluck()
    .get(machine, agent, earliest, finishedAt, startedAt);
}

/** When a machine's last good look at all transcripts began. */
export function lastFullPass(books: Books, machine: string, agent: string): string | undefined {
  return books
    .prepare<[string, string], string>(
      `SELECT started_at FROM import_run
       WHERE machine = ? AND agent = ? AND status = 'ok' AND pass = 'full'
       ORDER BY started_at DESC LIMIT 1`,
    )
    .pluck()
    .get(machine, agent);
}

/** Whether a run of a machine since an instant read other folders than these. */
export function readOthersSince(
  books: Books,
  { machine, agent, logFolders }: Run,
  instant: string,
): boolean {
  const other = books.prepare<[string, string, string, string]>(
    `SELECT 1 FROM import_run
     WHERE machine = ? AND agent = ? AND status = 'ok' AND started_at >= ? AND log_folders <> ?`,
  );
  return other.get(machine, agent, instant, JSON.stringify(logFolders)) !== undefined;
}

/** Notes a run that did what it should. */
export function recordSuccess(
  books: Books,
  run: Run,
  { days, sessions, kept, writeMs }: Outcome,
  effort: Effort,
  fingerprint: Fingerprint,
): void {
  insertRun(books, run, {
    status: "ok",
    pass: effort.pass,
    files_seen: effort.filesSeen,
    files_read: effort.filesRead,
    bytes_read: effort.bytesRead,
    list_ms: effort.listMs,
    link_ms: effort.linkMs,
    ccusage_ms: effort.ccusageMs,
    validate_ms: effort.validateMs,
    write_ms: writeMs,
    question_fingerprint: fingerprint.question,
    transcripts_fingerprint: fingerprint.transcripts,
    days_added: days.added,
    days_grown: days.grown,
    days_repriced: days.repriced,
    days_recounted: days.recounted,
    days_kept: days.kept,
    days_unchanged: days.unchanged,
    sessions_added: sessions.added,
    sessions_grown: sessions.grown,
    sessions_repriced: sessions.repriced,
    sessions_recounted: sessions.recounted,
    sessions_kept: sessions.kept,
    sessions_unchanged: sessions.unchanged,
    kept_tokens: kept.tokens,
    kept_cost: kept.cost,
  });
}

/** Notes a run that had nothing to look at, and changes nothing else. */
export function recordIdle(
  books: Books,
  run: Run,
  effort: Effort,
  fingerprint: Fingerprint,
): Outcome {
  const outcome = nothingChanged();
  recordSuccess(books, run, outcome, effort, fingerprint);
  return outcome;
}

/** Notes a run that failed, and why; nothing else of it is written. */
export function recordFailure(books: Books, run: Run, error: string): void {
  insertRun(books, run, { status: "failed", error });
}

/** The name of a method, its key in the books; adds it to the books if it is new. */
export function recordMethod(books: Books, method: Method): string {
  const name = `${method.ccusageVersion} ${method.costMode} ${method.timezone}`;
  books
    .prepare("INSERT OR IGNORE INTO method VALUES (?, ?, ?, ?)")
    .run(name, method.ccusageVersion, method.costMode, method.timezone);
  return name;
}

function insertRun(books: Books, run: Run, result: Record<string, string | number>): void {
  const row = {
    id: run.id,
    machine: run.machine,
    agent: run.agent,
    source: run.source,
    command: JSON.stringify(run.command),
    ccbooks_version: run.ccbooksVersion,
    ccusage_version: run.ccusageVersion,
    timezone: run.timezone,
    prices: run.prices,
    log_folders: JSON.stringify(run.logFolders),
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    ...result,
  };
  const columns = Object.keys(row);
  books
    .prepare(
      `INSERT INTO import_run (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`,
    )
    .run(row);
}
