import { UserError } from "../errors.ts";
import type { SettingsChange } from "../settings-change.ts";
import { changeClaudeSetting, claudeSettingsFile, ownCommand } from "../system/claude-settings.ts";

const SETTING = "statusLine";

/** By this the line is known to be ours. */
const OURS = /\bccbooks(?:\.[jt]s)?'? statusline\b/;

/**
 * Makes Claude Code's status line ours.
 * @param flags of `ccbooks statusline`
 * @throws UserError when it has one of somebody else's.
 */
export function installStatusLine(flags: readonly string[]): SettingsChange {
  const command = ownCommand("statusline", ...flags);
  return changeClaudeSetting(SETTING, (before) => {
    if (before !== undefined && !isOurs(before)) {
      throw new UserError(
        `Claude Code has another status line (${JSON.stringify(before)}), which was left; have it run \`ccbooks statusline\` too, or take it out of ${claudeSettingsFile()}.`,
      );
    }
    return { type: "command", command };
  });
}

/** Takes our status line out again, and no other. */
export function removeStatusLine(): SettingsChange {
  return changeClaudeSetting(SETTING, (before) => (isOurs(before) ? undefined : before));
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
