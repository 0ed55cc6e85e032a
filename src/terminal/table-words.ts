import stringWidth from "fast-string-width";

import type { Selection } from "../readers/selection.ts";
import { isFigure, type Kind, type Table, type TableColumn } from "../readers/tables.ts";
import { change, count, counted, money, percent, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { table } from "./table.ts";
import { endOf } from "../format/width.ts";

/** What people call a column. */
const titles: Record<string, string> = {
  date: "Date",
  week: "Week",
  month: "Month",
  model: "Model",
  project: "Project",
  path: "Path",
  sessionId: "Session",
  machine: "Machine",
  models: "Models",
  totalCost: "Cost",
  costShare: "Share",
  change: "Change",
  cumulativeCost: "Running total",
  sevenDayAverage: "7-day average",
  thirtyDayAverage: "30-day average",
  daysWithUsage: "Days",
  inputTokens: "Input",
  outputTokens: "Output",
  cacheCreationTokens: "Cache creation",
  cacheReadTokens: "Cache read",
  totalTokens: "Tokens",
  firstDate: "First",
  lastDate: "Last",
  firstActivity: "First active",
  lastActivity: "Last active",
  hitRate: "Hit rate",
  readSavings: "Read savings",
  writePremium: "Write premium",
  netSavings: "Net savings",
};

/** Which columns a narrow terminal keeps, after the first: the most telling first. */
const importance = [
  "project",
  "lastActivity",
  "totalCost",
  "change",
  "cumulativeCost",
  "sevenDayAverage",
  "thirtyDayAverage",
  "costShare",
  "hitRate",
  "netSavings",
  "readSavings",
  "writePremium",
  "daysWithUsage",
  "totalTokens",
  "cacheReadTokens",
  "cacheCreationTokens",
  "outputTokens",
  "inputTokens",
  "lastDate",
  "path",
  "firstDate",
  "firstActivity",
  "machine",
  "models",
];

/** Names are cut to this width: their ends tell them apart. */
const WIDEST_NAME = 36;

/** A table that fits, and what is to be said about it. */
export function tableWords(found: Table, width: number): string {
  const cells = textsOf(found, (text) => endOf(printable(text), WIDEST_NAME));
  const shown = fitting(cells, width);
  return [
    table(
      shown.map(({ title, kind }) => ({ title, align: isFigure(kind) ? "right" : "left" })),
      found.rows.map((_, row) => shown.map(({ texts }) => texts[row] ?? "")),
    ),
    styled("dim", notes(found).join("\n")),
  ].join("\n\n");
}

/** A table in Markdown, with every column. */
export function tableMarkdown(found: Table): string {
  const columns = textsOf(found, (text) => printable(text).replaceAll("|", "\\|"));
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ kind }) => (isFigure(kind) ? "---:" : "---"))),
    ...found.rows.map((_, row) => line(columns.map(({ texts }) => texts[row] ?? ""))),
    "",
    ...notes(found),
  ].join("\n");
}

/** What to say of a selection that nothing is in: its flags, since one of them may be mistyped. */
export function nothingWords(selection: Selection): string {
  const flags = Object.entries(selection).flatMap(([name, value]) =>
    value === null ? [] : `--${name} ${printable(value)}`,
  );
  const where = flags.length === 0 ? "there" : `with ${flags.join(" ")}`;
  return `No usage ${where}; \`ccbooks stats\` shows all there is.`;
}

/** A column as it is written: its title, and a text for each row. */
interface Written {
  name: string;
  title: string;
  kind: Kind;
  texts: string[];
}

function textsOf({ columns, rows }: Table, name: (text: string) => string): Written[] {
  return columns.flatMap((column) => {
    const title = titles[column.name];
    if (title === undefined) return [];
    return { ...column, title, texts: rows.map((row) => textOf(column, row, name)) };
  });
}

function textOf(
  column: TableColumn,
  row: Table["rows"][number],
  clean: (text: string) => string,
): string {
  const { name, kind } = column;
  const value = row[name] ?? null;
  if (column.kind === "cost") return money(asNumber(value), Number(row[column.unpriced]));
  if (kind === "money") return value === null ? "unknown" : money(Number(value));
  if (kind === "share") return percent(asNumber(value));
  if (kind === "change") return change(asNumber(value));
  if (kind === "count") return count(Number(value));
  if (kind === "list") return clean(JSON.parse(String(value)).join(", "));
  return value === null ? "–" : clean(String(value));
}

function asNumber(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}

/** The most important columns that fit side by side, in their order. */
function fitting(columns: readonly Written[], width: number): Written[] {
  const [first, ...others] = columns;
  if (first === undefined) return [];
  const kept = new Set([first]);
  let used = widthOf(first);
  const byImportance = others.toSorted(
    (a, b) => importance.indexOf(a.name) - importance.indexOf(b.name),
  );
  for (const column of byImportance) {
    if (used + widthOf(column) > width) break;
    used += widthOf(column);
    kept.add(column);
  }
  return columns.filter((column) => kept.has(column));
}

/** With the gap before it. */
function widthOf({ title, texts }: Written): number {
  return 2 + texts.reduce((most, text) => Math.max(most, stringWidth(text)), title.length);
}

function notes({ table: ofWhat, columns, rows, rowsInAll, total, cacheTotal }: Table): string[] {
  const said: string[] = [];
  if (rows.length < rowsInAll) {
    said.push(`${count(rows.length)} of ${count(rowsInAll)}; --limit N shows more.`);
  }
  if (total !== null) {
    said.push(
      `Total ${money(total.totalCost, total.unpricedTokens)} on ${counted(total.daysWithUsage, "day")}, ${counted(total.totalTokens, "token")}.`,
    );
  }
  if (cacheTotal !== null) {
    const { netSavings, hitRate, unknownTokens } = cacheTotal;
    said.push(
      `Net savings ${netSavings === null ? "unknown" : money(netSavings)} in all, at a hit rate of ${percent(hitRate)}.`,
      "Estimates at list price, at most: cache writes are taken to last five minutes.",
    );
    if (unknownTokens > 0) said.push("They leave out models whose rates are unknown.");
    return said;
  }
  const unpriced = columns.flatMap((column) => (column.kind === "cost" ? [column.unpriced] : []));
  const isAtLeast = rows.some((row) => unpriced.some((name) => Number(row[name]) > 0));
  if (isAtLeast || (total !== null && total.unpricedTokens > 0)) {
    said.push("≥ means at least: some tokens have no known price yet.");
  }
  if (ofWhat === "sessions") said.push("A session counts whole, where it was last active.");
  return [...said, "Costs are estimates at list price, not a bill."];
}
