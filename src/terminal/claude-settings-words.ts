import { printable } from "../format/printable.ts";
import type { SettingsChange } from "../settings-change.ts";

/**
 * What was changed in Claude Code's settings, line by line.
 * @param what it is about, such as "status line"
 */
export function claudeSettingsWords(
  { file, setting, before, after, copy }: SettingsChange,
  what: string,
): string {
  const path = printable(file);
  if (before === after) {
    return after === null
      ? `${path} has no ${what} of ccbooks, and was left as it is.`
      : `${path} has it already, and was left as it is.`;
  }
  return [
    `${path}:`,
    ...(before === null ? [] : [`- "${setting}": ${printable(before)}`]),
    ...(after === null ? [] : [`+ "${setting}": ${printable(after)}`]),
    ...(copy === null ? [] : [`As it was it is kept in ${printable(copy)}.`]),
  ].join("\n");
}
