import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Claude Code's own default: transcripts older than this many days are deleted. */
export const DEFAULT_RETENTION_DAYS = 30;

/**
 * How many days Claude Code keeps a transcript: `cleanupPeriodDays` of the managed settings, else of
 * the user's, else the default. With several folders, the shortest, since the first sweep loses.
 */
export function retentionDays(folders: readonly string[]): number {
  const managed = cleanupPeriod(managedSettings());
  if (managed !== undefined) return managed;
  const own = folders.map((folder) => cleanupPeriod(join(folder, "settings.json")));
  return Math.min(
    ...own.map((days) => days ?? DEFAULT_RETENTION_DAYS),
    ...(own.length ? [] : [DEFAULT_RETENTION_DAYS]),
  );
}

function managedSettings(): string {
  if (process.platform === "darwin") {
    return "/Library/Application Support/ClaudeCode/managed-settings.json";
  }
  if (process.platform === "win32") return "C:\\Program Files\\ClaudeCode\\managed-settings.json";
  return "/etc/claude-code/managed-settings.json";
}

function cleanupPeriod(file: string): number | undefined {
  try {
    const days: unknown = JSON.parse(readFileSync(file, "utf8")).cleanupPeriodDays;
    return typeof days === "number" && days >= 1 ? days : undefined;
  } catch {
    // Missing or broken settings: Claude Code goes on with its default, and so do we.
    return undefined;
  }
}
