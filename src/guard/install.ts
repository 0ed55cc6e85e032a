import type { SettingsChange } from "../settings-change.ts";
import { hasHook, installHooks, removeHooks } from "../system/claude-hooks.ts";
import { claudeSettingsFile, ownCommand, readClaudeSettings } from "../system/claude-settings.ts";

/** By this a hook is known to be the guard. */
const OURS = /\bccbooks(?:\.[jt]s)?'? guard\b/;

/** After each use of a tool, and before an agent begins on what it is asked. */
const EVENTS = ["PostToolUse", "UserPromptSubmit"];

/**
 * Has Claude Code ask the guard.
 * @param flags of `ccbooks guard`
 * @throws UserError when its settings cannot be changed.
 */
export function installGuard(flags: readonly string[]): SettingsChange {
  return installHooks(EVENTS, ownCommand("guard", ...flags), OURS);
}

export function removeGuard(): SettingsChange {
  return removeHooks(OURS);
}

export function isGuardInstalled(): boolean {
  return hasHook(readClaudeSettings(claudeSettingsFile())["hooks"], OURS);
}
