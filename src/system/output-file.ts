import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type lstatSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { errorCode, UserError } from "../errors.ts";

/** Files that are made for the user, and what can go wrong with them. */

/** What is made, as the sentences call it. */
export type Thing = "backup" | "export" | "page";

/**
 * What is at a path; undefined when nothing is.
 * @throws UserError when it may not be looked at.
 */
export function look(
  path: string,
  how: typeof statSync | typeof lstatSync,
  thing: Thing,
): Stats | undefined {
  try {
    return how(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw writeProblem(error, path, thing);
  }
}

export function isSameFile(a: Stats, b: Stats | undefined): boolean {
  return a.ino === b?.ino && a.dev === b.dev;
}

/** What failed at the end of what is made, as a sentence; what failed at the books' end, as it is. */
export function writeProblem(error: unknown, target: string, thing: Thing): unknown {
  const code = errorCode(error) ?? "";
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT") {
    return new UserError(
      `The disk that should hold ${target} is full, and no ${thing} was made; make room or name a file elsewhere.`,
    );
  }
  if (/^(EACCES|EPERM|EROFS|SQLITE_CANTOPEN|SQLITE_READONLY)/.test(code)) {
    return new UserError(
      `${target} may not be written; make its folder writable, or name a file elsewhere.`,
    );
  }
  // Only the books are read.
  if (/^(E[A-Z]+$|SQLITE_IOERR(?!_READ|_SHORT_READ))/.test(code)) {
    return new UserError(
      `${target} could not be written (${code}), and no ${thing} was made; check the disk and its free space, or name a file elsewhere.`,
    );
  }
  return error;
}

/** What a file is to hold, piece by piece. */
export type Chunks = Iterable<string | Uint8Array>;

/**
 * Writes a file under a name that it takes once it is whole, in the place of what was there: a nightly
 * export or report replaces the last one, and a failed or killed one replaces nothing.
 * @param books whose path it must not be
 * @returns its size in bytes.
 * @throws UserError when it may not or cannot be written.
 */
export function writeWhole(
  target: string,
  books: string,
  chunks: Chunks,
  thing: Thing = "export",
): number {
  const before = replaceable(target, books, thing);
  const path = before === undefined ? target : onDisk(target, () => realpathSync(target), thing);
  // Hidden, so that nobody who reads the whole folder takes it for a file of theirs.
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeDraft(draft, chunks, target, thing);
    const replace = (): number => {
      // Whoever was let to read the last one may read this one.
      if (before !== undefined) chmodSync(draft, before.mode & 0o777);
      renameSync(draft, path);
      return statSync(path).size;
    };
    return onDisk(target, replace, thing);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Writes a file that only its owner can read, and has the disk hold it.
 * @param target what the file will be, for the sentence when it cannot be written
 */
export function writeDraft(
  draft: string,
  chunks: Chunks,
  target: string,
  thing: Thing = "export",
): void {
  const file = onDisk(target, () => openSync(draft, "wx", 0o600), thing);
  try {
    for (const chunk of chunks) onDisk(target, () => writeFileSync(file, chunk), thing);
    onDisk(target, () => fsyncSync(file), thing);
  } finally {
    closeSync(file);
  }
}

/** What is done to the disk, its failures in a sentence: those of the books are told by who reads them. */
export function onDisk<T>(target: string, act: () => T, thing: Thing = "export"): T {
  try {
    return act();
  } catch (error) {
    throw writeProblem(error, target, thing);
  }
}

/** @returns what is to be replaced; @throws UserError when nothing may be written at `target`. */
function replaceable(target: string, books: string, thing: Thing) {
  const there = look(target, statSync, thing);
  if (isSameFile(statSync(books), there)) {
    throw new UserError(`${target} is the books themselves; name another file for the ${thing}.`);
  }
  if (there?.isDirectory()) {
    const instead = thing === "export" ? ", or add --partition for a folder of Parquet files" : "";
    throw new UserError(`${target} is a folder; name a file in it${instead}.`);
  }
  if (there?.isFile() === false) {
    const instead =
      thing === "export" ? "leave --out away and send standard output there" : "name one";
    throw new UserError(`${target} is not a plain file; ${instead}.`);
  }
  const folder = dirname(target);
  if (look(folder, statSync, thing)?.isDirectory() !== true) {
    throw new UserError(`There is no folder ${folder}; make it, or name a file elsewhere.`);
  }
  return there;
}
