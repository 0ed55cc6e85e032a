import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { errorCode } from "../errors.ts";

/**
 * Makes a folder and those above it, for its owner alone. Node's own `recursive` never comes back where the
 * system says of a folder that cannot be made that there is none, as /proc does.
 * @throws the system's error when it cannot be made.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (isFolder(path)) return;
    if (errorCode(error) !== "ENOENT" || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    makeFolder(path);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
