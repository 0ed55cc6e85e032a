import type { lstatSync, statSync, Stats } from "node:fs";

import { errorCode, UserError } from "./errors.ts";

/** What files that are made for the user have in common. */

/** What is made, as the sentences call it. */
export type Thing = "backup" | "export" | "report";

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
