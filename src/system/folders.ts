import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { errorCode } from "../errors.ts";

/**
 * Makes a folder for its owner alone, with the missing ones above it. Node's `recursive` runs forever
 * where a folder exists but takes no new ones, as in /proc.
 * @throws the system's error.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" && !isFolder(dirname(path))) {
      makeFolder(dirname(path));
      mkdirSync(path, { mode: 0o700 });
      return;
    }
    // Where a link stands in its place, what that leads to tells what is wrong.
    if (code === "EEXIST" ? statSync(path).isDirectory() : isFolder(path)) return;
    throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
