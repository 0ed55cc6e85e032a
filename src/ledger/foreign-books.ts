import { statSync } from "node:fs";

import * as z from "zod/mini";

import { UserError } from "../errors.ts";
import { isCurrent } from "./migrate.ts";
import type { Question } from "./foreign-schema.ts";
import { booksInMemory, type Books } from "./open.ts";

/**
 * Somebody else's books, which are not to be trusted: a file that was made to harm must neither run its
 * SQL here, nor hang us, nor bring in what no scan could have brought.
 */

/** The tables that a merge reads. Each must be what our own migrations make of it, to the letter. */
const TABLES = [
  ...["machine", "project", "session", "cost_state", "transcript", "session_day"],
  ...["model", "branch", "client_version", "call", "saved_usage", "revision"],
];

/** More than the books of a team come to in ten years, in bytes. */
const MOST_BYTES = 20e9;

/** More calls than that, too. */
const MOST_ROWS = 100_000_000;

/** How long reading may take, in milliseconds. */
const MOST_TIME = 600_000;

/**
 * Makes sure that an opened file is books and nothing else.
 * @throws UserError when it is damaged, of another schema, or has a table that is not ours.
 */
export function checkForeign(other: Books, path: string): void {
  if (statSync(path).size > MOST_BYTES) {
    throw new UserError(`${path} is larger than any books (20 GB); check which file it is.`);
  }
  other.pragma("trusted_schema = OFF");
  other.pragma("cell_size_check = ON");
  // Only the tables must be of this version; views are not read.
  if (!isCurrent(other, path)) checkVersion(other, path);
  checkTables(other, path);
  // A page that is in two places could keep us reading for ever.
  const damage = other.prepare<[], string>("PRAGMA quick_check(1)").pluck().get();
  if (damage !== "ok") {
    throw new UserError(`${path} is damaged, so nothing of it was taken; restore it from a copy.`);
  }
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
  const wrong = TABLES.find((name) => {
    const [theirs, ours] = [other, own].map((books) => books.prepare(read).pluck().get(name));
    return theirs !== ours;
  });
  own.close();
  if (wrong !== undefined) {
    throw new UserError(
      `${path} has a "${wrong}" that no ccbooks made, so nothing of it was taken; merge a file that ccbooks wrote.`,
    );
  }
}

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
  *read<T>({ sql, schema }: Question<T>): Iterable<T> {
    for (const found of this.#books.prepare<[], unknown>(sql).iterate()) {
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
