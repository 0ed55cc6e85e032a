import { UserError } from "../errors.ts";
import {
  claudeSettingsFile,
  readClaudeSettings,
  writeClaudeSettings,
} from "../system/claude-settings.ts";

/** What came of it. */
export interface Changed {
  file: string;
  /** JSON; null where there is none. */
  before: string | null;
  after: string | null;
  /** A copy of the file as it was; null where nothing changed, or there was none. */
  copy: string | null;
}

/** By this the line is known to be ours. */
const OURS = /\bccbooks\b.* statusline\b/;

/**
 * Makes Claude Code's status line ours.
 * @param command what it is to run
 * @throws UserError when it has one of somebody else's.
 */
export function installStatusLine(command: string): Changed {
  return change((before) => {
    if (before !== undefined && !isOurs(before)) {
      throw new UserError(
        `Claude Code has another status line (${JSON.stringify(before)}), which was left; have it run \`ccbooks statusline\` too, or take it out of ${claudeSettingsFile()}.`,
      );
    }
    return { type: "command", command };
  });
}

/** Takes our status line out again, and no other. */
export function removeStatusLine(): Changed {
  return change((before) => (isOurs(before) ? undefined : before));
}

function change(next: (before: unknown) => unknown): Changed {
  const file = claudeSettingsFile();
  const settings = readClaudeSettings(file);
  const { statusLine: before, ...others } = settings;
  const after = next(before);
  const said = { file, before: asText(before), after: asText(after) };
  if (said.before === said.after) return { ...said, copy: null };
  const changed = after === undefined ? others : { ...settings, statusLine: after };
  return { ...said, copy: writeClaudeSettings(file, changed) };
}

function asText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function isOurs(statusLine: unknown): boolean {
  return (
    typeof statusLine === "object" &&
    statusLine !== null &&
    "command" in statusLine &&
    typeof statusLine.command === "string" &&
    OURS.test(statusLine.command)
  );
}

/** This program as a shell runs it, whatever its PATH is. */
export function ownCommand(...args: string[]): string {
  return [process.execPath, process.argv[1] ?? "", ...args].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
