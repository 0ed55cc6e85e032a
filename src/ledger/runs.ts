import { randomUUID } from "node:crypto";

import { errorCode, UserError } from "../errors.ts";
import type { Books } from "./books.ts";

/** What is known of a run when it begins. Instants are ISO 8601 UTC. */
export interface Run {
  command: "fetch" | "merge" | "recount";
  /** The machine's row. */
  machine: number;
  ccbooksVersion: string;
  /** The folders the transcripts were read from. */
  logFolders: readonly string[];
  startedAt: string;
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
  /** A fetch that found nothing new shares the row of the one before, if that found nothing either. */
  finish(result: RunResult, at: string): void;
  /** What the run kept stays kept. Says nothing if this cannot be written: the error matters more. */
  fail(error: unknown, at: string): void;
}

export function openRun(books: Books, run: Run): OpenRun {
  let row: number | undefined;
  const id = (): number => (row ??= beginRun(books, run));
  return {
    id,
    finish(result, at) {
      if (row === undefined && noteIdleFetch(books, run, result, at)) return;
      finishRun(books, id(), result, at);
    },
    fail(error, at) {
      // Waiting for the same lock a second time would take as long again.
      if (error instanceof UserError && errorCode(error.cause) === "SQLITE_BUSY") return;
      try {
        failRun(books, id(), error instanceof Error ? error.message : String(error), at);
      } catch {
        // The books themselves are what failed, and `error` already says so.
      }
    },
  };
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

function finishRun(books: Books, id: number, result: RunResult, finishedAt: string): void {
  const { days, sessions } = result;
  books
    .prepare(
      `UPDATE import_run SET
         status = 'ok', finished_at = @finishedAt, ccusage_version = @ccusageVersion,
         arguments = @arguments, prices = @prices,
         files_seen = @filesSeen, files_read = @filesRead, bytes_read = @bytesRead,
         calls_added = @callsAdded, calls_changed = @callsChanged,
         days_added = @daysAdded, days_grown = @daysGrown,
         days_repriced = @daysRepriced, days_recounted = @daysRecounted,
         sessions_added = @sessionsAdded, sessions_grown = @sessionsGrown,
         sessions_repriced = @sessionsRepriced, sessions_recounted = @sessionsRecounted,
         scan_ms = @scanMs, count_ms = @countMs
       WHERE id = @id`,
    )
    .run({
      ...result,
      id,
      finishedAt,
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
