import stringWidth from "fast-string-width";

import { ALL, type Selection } from "../readers/selection.ts";
import type { FirstScreen } from "../readers/summary.ts";
import { isFigure, type Kind, type Table, type TableColumn } from "../readers/tables.ts";
import { localMinute } from "../dates.ts";
import {
  change,
  count,
  counted,
  dollars,
  duration,
  money,
  percent,
  styled,
} from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { asOfWords, staleWords } from "./summary-words.ts";
import { table } from "./table.ts";
import { beginningOf, endOf, wrapped } from "../format/width.ts";

/** What people call a column. */
const titles: Record<string, string> = {
  date: "Date",
  week: "Week",
  month: "Month",
  model: "Model",
  project: "Project",
  path: "Path",
  branch: "Branch",
  hour: "Hour",
  agent: "Agent",
  startsAt: "From",
  endsAt: "To",
  calls: "Calls",
  minutesLeft: "Left",
  costPerHour: "An hour",
  projectedCost: "Heading for",
  sessionId: "Session",
  title: "Title",
  startedAt: "Started",
  machine: "Machine",
  models: "Models",
  totalCost: "Cost",
  costShare: "Share",
  change: "Change",
  cumulativeCost: "Running total",
  sevenDayAverage: "7-day average",
  fiveHourPeak: "5-hour peak",
  fiveHourOver90: "Over 90%",
  sevenDayPeak: "7-day peak",
  sevenDayOver90: "Over 90%",
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
  "totalCost",
  "model",
  "branch",
  "title",
  "startedAt",
  "project",
  "lastActivity",
  "minutesLeft",
  "projectedCost",
  "costPerHour",
  "calls",
  "change",
  "cumulativeCost",
  "sevenDayAverage",
  "thirtyDayAverage",
  "costShare",
  "hitRate",
  "netSavings",
  "fiveHourPeak",
  "sevenDayPeak",
  "fiveHourOver90",
  "sevenDayOver90",
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
  "endsAt",
];

/** Names are cut to the first of these widths at which all that matters most fits: their ends tell them apart. */
const NAME_WIDTHS = [36, 28, 22, 16];

/** How many of the most important columns those are. */
const MATTER_MOST = importance.indexOf("lastActivity");

/**
 * A table that fits, and what is to be said about it.
 * @param timezone whose clock instants are told by
 * @param today the local date of that
 */
export function tableWords(
  found: Table,
  { width, timezone, today }: { width: number; timezone: string; today: string },
): string {
  const withNames = (widest: number): Written[] =>
    textsOf(found, timezone, (text, name) => shortened(printable(text), name, widest));
  const matters = ({ name }: Written): boolean => importance.indexOf(name) < MATTER_MOST;
  let cells: Written[] = [];
  let shown: Written[] = [];
  for (const widest of NAME_WIDTHS) {
    cells = withNames(widest);
    shown = fitting(cells, width);
    const kept = new Set(shown);
    if (cells.every((column) => kept.has(column) || !matters(column))) break;
  }
  const kept = new Set(shown);
  const leftOut = cells.flatMap((column) => (kept.has(column) ? [] : [column.title]));
  return [
    table(
      shown.map(({ title, kind }) => ({ title, align: isFigure(kind) ? "right" : "left" })),
      found.rows.map((_, row) => shown.map(({ texts }) => texts[row] ?? "")),
    ),
    styled(
      "dim",
      [
        ...notes(found),
        ...asOfWords({ today, asOf: found.asOf }, { width, timezone }),
        ...leftOutWords(leftOut, width),
      ].join("\n"),
    ),
  ].join("\n\n");
}

/** What to say where the status line has told of none. */
export const NO_LIMITS =
  "Nothing is known of the plan's limits there; `ccbooks statusline install` has Claude Code tell them.";

/** A name that fits: of an id and a title the beginning says most, of a path the end. */
function shortened(text: string, name: string, widest: number): string {
  if (name === "sessionId") return text.slice(0, 8);
  return name === "title" ? beginningOf(text, widest) : endOf(text, widest);
}

function leftOutWords(columns: readonly string[], width: number): string[] {
  if (columns.length === 0) return [];
  return wrapped(`Not shown: ${columns.join(", ")} (--json has all).`, width);
}

/** Text that is text in Markdown: no HTML, no emphasis, no end of a cell. */
export function asMarkdown(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\\`*_|[\]]/g, "\\$&");
}

/** A table in Markdown, with every column. */
export function tableMarkdown(found: Table, timezone: string): string {
  const columns = textsOf(found, timezone, (text) => asMarkdown(printable(text)));
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ kind }) => (isFigure(kind) ? "---:" : "---"))),
    ...found.rows.map((_, row) => line(columns.map(({ texts }) => texts[row] ?? ""))),
    "",
    ...notes(found),
  ].join("\n");
}

/**
 * What to say of a selection that nothing is in: its flags, since one of them may be mistyped.
 * @param meant flags that would find something
 */
export function nothingWords(
  selection: Selection,
  meant: readonly string[],
  known: Pick<FirstScreen, "today" | "asOf">,
): string {
  const flags = Object.entries(selection).flatMap(([name, value]) =>
    value === null || value === ALL.source ? [] : `--${name} ${printable(value)}`,
  );
  const where = flags.length === 0 ? "there" : `with ${flags.join(" ")}`;
  if (meant.length > 0) return `No usage ${where}; did you mean ${printable(meant.join(" "))}?`;
  return [
    `No usage ${where}; \`ccbooks stats\` shows all there is.`,
    ...staleWords(known, Infinity),
  ].join("\n");
}

/** Makes a text of a column harmless, and as short as it has to be. */
type Clean = (text: string, name: string) => string;

/** A column as it is written: its title, and a text for each row. */
interface Written {
  name: string;
  title: string;
  kind: Kind;
  texts: string[];
}

function textsOf({ columns, rows }: Table, timezone: string, clean: Clean): Written[] {
  return columns.flatMap((column) => {
    const title = titles[column.name];
    if (title === undefined) return [];
    return { ...column, title, texts: rows.map((row) => textOf(column, row, timezone, clean)) };
  });
}

function textOf(
  column: TableColumn,
  row: Table["rows"][number],
  timezone: string,
  clean: Clean,
): string {
  const { name, kind } = column;
  const value = row[name] ?? null;
  // What no block but the last one has.
  if (value === null && (name === "costPerHour" || name === "projectedCost")) return "–";
  if (column.kind === "cost")
    return money({ totalCost: asNumber(value), unpricedTokens: Number(row[column.unpriced]) });
  if (kind === "minutes") return value === null ? "–" : duration(Number(value));
  if (kind === "instant") return value === null ? "–" : localMinute(String(value), timezone);
  if (kind === "money") return value === null ? "unknown" : dollars(Number(value));
  if (kind === "share") return percent(asNumber(value));
  if (kind === "change") return change(asNumber(value));
  if (kind === "count") return count(Number(value));
  if (kind === "list") return clean(JSON.parse(String(value)).join(", "), name);
  return value === null ? "–" : clean(String(value), name);
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

function notes({
  table: ofWhat,
  columns,
  rows,
  rowsInAll,
  total,
  cacheTotal,
  usualSince,
}: Table): string[] {
  const said: string[] = [];
  if (usualSince !== null) said.push(`From ${usualSince} on; --since and --until say otherwise.`);
  if (rows.length < rowsInAll) {
    said.push(`${count(rows.length)} of ${count(rowsInAll)}; --limit N shows more.`);
  }
  if (total !== null) {
    said.push(
      `Total ${money(total)} on ${counted(total.daysWithUsage, "day")}, ${counted(total.totalTokens, "token")}.`,
    );
  }
  if (cacheTotal !== null) {
    const { netSavings, hitRate, unknownTokens } = cacheTotal;
    said.push(
      `Net savings ${netSavings === null ? "unknown" : dollars(netSavings)} in all, at a hit rate of ${percent(hitRate)}.`,
      "Estimates at list price, at most: cache writes are taken to last five minutes.",
    );
    if (unknownTokens > 0) said.push("They leave out models whose rates are unknown.");
    return said;
  }
  if (ofWhat === "limits") {
    return [...said, "How full the plan's windows were at most, and how many came to 90% or more."];
  }
  const unpriced = columns.flatMap((column) => (column.kind === "cost" ? [column.unpriced] : []));
  const isAtLeast = rows.some((row) => unpriced.some((name) => Number(row[name]) > 0));
  if (isAtLeast || (total !== null && total.unpricedTokens > 0)) {
    said.push("≥ means at least: some tokens have no known price yet.");
  }
  if (ofWhat === "sessions") said.push("A session counts whole, where it was last active.");
  return [...said, "Costs are estimates at list price, not a bill."];
}
