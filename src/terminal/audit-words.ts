import type { Audited } from "../fetch/audit.ts";
import { count, counted } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { Audit } from "../ledger/audits.ts";
import { table } from "./table.ts";

export function auditWords(audited: Audited): string {
  const { days, differences, ccusageVersion, notFetched } = audited;
  const later =
    notFetched === 0
      ? []
      : [`${counted(notFetched, "call")} not in the books yet; run \`ccbooks fetch\`.`];
  if (differences.length === 0) {
    const what = `ccusage ${ccusageVersion} counts the transcripts of ${counted(days, "day")} as the books do, to the token.`;
    return [what, ...later].join("\n");
  }
  const rows = differences.map(({ date, model, ccusageTokens, callTokens }) => [
    ...[date, printable(model), count(ccusageTokens), count(callTokens)],
    count(callTokens - ccusageTokens),
  ]);
  const left = (title: string) => ({ title, align: "left" as const });
  const heads = [left("day (UTC)"), left("model"), { title: "ccusage" }, { title: "books" }];
  return [
    differenceSentence(audited),
    table([...heads, { title: "difference" }], rows),
    ...later,
  ].join("\n");
}

/** What differs, in one sentence with the next step. */
export function differenceSentence({ differences, ccusageVersion }: Audit): string {
  const days = new Set(differences.map(({ date }) => date)).size;
  const tokens = differences.reduce(
    (sum, { callTokens, ccusageTokens }) => sum + Math.abs(callTokens - ccusageTokens),
    0,
  );
  return `ccusage ${ccusageVersion} counts the transcripts of ${counted(days, "day")} otherwise than the books, by ${count(tokens)} tokens; \`ccbooks doctor\` shows lines that were set aside, and \`ccbooks audit --json\` is what to report.`;
}
