import { statSync } from "node:fs";

import Database from "better-sqlite3";
import * as z from "zod/mini";

import { errorCode, UserError } from "../errors.ts";
import { printable } from "../format/printable.ts";
import { isCurrent } from "./migrate.ts";
import { booksInMemory, OTHER_FILE, type Books } from "./open.ts";
import { lookAt } from "./schema-pages.ts";
import { LONGEST_TEXT, type Question } from "./foreign-schema.ts";

/**
 * Somebody else's books, which are not to be trusted: a file that was made to harm must neither run its
 * SQL here, nor hang us, nor bring in what no scan could have brought.
 */

/** The tables that a merge reads. Each must be what our own migrations make of it, to the letter. */
const TABLES = [
  ...["machine", "project", "session", "cost_state", "transcript", "session_day"],
  ...["model", "branch", "client_version", "call", "saved_usage", "revision"],
  ...["budget", "budget_event", "plan_limit", "query_source", "telemetry_call", "retention_sweep"],
];

/** More than the books of a team come to in ten years, in bytes. */
const MOST_BYTES = 20e9;

/** More calls than that, too. */
const MOST_ROWS = 100_000_000;

/** How long reading may take, in milliseconds. */
const MOST_TIME = 600_000;

/**
 * Opens other books to be read, and makes sure that they are books and nothing else.
 * @throws UserError when they are none, damaged, of another schema, or have a table that is not ours.
 */
export function openForeign(path: string): Books {
  const { size } = statSync(path);
  if (size > MOST_BYTES) {
    throw new UserError(`${path} is larger than any books (20 GB); check which file it is.`);
  }
  if (size === 0) throw new UserError(`${path} is empty; ${OTHER_FILE}.`);
  checkLooks(path);
  const other = new Database(path, { readonly: true, fileMustExist: true });
  try {
    other.pragma("trusted_schema = OFF");
    other.pragma("cell_size_check = ON");
    if (!isCurrent(other, path, OTHER_FILE)) {
      // Views may be older; the tables are looked at below.
      checkVersion(other, path);
    }
    checkTables(other, path);
    // A page that is in two places could keep us reading for ever.
    const damage = other.prepare<[], string>("PRAGMA quick_check(1)").pluck().get();
    if (damage !== "ok") throw damaged(path);
    return other;
  } catch (error) {
    other.close();
    if (errorCode(error) !== "SQLITE_READONLY_ROLLBACK") throw error;
    throw new UserError(
      `${path} was left half written by a kill; run \`ccbooks stats --db ${path}\` once to put it right, then merge it.`,
      { cause: error },
    );
  }
}

function checkLooks(path: string): void {
  const looks = lookAt(path);
  if (looks === "in WAL mode") {
    throw new UserError(
      `${path} is in SQLite's WAL mode, where a part of it is in another file; run \`sqlite3 ${path} "PRAGMA journal_mode = DELETE"\` once to put it right, then merge it.`,
    );
  }
  if (looks === "endless") throw damaged(path);
}

function damaged(path: string): UserError {
  return new UserError(
    `${path} is damaged, so nothing of it was taken; restore it from a copy, or ${OTHER_FILE}.`,
  );
}

function checkVersion(other: Books, path: string): void {
  const own = booksInMemory();
  const [theirs, ours] = [other, own].map((books) =>
    Number(books.pragma("user_version", { simple: true })),
  );
  own.close();
  if (theirs !== ours) {
    throw new UserError(
      `${path} is of an older ccbooks; run \`ccbooks stats --db ${path}\` once to bring it up to date, then merge it.`,
    );
  }
}

function checkTables(other: Books, path: string): void {
  const own = booksInMemory();
  const read = "SELECT type || ' ' || sql FROM sqlite_master WHERE name = ?";
  const changed = TABLES.find((name) => {
    const [theirs, ours] = [other, own].map((books) => books.prepare(read).pluck().get(name));
    return theirs !== ours;
  });
  own.close();
  const wrong = changed ?? triggerIn(other);
  if (wrong !== undefined) {
    throw new UserError(
      `${path} has a "${wrong}" that no ccbooks made, so nothing of it was taken; merge a file that ccbooks wrote.`,
    );
  }
}

/** Reading fires none, but no ccbooks makes one. */
function triggerIn(other: Books): string | undefined {
  const names = other.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'");
  const name = names.pluck().get();
  return name === undefined ? undefined : printable(name).slice(0, LONGEST_SHOWN);
}

/** How much of a name that somebody else gave is shown. */
const LONGEST_SHOWN = 60;

/** Reads other books, row by row, and counts what is not let in. */
export class ForeignReader {
  readonly #books: Books;
  readonly #path: string;
  readonly #deadline = Date.now() + MOST_TIME;
  #rows = 0;
  /** Rows that no scan could have brought. */
  refused = 0;

  constructor(books: Books, path: string) {
    this.#books = books;
    this.#path = path;
  }

  /** @throws UserError when there is more than can be true, or it takes too long. */
  *read<T>({ sql, schema, columns }: Question<T>): Iterable<T> {
    const bounded = columns.map(
      (column) =>
        `CASE WHEN octet_length(${column}) > ${LONGEST_TEXT} THEN x'' ELSE ${column} END AS ${column}`,
    );
    const rows = this.#books.prepare<[], unknown>(`SELECT ${bounded.join(", ")} FROM (${sql})`);
    for (const found of rows.iterate()) {
      this.#rows += 1;
      if (this.#rows > MOST_ROWS || (this.#rows % 1024 === 0 && Date.now() > this.#deadline)) {
        throw new UserError(
          `${this.#path} holds more than can be read in ${MOST_TIME / 60_000} minutes, so nothing of it was taken; check which file it is.`,
        );
      }
      const result = z.safeParse(schema, found);
      if (result.success) yield result.data;
      else this.refused += 1;
    }
  }
}
