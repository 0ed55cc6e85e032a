import {
  compact,
  count,
  counted,
  dollarsAbove,
  dollarsIfAny,
  money,
  styled,
} from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { Pulled } from "../pull/pull.ts";
import type { Rebuilt } from "../pull/from-raw.ts";
import type { BilledLine, BillLine, BillSummary, KnownApiKey } from "../readers/bill.ts";
import { table } from "./table.ts";

/** Why a request waits. */
export function waitWords(why: string, seconds: number): string {
  return `${printable(why)}; going on in ${counted(Math.ceil(seconds), "second")}.`;
}

const NAME_WIDTH = 30;

/** How many models and keys a screen has room for. */
const MOST = 6;

/** What a pull brought, and its last days on one screen. */
export function pullWords(pulled: Pulled, summary: BillSummary): string {
  const { organisation, reports } = pulled;
  const of = organisation === null ? "" : ` of ${printable(organisation.name)}`;
  const what = reports.map(
    ({ report, rows, since, until }) =>
      `${report}: ${counted(rows, "row")}, ${since === until ? since : `${since} to ${until}`}`,
  );
  const head = [`Anthropic's reports${of}, days of UTC.`, ...what].join("\n");
  if (summary.days.length === 0) return `${head}\n\nNothing was used in these days.`;
  const parts = [
    head,
    linesTable("Day", summary.days, ({ date }) => date),
    linesTable("Model", summary.models.slice(0, MOST), ({ model }) => named(model)),
    keysTable(summary.keys.slice(0, MOST)),
    notes(summary),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function linesTable<Line extends BilledLine>(
  title: string,
  lines: readonly Line[],
  nameOf: (line: Line) => string,
): string {
  const heads = ["Input", "Output", "Estimated", "Billed", "Difference"];
  return table(
    [{ title, align: "left" }, ...heads.map((one) => ({ title: one }))],
    lines.map((line) => [
      nameOf(line),
      ...[compact(line.inputTokens), compact(line.outputTokens), estimated(line)],
      dollarsIfAny(line.billedCost),
      differenceOf(line),
    ]),
  );
}

function keysTable(keys: BillSummary["keys"]): string {
  if (keys.length === 0) return "";
  const heads = ["Input", "Output", "Estimated"];
  return table(
    [{ title: "Key", align: "left" }, ...heads.map((one) => ({ title: one }))],
    keys.map((line) => [
      named(line.key),
      ...[compact(line.inputTokens), compact(line.outputTokens), estimated(line)],
    ]),
  );
}

function named(name: string): string {
  return endOf(printable(name), NAME_WIDTH);
}

function estimated({ estimatedCost, unpricedTokens, inputTokens, outputTokens }: BillLine): string {
  if (inputTokens + outputTokens === 0) return "–";
  return money({ totalCost: estimatedCost, unpricedTokens });
}

function differenceOf({ estimatedCost, unpricedTokens, billedCost }: BilledLine): string {
  if (billedCost === null || unpricedTokens > 0) return "–";
  return dollarsAbove(billedCost - (estimatedCost ?? 0));
}

function notes({ models, keys }: BillSummary): string {
  const hidden = [
    ...(models.length > MOST ? [`${count(models.length - MOST)} more models`] : []),
    ...(keys.length > MOST ? [`${count(keys.length - MOST)} more keys`] : []),
  ];
  return styled(
    "dim",
    [
      ...(hidden.length === 0 ? [] : [`Not shown: ${hidden.join(", ")} (--json has all).`]),
      "Estimated at list price from the usage report; billed as the cost report says.",
      "Costs may come late; `ccbooks stats reconcile` sets your own calls beside them.",
    ].join("\n"),
  );
}

/** The object that `pull --json` prints. Its names are a promise. */
export function pullJson(
  { organisation, reports, unpriced, startedAt, finishedAt }: Pulled,
  summary: BillSummary,
): object {
  return { organisation, reports, unpricedModels: unpriced, startedAt, finishedAt, ...summary };
}

export function rebuiltWords({ answers }: Rebuilt): string {
  return `Made anew from ${counted(answers, "answer")}.`;
}

export function unpricedWords(models: readonly string[]): string[] {
  if (models.length === 0) return [];
  const names = models
    .slice(0, MOST)
    .map((model) => printable(model))
    .join(", ");
  return [
    `No price is known of ${names}${models.length > MOST ? ` and ${models.length - MOST} more` : ""}; give them with --pricing-json, or in "prices" of the settings.`,
  ];
}

/** The organisation's keys, and what people call them. */
export function apiKeysWords(keys: readonly KnownApiKey[]): string {
  if (keys.length === 0) return "No keys are known so far; `ccbooks pull anthropic` takes them in.";
  return table(
    [
      ...["Key", "Name", "Label", "Workspace"].map((title) => ({ title, align: "left" as const })),
      { title: "Estimated" },
      { title: "Last used" },
    ],
    keys.map(({ id, name, label, workspace, estimatedCost, unpricedTokens, lastDate }) => [
      endOf(printable(id), KEY_WIDTH),
      ...[name, label, workspace].map((text) => endOf(printable(text ?? "–"), WORD_WIDTH)),
      money({ totalCost: estimatedCost, unpricedTokens }),
      lastDate ?? "–",
    ]),
  );
}

const KEY_WIDTH = 14;
const WORD_WIDTH = 12;
