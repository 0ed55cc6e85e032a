import { auditSentence } from "../doctor/audit-sentence.ts";
import type { Audited } from "../fetch/audit.ts";
import { count } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { table } from "./table.ts";

export function auditWords(audited: Audited): string {
  const { differences } = audited;
  if (differences.length === 0) return auditSentence(audited);
  const rows = differences.map(({ date, model, ccusageTokens, callTokens }) => [
    ...[date, printable(model), count(ccusageTokens), count(callTokens)],
    count(callTokens - ccusageTokens),
  ]);
  const left = (title: string) => ({ title, align: "left" as const });
  const heads = [left("day (UTC)"), left("model"), { title: "ccusage" }, { title: "calls" }];
  return [auditSentence(audited), table([...heads, { title: "difference" }], rows)].join("\n");
}
