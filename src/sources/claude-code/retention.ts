import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { errorCode } from "../../errors.ts";

/** Claude Code's own default: transcripts older than this many days are deleted. */
export const DEFAULT_RETENTION_DAYS = 30;

/** How long Claude Code keeps a transcript, and who says so. */
export interface Retention {
  days: number;
  /** The settings file that says so; null for Claude Code's default. */
  file: string | null;
  /** Files that Claude Code would read and cannot: with one of them it may not sweep at all. */
  mistakes: { file: string; what: string }[];
}

/**
 * How many days Claude Code keeps a transcript: `cleanupPeriodDays` of the managed settings, else of
 * the user's, else the default. With several folders, the shortest, since the first sweep loses.
 */
export function retentionDays(folders: readonly string[]): number {
  return resolve(managedSettings(), folders).days;
}

/**
 * The same as a session started in the folder `project` reads it: the project's own settings come
 * between the managed ones and the user's.
 */
export function retentionIn(project: string, folders: readonly string[]): Retention {
  const own = ["settings.local.json", "settings.json"].map((name) =>
    join(project, ".claude", name),
  );
  return resolve([...managedSettings(), ...own], folders);
}

/** @param overriding settings files that come before the user's, the first one that speaks wins */
function resolve(overriding: readonly string[], folders: readonly string[]): Retention {
  const users = folders.map((folder) => join(folder, "settings.json"));
  // A project may be the folder that holds the user's own.
  const above = overriding.filter((file) => !users.includes(file)).map(readSetting);
  const own = users.map(readSetting);
  const shortest = own.toSorted((a, b) => daysOf(a) - daysOf(b))[0];
  const found = above.find(({ days }) => days !== undefined) ?? shortest;
  return {
    days: daysOf(found),
    file: found?.days === undefined ? null : found.file,
    mistakes: [...above, ...own].flatMap(({ file, mistake }) =>
      mistake === undefined ? [] : [{ file, what: mistake }],
    ),
  };
}

function daysOf(setting: Setting | undefined): number {
  return setting?.days ?? DEFAULT_RETENTION_DAYS;
}

/** The files an organization can put on a machine, the one that wins first. */
function managedSettings(): string[] {
  const base = join(managedFolder(), "managed-settings.json");
  const more = join(managedFolder(), "managed-settings.d");
  try {
    const names = readdirSync(more).filter((name) => name.endsWith(".json") && name[0] !== ".");
    return [
      ...names
        .toSorted()
        .toReversed()
        .map((name) => join(more, name)),
      base,
    ];
  } catch {
    // Nearly nobody has them.
    return [base];
  }
}

function managedFolder(): string {
  if (process.platform === "darwin") return "/Library/Application Support/ClaudeCode";
  if (process.platform === "win32") return "C:\\Program Files\\ClaudeCode";
  return "/etc/claude-code";
}

interface Setting {
  file: string;
  /** Undefined where the file is missing, says nothing or nothing valid. */
  days: number | undefined;
  mistake?: string;
}

function readSetting(file: string): Setting {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    if (error instanceof SyntaxError) return { file, days: undefined, mistake: "is not JSON" };
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { file, days: undefined };
    return { file, days: undefined, mistake: `cannot be read (${code})` };
  }
  if (typeof settings !== "object" || settings === null) {
    return { file, days: undefined, mistake: "holds no settings" };
  }
  if (!("cleanupPeriodDays" in settings)) return { file, days: undefined };
  const { cleanupPeriodDays: days } = settings;
  if (typeof days === "number" && Number.isInteger(days) && days >= 1) return { file, days };
  return {
    file,
    days: undefined,
    mistake: `sets cleanupPeriodDays to ${JSON.stringify(days)}, which should be a whole number of at least 1`,
  };
}
