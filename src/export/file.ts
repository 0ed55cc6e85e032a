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
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { UserError } from "../errors.ts";
import { isSameFile, look, writeProblem, type Thing } from "../output-file.ts";

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
