import type { Check, Status } from "../doctor/check.ts";
import { styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { wrapped } from "../format/width.ts";

/** The width that every line fits in, unless a path alone is longer. */
const WIDTH = 80;

const colours = { ok: "green", warn: "yellow", fail: "red" } as const satisfies Record<
  Status,
  string
>;

/** A line for each check, its message wrapped in a column of its own. */
export function doctorWords(checks: readonly Check[]): string {
  const names = Math.max(...checks.map(({ name }) => name.length));
  const indent = "warn  ".length + names + 2;
  return checks
    .map(({ name, status, message }) => {
      const mark = styled(colours[status], status) + " ".repeat(6 - status.length);
      const lines = wrapped(printable(message), WIDTH - indent);
      return `${mark}${name.padEnd(names + 2)}${lines.join(`\n${" ".repeat(indent)}`)}`;
    })
    .join("\n");
}
