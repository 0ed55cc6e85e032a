import { printable } from "../format/printable.ts";
import type { Changed } from "../statusline/install.ts";

/** What was changed in Claude Code's settings, line by line. */
export function statusLineWords({ file, before, after, copy }: Changed): string {
  const path = printable(file);
  if (before === after) {
    return after === null
      ? `${path} has no status line of ccbooks, and was left as it is.`
      : `${path} has it already, and was left as it is.`;
  }
  return [
    `${path}:`,
    ...(before === null ? [] : [`- "statusLine": ${printable(before)}`]),
    ...(after === null ? [] : [`+ "statusLine": ${printable(after)}`]),
    ...(copy === null ? [] : [`As it was it is kept in ${printable(copy)}.`]),
  ].join("\n");
}
