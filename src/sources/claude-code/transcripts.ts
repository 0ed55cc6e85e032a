import { accessSync, constants, readdirSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";

import { errorCode } from "../../errors.ts";
import type { Transcript } from "../../usage.ts";

/** What there is below the folders' `projects/`. */
export interface Listing {
  transcripts: Transcript[];
  /** Files and folders that may not be read, which ccusage passes over in silence. */
  unreadable: string[];
}

/**
 * Every transcript below the folders' `projects/`, as ccusage walks them: `*.jsonl` at any depth, no
 * symbolic links. Synchronous on purpose: with thousands of files it is 2 to 4 times faster.
 */
export function listTranscripts(folders: readonly string[]): Listing {
  const listing: Listing = { transcripts: [], unreadable: [] };
  for (const folder of folders) walk(join(folder, "projects"), listing);
  return listing;
}

function walk(folder: string, listing: Listing): void {
  const { transcripts, unreadable } = listing;
  const look = <T>(path: string, at: (path: string) => T): T | undefined => {
    try {
      return at(path);
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (code === "EACCES" || code === "EPERM") unreadable.push(path);
      // Claude Code may sweep it while we look.
      else if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
      return undefined;
    }
  };
  for (const entry of look(folder, (path) => readdirSync(path, { withFileTypes: true })) ?? []) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      walk(path, listing);
    } else if (entry.isFile() && entry.name.endsWith(".jsonl")) {
      const stat = look(path, (file) => statSync(file));
      if (stat === undefined) continue;
      if (mayRead(path, stat)) {
        transcripts.push({ path, size: stat.size, modifiedAt: stat.mtimeMs });
      } else {
        unreadable.push(path);
      }
    }
  }
}

/** Undefined on Windows, whose files have no such modes. */
const me = process.getuid?.();
const ROOT = 0;
const OWNER_READS = 0o400;

/** Whether a file's contents may be read, which most modes tell without asking the system again. */
function mayRead(path: string, { uid, mode }: Stats): boolean {
  if (me === undefined || me === ROOT) return true;
  if (uid === me) return (mode & OWNER_READS) !== 0;
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
