import type { SettingsChange } from "../settings-change.ts";
import { hasHook, installHooks, removeHooks } from "../system/claude-hooks.ts";
import { claudeSettingsFile, ownCommand, readClaudeSettings } from "../system/claude-settings.ts";

/** By this a hook is known to be a fetch of ours. */
const OURS = /\bccbooks(?:\.[jt]s)?'? fetch\b/;

/** Has Claude Code fetch at the end of each session. */
export function installFetchHook(db: string | undefined): SettingsChange {
  const flags = db === undefined ? [] : ["--db", db];
  return installHooks(["SessionEnd"], ownCommand("fetch", "--quiet", ...flags), OURS);
}

export function removeFetchHook(): SettingsChange {
  return removeHooks(OURS);
}

export function hasFetchHook(): boolean {
  return hasHook(readClaudeSettings(claudeSettingsFile())["hooks"], OURS);
}
