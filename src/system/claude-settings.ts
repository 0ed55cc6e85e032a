import {
  copyFileSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import * as z from "zod/mini";

import { errorCode, UserError } from "../errors.ts";
import { shellQuoted } from "../format/shell.ts";
import type { SettingsChange } from "../settings-change.ts";
import { makeFolder } from "./folders.ts";

/** Claude Code's own settings, which are changed with care: what is not ours stays as it is. */

export type ClaudeSettings = Record<string, unknown>;

const schema = z.record(z.string(), z.unknown());

/** The user's settings file: in the first folder of CLAUDE_CONFIG_DIR, else in `~/.claude`. */
export function claudeSettingsFile(): string {
  const [folder = ""] = (process.env["CLAUDE_CONFIG_DIR"] ?? "").split(",");
  return join(folder.trim() || join(homedir(), ".claude"), "settings.json");
}

/**
 * What the file holds; nothing where there is none.
 * @throws UserError when it cannot be read, or holds no settings.
 */
export function readClaudeSettings(file: string): ClaudeSettings {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return {};
    throw new UserError(`${file} cannot be read (${errorCode(error)}); make it readable.`);
  }
  try {
    return z.parse(schema, JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    throw new UserError(`${file} holds no settings, and was left as it is; correct it first.`);
  }
}

/**
 * Changes one setting, and leaves the others.
 * @param next what it is to be; undefined takes it out
 * @throws UserError when the file cannot be read or written, or holds no settings.
 */
export function changeClaudeSetting(
  setting: string,
  next: (before: unknown) => unknown,
): SettingsChange {
  const file = claudeSettingsFile();
  const settings = readClaudeSettings(file);
  const { [setting]: before, ...others } = settings;
  const after = next(before);
  const said = { file, setting, before: asText(before), after: asText(after) };
  if (said.before === said.after) return { ...said, copy: null };
  const changed = after === undefined ? others : { ...settings, [setting]: after };
  return { ...said, copy: writeClaudeSettings(file, changed) };
}

function asText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** This program as a shell runs it, whatever its PATH is. */
export function ownCommand(...args: string[]): string {
  return [process.execPath, process.argv[1] ?? "", ...args].map(shellQuoted).join(" ");
}

/**
 * Writes the settings in place of those that were there, of which it keeps a copy beside them.
 * @returns the copy's path; null where there was nothing
 * @throws UserError when it cannot be written.
 */
export function writeClaudeSettings(file: string, settings: ClaudeSettings): string | null {
  try {
    makeFolder(dirname(file));
    const target = realOf(file);
    const mode = modeOf(target);
    const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
    const copy = mode === undefined ? null : `${target}.${time}.before-ccbooks`;
    if (copy !== null) copyFileSync(target, copy);
    // Written beside and moved into place, so that a kill leaves the old file or the new one.
    const draft = `${target}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(settings, null, 2)}\n`, { mode: mode ?? 0o600 });
    renameSync(draft, target);
    return copy;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(`${file} cannot be written (${errorCode(error)}); make it writable.`, {
      cause: error,
    });
  }
}

/** Settings are often a link into a folder of dotfiles: what it leads to is changed, not the link. */
function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    return isLink ? resolve(dirname(file), readlinkSync(file)) : file;
  }
}

function modeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mode;
}
