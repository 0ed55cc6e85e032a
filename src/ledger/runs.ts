import { randomUUID } from "node:crypto";

import { errorCode, UserError } from "../errors.ts";
import type { Books } from "./books.ts";

/** What is known of a run when it begins. Instants are ISO 8601 UTC. */
export interface Run {
  command: "fetch" | "merge" | "recount" | "pull";
  /** The machine's row. */
  machine: number;
  ccbooksVersion: string;
  /** The folders the transcripts were read from. */
  logFolders: readonly string[];
  startedAt: string;
  /** The row of a fetch that this one goes on with, so that a day of `ccbooks watch` is few rows. */
  goesOn?: number | null;
}

/** How many days or sessions met which fate. */
export interface Tally {
  added: number;
  grown: number;
  /** The same tokens at another price, usually one that was unknown before. */
  repriced: number;
  /** Other tokens, as another ccusage or zone counts them. */
  recounted: number;
}

/** What a run looked at, and how long that took. */
export interface Effort {
  filesSeen: number;
  filesRead: number;
  /** Bytes. */
  bytesRead: number;
  /** Milliseconds: listing, reading and keeping. */
  scanMs: number;
  /** Milliseconds: counting and what is written of it. */
  countMs: number;
}

/** What came of a run. */
export interface RunResult extends Effort {
  callsAdded: number;
  /** Of which a line said more than was known. */
  callsChanged: number;
  days: Tally;
  sessions: Tally;
  /** Null where ccusage was not asked. */
  ccusageVersion: string | null;
  /** What ccusage was called with, a list for each time. */
  arguments: readonly (readonly string[])[];
  /** Where ccusage's prices came from, in truth; null where it was not asked. */
  prices: "downloaded" | "built in" | null;
}

export function newTally(): Tally {
  return { added: 0, grown: 0, repriced: 0, recounted: 0 };
}

/** A run at work. */
export interface OpenRun {
  /** Its row, which is made when it is first asked for. */
  id(): number;
  /**
   * A fetch that found nothing new shares the row of the one before, if that found nothing either.
   * @returns the row
   */
  finish(result: RunResult, at: string): number | null;
  /**
   * What the run kept stays kept. Failures that follow each other for the same reason share a row. Says nothing if
   * this cannot be written: the error matters more.
   */
  fail(error: unknown, at: string): void;
}

export function openRun(books: Books, run: Run): OpenRun {
  const goesOn = rowToGoOn(books, run);
  let row: number | undefined;
  const id = (): number => (row ??= goesOn ?? beginRun(books, run));
  return {
    id,
    finish(result, at) {
      const isIdle = row === undefined && goesOn === null;
      if (isIdle && noteIdleFetch(books, run, result, at)) return null;
      finishRun(books, id(), result, at, { more: goesOn === null ? 0 : 1 });
      return id();
    },
    fail(error, at) {
      // Waiting for the same lock a second time would take as long again.
      if (error instanceof UserError && errorCode(error.cause) === "SQLITE_BUSY") return;
      const why = error instanceof Error ? error.message : String(error);
      try {
        if (row === undefined || row === goesOn) {
          if (noteSameFailure(books, run, why, at)) return;
          row = beginRun(books, run);
        }
        failRun(books, row, why, at);
      } catch {
        // The books themselves are what failed, and `error` already says so.
      }
    },
  };
}

/** The row that a run is to share, unless the books have been replaced by others. */
function rowToGoOn(books: Books, { goesOn, machine }: Run): number | null {
  if (goesOn === undefined || goesOn === null) return null;
  const row = books
    .prepare<[number, number], number>(
      "SELECT id FROM import_run WHERE id = ? AND machine = ? AND command = 'fetch' AND status = 'ok'",
    )
    .pluck()
    .get(goesOn, machine);
  return row ?? null;
}

function beginRun(books: Books, run: Run): number {
  const { lastInsertRowid } = books
    .prepare(
      `INSERT INTO import_run
         (uid, command, status, machine, ccbooks_version, log_folders, started_at)
       VALUES (@uid, @command, 'running', @machine, @ccbooksVersion, @logFolders, @startedAt)`,
    )
    .run({ ...run, uid: randomUUID(), logFolders: JSON.stringify(run.logFolders) });
  return Number(lastInsertRowid);
}

/** Adds what came of a run to its row. @param more the fetches that share the row, besides the first */
function finishRun(
  books: Books,
  id: number,
  result: RunResult,
  finishedAt: string,
  { more }: { more: 0 | 1 },
): void {
  const { days, sessions } = result;
  books
    .prepare(
      `UPDATE import_run SET
         status = 'ok', finished_at = @finishedAt, fetches = fetches + @more,
         ccusage_version = COALESCE(@ccusageVersion, ccusage_version),
         arguments = CASE WHEN @ccusageVersion IS NULL THEN COALESCE(arguments, @arguments)
           ELSE @arguments END,
         prices = COALESCE(@prices, prices),
         files_seen = @filesSeen, files_read = files_read + @filesRead,
         bytes_read = bytes_read + @bytesRead,
         calls_added = calls_added + @callsAdded, calls_changed = calls_changed + @callsChanged,
         days_added = days_added + @daysAdded, days_grown = days_grown + @daysGrown,
         days_repriced = days_repriced + @daysRepriced,
         days_recounted = days_recounted + @daysRecounted,
         sessions_added = sessions_added + @sessionsAdded,
         sessions_grown = sessions_grown + @sessionsGrown,
         sessions_repriced = sessions_repriced + @sessionsRepriced,
         sessions_recounted = sessions_recounted + @sessionsRecounted,
         scan_ms = scan_ms + @scanMs, count_ms = count_ms + @countMs
       WHERE id = @id`,
    )
    .run({
      ...result,
      ...{ id, finishedAt, more },
      arguments: JSON.stringify(result.arguments),
      daysAdded: days.added,
      daysGrown: days.grown,
      daysRepriced: days.repriced,
      daysRecounted: days.recounted,
      sessionsAdded: sessions.added,
      sessionsGrown: sessions.grown,
      sessionsRepriced: sessions.repriced,
      sessionsRecounted: sessions.recounted,
    });
}

function failRun(books: Books, id: number, error: string, finishedAt: string): void {
  books
    .prepare("UPDATE import_run SET status = 'failed', error = ?, finished_at = ? WHERE id = ?")
    .run(error, finishedAt, id);
}

/** @returns whether the last run of the machine failed for the same reason */
function noteSameFailure(books: Books, run: Run, error: string, finishedAt: string): boolean {
  const { changes } = books
    .prepare(
      `UPDATE import_run SET fetches = fetches + 1, finished_at = @finishedAt
       WHERE id = (SELECT MAX(id) FROM import_run WHERE machine = @machine)
         AND command = @command AND status = 'failed' AND error = @error`,
    )
    .run({ ...run, logFolders: null, error, finishedAt });
  return changes > 0;
}

/** @returns whether the last run of the machine was such a fetch as well */
function noteIdleFetch(books: Books, run: Run, effort: Effort, finishedAt: string): boolean {
  const { changes } = books
    .prepare(
      `UPDATE import_run SET
         fetches = fetches + 1, finished_at = @finishedAt, files_seen = @filesSeen, scan_ms = @scanMs
       WHERE id = (SELECT MAX(id) FROM import_run WHERE machine = @machine)
         AND command = 'fetch' AND status = 'ok' AND log_folders = @logFolders
         AND ccusage_version IS NULL AND calls_added = 0 AND files_read = 0`,
    )
    .run({ ...effort, ...run, logFolders: JSON.stringify(run.logFolders), finishedAt });
  return changes > 0;
}
