import { closeSync, existsSync, openSync, statSync, type Stats } from "node:fs";
import { dirname } from "node:path";

import Database from "better-sqlite3";

import { errorCode, UserError } from "../errors.ts";
import { makeFolder } from "../system/folders.ts";
import type { Books } from "./books.ts";
import { isCurrent, migrate } from "./migrate.ts";

export type { Books } from "./books.ts";

/** How long one fetch waits for another to finish writing, in milliseconds. */
const BUSY_TIMEOUT = 30_000;

/**
 * Opens the books for writing, making or updating them where needed, and hands them to `work`.
 * @param patience how long another program that writes is waited for, in milliseconds
 * @throws UserError for every way a file can be unusable: a sentence that names the path.
 */
export async function withBooks<T>(
  path: string,
  work: (books: Books) => T | Promise<T>,
  { patience = BUSY_TIMEOUT }: { patience?: number } = {},
): Promise<T> {
  return explained(path, async () => {
    const books = openForWriting(path, patience);
    try {
      return await work(books);
    } finally {
      books.close();
    }
  });
}

/**
 * Opens the books for reading. Books written by an older ccbooks are brought up to date first.
 * @param patience how long another program that writes is waited for, in milliseconds
 * @throws UserError as `withBooks`.
 */
export async function readBooks<T>(
  path: string,
  read: (books: Books) => T | Promise<T>,
  { patience = BUSY_TIMEOUT }: { patience?: number } = {},
): Promise<T> {
  return explained(path, async () => {
    let books = openReadonly(path, patience);
    try {
      if (!isReadable(books, path)) {
        books.close();
        openForWriting(path, patience).close();
        books = openReadonly(path, patience);
      }
      return await read(books);
    } finally {
      books.close();
    }
  });
}

/** Whether the books can be read as they are: up to date, and not left half written by a killed fetch. */
function isReadable(books: Books, path: string): boolean {
  try {
    return isCurrent(books, path);
  } catch (error) {
    if (errorCode(error) === "SQLITE_READONLY_ROLLBACK") return false;
    throw error;
  }
}

/**
 * Hands somebody else's books to `read`: see foreign-books.ts.
 * @throws UserError as `withBooks`.
 */
export async function withForeignBooks<T>(
  path: string,
  read: (other: Books) => T | Promise<T>,
): Promise<T> {
  const work = async (): Promise<T> => {
    const { openForeign } = await import("./foreign-books.ts");
    const other = openForeign(path);
    try {
      return await read(other);
    } finally {
      other.close();
    }
  };
  return explained(path, work, OTHER_FILE);
}

/**
 * Opens books as they are, neither made nor brought up to date: looking at them changes nothing. Not
 * read-only, since SQLite must be able to undo what a killed fetch left half written.
 * @throws UserError as `withBooks`.
 */
export async function withBooksAsTheyAre<T>(path: string, work: (books: Books) => T): Promise<T> {
  return explained(path, () => {
    const books = openExisting(path);
    try {
      return work(books);
    } finally {
      books.close();
    }
  });
}

/** Empty books that no file holds, to try something on. */
export function booksInMemory(): Books {
  const books = new Database(":memory:");
  migrate(books, ":memory:");
  return books;
}

function openForWriting(path: string, patience = BUSY_TIMEOUT): Books {
  createPrivately(path);
  const books = new Database(path, { timeout: patience });
  try {
    books.pragma("foreign_keys = ON");
    // What calls are known by is spread over the whole index: it should stay in memory while a scan keeps.
    books.pragma("cache_size = -65536");
    books.pragma("temp_store = MEMORY");
    migrate(books, path);
    return books;
  } catch (error) {
    books.close();
    throw error;
  }
}

function openReadonly(path: string, patience: number): Books {
  return openExisting(path, { readonly: true, timeout: patience });
}

function openExisting(path: string, options: Database.Options = {}): Books {
  checkFile(path, OTHER_BOOKS);
  return new Database(path, { timeout: BUSY_TIMEOUT, ...options, fileMustExist: true });
}

/** What was spent on what is nobody else's business: folder and file are the owner's alone. */
function createPrivately(path: string): void {
  try {
    makeFolder(dirname(path));
    if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  } catch (error) {
    throw explanation(path, error, errorCode(error) ?? "", OTHER_BOOKS);
  }
  checkFile(path, OTHER_BOOKS);
}

/**
 * Looks at a file before SQLite opens it: that would wait forever for a pipe, and better-sqlite3 gives no
 * code when the folder cannot be reached.
 */
function checkFile(path: string, elsewhere: string): void {
  let file: Stats;
  try {
    file = statSync(path);
  } catch (error) {
    throw explanation(path, error, errorCode(error) ?? "", elsewhere);
  }
  if (!file.isFile() && !file.isDirectory()) {
    throw new UserError(`${path} is not a plain file; ${elsewhere}.`);
  }
}

/** What to do with a path that cannot be used. */
const OTHER_BOOKS = "give another path with --db";
export const OTHER_FILE = "name another file";

async function explained<T>(
  path: string,
  work: () => T | Promise<T>,
  elsewhere = OTHER_BOOKS,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Files that `work` reads or writes besides the books fail with codes of the system.
    const code = errorCode(error)?.match(/^SQLITE_[A-Z]+/)?.[0];
    throw code === undefined ? error : explanation(path, error, code, elsewhere);
  }
}

function explanation(path: string, error: unknown, code: string, elsewhere: string): unknown {
  const sentence = sentences[isFolder(path) ? "EISDIR" : code];
  return sentence === undefined
    ? error
    : new UserError(sentence(path, elsewhere), { cause: error });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

const sentences: Record<string, (path: string, elsewhere: string) => string> = {
  SQLITE_NOTADB: (path, elsewhere) =>
    `${path} is not a SQLite file; restore it from a copy, or ${elsewhere}.`,
  SQLITE_CORRUPT: (path, elsewhere) =>
    `${path} is damaged, and nothing was written; restore it from a copy, or ${elsewhere}.`,
  SQLITE_CANTOPEN: (path, elsewhere) =>
    `${path} cannot be opened; check that it is a file in a folder you may write to, or ${elsewhere}.`,
  SQLITE_READONLY: (path, elsewhere) =>
    `${path} is read-only, and nothing was written; make it and its folder writable, or ${elsewhere}.`,
  SQLITE_PERM: (path, elsewhere) =>
    `${path} may not be opened; check its permissions, or ${elsewhere}.`,
  SQLITE_BUSY: (path) =>
    `${path} has been locked by another program for ${BUSY_TIMEOUT / 1000} seconds, and nothing more was written; ` +
    `close what holds it and run this again.`,
  SQLITE_FULL: (path) =>
    `The disk that holds ${path} is full, and nothing more was written; make room and run this again.`,
  SQLITE_IOERR: (path) =>
    `The disk failed while using ${path}, and nothing more was written; check its free space and health, then run this again.`,
  EACCES: (path, elsewhere) =>
    `${path} cannot be made or opened: no permission; make its folder writable, or ${elsewhere}.`,
  EPERM: (path, elsewhere) =>
    `${path} cannot be made or opened: no permission; make its folder writable, or ${elsewhere}.`,
  EROFS: (path, elsewhere) => `${path} lies on a read-only disk; ${elsewhere}.`,
  ENOENT: (path, elsewhere) => `${path} cannot be made there; ${elsewhere}.`,
  EISDIR: (path) => `${path} is a folder; name a file in it with --db.`,
  ENOTDIR: (path, elsewhere) => `A part of ${path} is a file, not a folder; ${elsewhere}.`,
  EEXIST: (path, elsewhere) => `A part of ${path} is a file, not a folder; ${elsewhere}.`,
  ELOOP: (path, elsewhere) =>
    `${path} runs into a loop of symbolic links; fix the links, or ${elsewhere}.`,
  ENAMETOOLONG: (path, elsewhere) => `${path} is longer than a path may be; ${elsewhere}.`,
  ENOSPC: (path) => `The disk that should hold ${path} is full; make room and run this again.`,
};
