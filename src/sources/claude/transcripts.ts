import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { errorCode } from "../../errors.ts";
import type { Transcript } from "../../usage.ts";

/**
 * Every transcript below the folders' `projects/`, as ccusage walks them: `*.jsonl` at any depth, no
 * symbolic links. Synchronous on purpose: with thousands of files it is 2 to 4 times faster.
 */
export function listTranscripts(folders: readonly string[]): Transcript[] {
  const found: Transcript[] = [];
  for (const folder of folders) walk(join(folder, "projects"), found);
  return found;
}

function walk(folder: string, found: Transcript[]): void {
  for (const entry of tolerating(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      walk(path, found);
    } else if (entry.isFile() && entry.name.endsWith(".jsonl")) {
      const stat = tolerating(() => statSync(path));
      if (stat) found.push({ path, size: stat.size, modifiedAt: stat.mtimeMs });
    }
  }
}

/** Claude Code may sweep a file while we look; one we may not read is invisible to ccusage as well. */
function tolerating<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (["ENOENT", "EACCES", "EPERM", "ENOTDIR"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}
