import type { Recounted } from "../fetch/recount.ts";
import { count, counted, dollars } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { Revision } from "../readers/revisions.ts";
import { table } from "./table.ts";

/** A line a figure that changed: date, before, after, why. */
export function recountWords({ revisions, putRight }: Recounted): string {
  const lines = putRight.map((line) => `  ${printable(line)}`);
  const repaired =
    lines.length === 0
      ? []
      : [`${counted(lines.length, "row")} differed from the calls and were put right:`, ...lines];
  if (revisions.length === 0) return [...repaired, "No figure changed."].join("\n");
  return [
    ...repaired,
    `${counted(revisions.length, "day")} changed:`,
    revisionTable(revisions),
  ].join("\n");
}

export function revisionTable(revisions: readonly Revision[]): string {
  const left = (title: string) => ({ title, align: "left" as const });
  return table(
    [left("date"), left("machine"), { title: "before" }, { title: "after" }, left("why")],
    revisions.map((one) => [
      one.date,
      printable(one.machine),
      figures(one.tokensBefore, one.costBefore),
      figures(one.tokensAfter, one.costAfter),
      one.detail === null ? one.reason : `${one.reason}: ${printable(one.detail)}`,
    ]),
  );
}

function figures(tokens: number, cost: number | null): string {
  return `${count(tokens)} tokens, ${cost === null ? "unknown" : dollars(cost)}`;
}
