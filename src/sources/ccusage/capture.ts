import { randomUUID } from "node:crypto";
import {
  closeSync,
  createWriteStream,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  type WriteStream,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { errorCode, UserError } from "../../errors.ts";

/**
 * A nameless file for a program to print into. A report of 20,000 sessions comes in 2,000 pieces, and
 * taking each through a pipe costs more than parsing them all; a file takes them without us. No library
 * counts them then, so the file's size is looked at while it grows.
 */
export interface Capture {
  /** To be given to the program as its standard output, which it then writes without us. */
  stream: WriteStream;
  /** Aborted soon after more was printed than may be. */
  overflow: AbortSignal;
  /** Whether more was printed than may be. */
  isTooMuch(): boolean;
  /** What was printed so far, as UTF-8. */
  read(): string;
  /** Ends the looking and gives the disk its room back. */
  close(): void;
}

/** How often the file is looked at, in milliseconds: a fast disk takes 100 MB meanwhile. */
const LOOK_EVERY = 50;

/**
 * Opens a file, readable by its owner alone, and takes its name away: however we end, the system removes
 * it when the last who has it open is gone. Windows lets the name be seen until then.
 * @throws UserError when there is no room for it.
 */
function openNameless(): number {
  const path = join(tmpdir(), `ccbooks-${randomUUID()}`);
  try {
    const fd = openSync(path, "wx+", 0o600);
    rmSync(path);
    return fd;
  } catch (error) {
    throw new UserError(
      `ccusage has nowhere to print to: the temporary folder ${tmpdir()} cannot be written (${errorCode(error)}); make room in it, or name another with TMPDIR.`,
      { cause: error },
    );
  }
}

/**
 * Makes the file.
 * @param most how much may be printed into it, in bytes
 * @throws UserError when there is no room for it.
 */
export function openCapture(most: number): Capture {
  const fd = openNameless();
  const overflow = new AbortController();
  const isTooMuch = (): boolean => fstatSync(fd).size > most;
  const looking = setInterval(() => {
    if (isTooMuch()) overflow.abort();
  }, LOOK_EVERY);
  return {
    stream: createWriteStream("", { fd, autoClose: false }),
    overflow: overflow.signal,
    isTooMuch,
    read: () => readAll(fd),
    close: () => {
      clearInterval(looking);
      closeSync(fd);
    },
  };
}

/** A file from its beginning, wherever it was last written. */
function readAll(fd: number): string {
  const bytes = Buffer.allocUnsafe(fstatSync(fd).size);
  let at = 0;
  while (at < bytes.length) {
    const count = readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) break;
    at += count;
  }
  return bytes.toString("utf8", 0, at);
}
