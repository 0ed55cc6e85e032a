import { addDays, mondayOf } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import type { QuestionFile } from "./columns.ts";
import { readCacheTotal, type CacheTotal } from "./cache-total.ts";
import { askUsage, askUsageOnce, countUsage, type Dimension, type Selection } from "./selection.ts";

/** How a column's figures are to be understood, and so written and sorted. */
export type Kind =
  | ("text" | "date" | "instant" | "list" | "count" | "minutes")
  | ("cost" | "money" | "share" | "change");

export type TableColumn = {
  /** As in the JSON, and in `--sort`. */
  name: string;
} & (
  | { kind: Exclude<Kind, "cost"> }
  /** `unpriced` is the column with the tokens that have no price in it. */
  | { kind: "cost"; unpriced: string }
);

/** The tables, by what each is of. */
export type TableName = keyof typeof tables;

export interface Order {
  by: TableColumn;
  descending: boolean;
}

export type TableRow = Record<string, string | number | null>;

/** A table of usage. Costs are USD at list price; null where none is known. */
export interface Table {
  table: TableName;
  columns: TableColumn[];
  rows: TableRow[];
  /** How many rows there are without the limit. */
  rowsInAll: number;
  /** What the selection comes to; null for what counts whole, such as sessions, and for the cache. */
  total: TableTotal | null;
  /** What the cache did for the selection; null in tables of something else. */
  cacheTotal: CacheTotal | null;
  /** Until when the books know. */
  asOf: AsOf;
  /** Where it begins as no range was given; null where that is the beginning of the books, or was given. */
  usualSince: string | null;
}

export interface TableTotal extends Spent {
  daysWithUsage: number;
  totalTokens: number;
}

const totalCost = {
  name: "totalCost",
  kind: "cost",
  unpriced: "unpricedTokens",
} as const satisfies TableColumn;

const tokens = [
  { name: "inputTokens", kind: "count" },
  { name: "outputTokens", kind: "count" },
  { name: "cacheCreationTokens", kind: "count" },
  { name: "cacheReadTokens", kind: "count" },
  { name: "totalTokens", kind: "count" },
  { name: "unpricedTokens", kind: "count" },
] as const satisfies TableColumn[];

const cache = [
  { name: "hitRate", kind: "share" },
  { name: "cacheReadTokens", kind: "count" },
  { name: "cacheCreationTokens", kind: "count" },
  { name: "inputTokens", kind: "count" },
  { name: "readSavings", kind: "money" },
  { name: "writePremium", kind: "money" },
  { name: "netSavings", kind: "money" },
  { name: "unknownTokens", kind: "count" },
] as const satisfies TableColumn[];

/** What a table says of each of the things it divides usage by. */
const grouped = [
  totalCost,
  { name: "costShare", kind: "share" },
  { name: "daysWithUsage", kind: "count" },
  ...tokens,
  { name: "firstDate", kind: "date" },
  { name: "lastDate", kind: "date" },
] as const satisfies TableColumn[];

/** A table's columns in order, and what it is sorted by unless asked otherwise. */
interface TableKind {
  columns: [TableColumn, ...TableColumn[]];
  sort: string;
}

/** A table of one thing, or of two at once. */
function groupTable(first: string, ...second: string[]): TableKind {
  const named = (name: string): TableColumn => ({ name, kind: "text" });
  return { columns: [named(first), ...second.map(named), ...grouped], sort: "totalCost" };
}

/** A table of weeks or months. */
function periodTable(name: string): TableKind {
  return {
    columns: [
      { name, kind: "date" },
      { name: "daysWithUsage", kind: "count" },
      totalCost,
      { name: "change", kind: "change" },
      ...tokens,
    ],
    sort: name,
  };
}

/** Each table: its columns in order, and what it is sorted by unless asked otherwise. */
export const tables = {
  daily: {
    columns: [
      { name: "date", kind: "date" },
      totalCost,
      { name: "cumulativeCost", kind: "cost", unpriced: "unpricedTokensSoFar" },
      { name: "sevenDayAverage", kind: "cost", unpriced: "sevenDayUnpricedTokens" },
      { name: "thirtyDayAverage", kind: "cost", unpriced: "thirtyDayUnpricedTokens" },
      ...tokens,
      { name: "unpricedTokensSoFar", kind: "count" },
      { name: "sevenDayUnpricedTokens", kind: "count" },
      { name: "thirtyDayUnpricedTokens", kind: "count" },
    ],
    sort: "date",
  },
  weekly: periodTable("week"),
  monthly: periodTable("month"),
  models: groupTable("model"),
  projects: {
    columns: [
      ...groupTable("project").columns,
      { name: "path", kind: "text" },
      { name: "slug", kind: "text" },
    ],
    sort: "totalCost",
  },
  branches: groupTable("branch"),
  hours: { ...groupTable("hour"), sort: "hour" },
  machines: groupTable("machine"),
  agents: groupTable("agent"),
  projectModels: groupTable("project", "model"),
  projectBranches: groupTable("project", "branch"),
  branchModels: groupTable("branch", "model"),
  machineModels: groupTable("machine", "model"),
  machineProjects: groupTable("machine", "project"),
  machineBranches: groupTable("machine", "branch"),
  blocks: {
    columns: [
      { name: "startsAt", kind: "instant" },
      totalCost,
      { name: "calls", kind: "count" },
      ...tokens,
      { name: "minutesLeft", kind: "minutes" },
      { name: "costPerHour", kind: "cost", unpriced: "unpricedTokens" },
      { name: "projectedCost", kind: "cost", unpriced: "unpricedTokens" },
      { name: "machine", kind: "text" },
      { name: "endsAt", kind: "instant" },
    ],
    sort: "startsAt",
  },
  limits: {
    columns: [
      { name: "date", kind: "date" },
      { name: "machine", kind: "text" },
      { name: "fiveHourPeak", kind: "share" },
      { name: "fiveHourOver90", kind: "count" },
      { name: "sevenDayPeak", kind: "share" },
      { name: "sevenDayOver90", kind: "count" },
    ],
    sort: "date",
  },
  sessions: {
    columns: [
      { name: "sessionId", kind: "text" },
      { name: "title", kind: "text" },
      { name: "startedAt", kind: "instant" },
      { name: "project", kind: "text" },
      totalCost,
      { name: "lastActivity", kind: "date" },
      ...tokens,
      { name: "firstActivity", kind: "date" },
      { name: "models", kind: "list" },
      { name: "machine", kind: "text" },
    ],
    sort: "totalCost",
  },
  cacheByDay: { columns: [{ name: "date", kind: "date" }, ...cache], sort: "date" },
  cacheByModel: { columns: [{ name: "model", kind: "text" }, ...cache], sort: "netSavings" },
  cacheByProject: { columns: [{ name: "project", kind: "text" }, ...cache], sort: "netSavings" },
} as const satisfies Record<string, { columns: TableColumn[]; sort: string }>;

export interface Question {
  file: QuestionFile;
  /** What the selection is divided by. */
  by: readonly Dimension[];
  parameters?: Record<string, string | null>;
  /** The answer's columns that are the table's first ones. */
  keys: readonly string[];
  /** It goes through each call, so that without a range it is of so many days. */
  usualDays?: number;
}

/** What goes through calls is of the last 30 days, unless a range is given. */
const RECENT = 30;

const groupedBy = (...by: (Dimension | "machine" | "agent")[]): Question => {
  const [first = null, second = null] = by;
  return {
    file: "usage/groups.sql",
    by: by.filter((one) => one !== "machine" && one !== "agent"),
    parameters: { by: first, within: second },
    keys: ["name", "nameWithin"].slice(0, by.length),
    ...(by.some((one) => one === "branch" || one === "hour") ? { usualDays: RECENT } : {}),
  };
};

const cacheBy = (by: string, needs: readonly Dimension[]): Question => ({
  ...{ file: "usage/cache.sql", by: needs, parameters: { by }, keys: ["name"] },
});

/** The question each table asks. */
export const questions: Record<TableName, Question> = {
  daily: { file: "usage/days.sql", by: [], keys: ["date"] },
  weekly: { file: "usage/periods.sql", by: [], parameters: { grain: "week" }, keys: ["name"] },
  monthly: { file: "usage/periods.sql", by: [], parameters: { grain: "month" }, keys: ["name"] },
  models: groupedBy("model"),
  projects: groupedBy("project"),
  branches: groupedBy("branch"),
  hours: groupedBy("hour"),
  machines: groupedBy("machine"),
  agents: groupedBy("agent"),
  projectModels: groupedBy("project", "model"),
  projectBranches: groupedBy("project", "branch"),
  branchModels: groupedBy("branch", "model"),
  machineModels: groupedBy("machine", "model"),
  machineProjects: groupedBy("machine", "project"),
  machineBranches: groupedBy("machine", "branch"),
  blocks: { file: "usage/blocks.sql", by: ["instant"], keys: ["startsAt"], usualDays: RECENT },
  limits: { file: "usage/limits.sql", by: [], keys: ["date", "machine"] },
  sessions: { file: "usage/sessions.sql", by: [], keys: ["sessionId"] },
  cacheByDay: cacheBy("day", ["model"]),
  cacheByModel: cacheBy("model", ["model"]),
  cacheByProject: cacheBy("project", ["project", "model"]),
};

/** Figures are asked for to see the largest, everything else to be read from the beginning. */
export function isFigure(kind: Kind): boolean {
  return !["text", "date", "instant", "list"].includes(kind);
}

/** Whether a column says when. */
export function isTime(kind: Kind): boolean {
  return kind === "date" || kind === "instant";
}

/** How a table is sorted unless asked otherwise. */
export function usualOrder(table: TableName): Order {
  const { columns, sort } = tables[table];
  const by = columns.find(({ name }) => name === sort) ?? columns[0];
  return { by, descending: isFigure(by.kind) };
}

/**
 * Asks one question of a part of the usage.
 * @param timezone whose days they are
 * @param limit how many rows at most; null for all
 */
export function readTable(
  books: Books,
  name: TableName,
  {
    selection: wanted,
    order,
    limit,
    timezone,
  }: { selection: Selection; order: Order; limit: number | null; timezone: string },
): Table {
  const columns: readonly TableColumn[] = tables[name].columns;
  const { file, by, keys, parameters: own, usualDays } = questions[name];
  const asOf = readAsOf(books, wanted, timezone);
  const isUsual = usualDays !== undefined && wanted.since === null && wanted.until === null;
  const since = isUsual && asOf.date !== null ? addDays(asOf.date, 1 - usualDays) : wanted.since;
  const selection = { ...wanted, since };
  const begins = beginning(name, selection);
  const parameters = {
    ...own,
    begins: begins.shown,
    ends: wanted.until ?? "9999-12-31",
    lastWholeDay: asOf.date === null ? null : addDays(asOf.date, -1),
    now: Date.now(),
  };
  const wide = { ...selection, since: begins.read, until: begins.readTo };
  const inAnswer = (column: string): string =>
    keys[columns.findIndex(({ name: one }) => one === column)] ?? column;
  // Of a table that goes through time a limit takes the last rows.
  const goesOn = order.by.name === tables[name].sort && isTime(order.by.kind);
  const isOfLast = limit !== null && goesOn && !order.descending;
  const direction = order.descending || isOfLast ? "DESC" : "ASC NULLS LAST";
  // Rows that sort alike come in the order of their names, so that a limit always takes the same.
  const found = askUsage<TableRow>(books, file, wide, {
    by,
    parameters: { ...parameters, limit: limit ?? -1 },
    after: `ORDER BY ${[`${inAnswer(order.by.name)} ${direction}`, ...keys].join(", ")} LIMIT :limit`,
  });
  const rows = isOfLast ? found.toReversed() : found;
  const isCache = name.startsWith("cache");
  const isWhole = name === "sessions" || name === "blocks" || name === "limits";
  return {
    table: name,
    columns: [...columns],
    rows: rows.map((row) =>
      Object.fromEntries(
        columns.map((column) => [column.name, row[inAnswer(column.name)] ?? null]),
      ),
    ),
    // Counting takes looking at them all, which the first few do not.
    rowsInAll:
      rows.length === limit ? countUsage(books, file, wide, { by, parameters }) : rows.length,
    total:
      isCache || isWhole ? null : askUsageOnce<TableTotal>(books, "usage/totals.sql", selection),
    cacheTotal: isCache ? readCacheTotal(books, selection) : null,
    asOf,
    usualSince: isUsual ? since : null,
  };
}

/**
 * Where a table begins, and what is to be read for it: averages and comparisons look at what was before, a block
 * may go on over midnight. A period that is cut is compared with nothing.
 */
function beginning(
  table: TableName,
  { since, until }: Selection,
): { shown: string; read: string | null; readTo: string | null } {
  const readTo = table === "blocks" && until !== null ? addDays(until, 1) : until;
  if (since === null) return { shown: "0000-01-01", read: null, readTo };
  if (table === "blocks") return { shown: since, read: addDays(since, -1), readTo };
  if (table === "daily") return { shown: since, read: addDays(since, -29), readTo };
  if (table !== "weekly" && table !== "monthly") return { shown: since, read: since, readTo };
  const startOf = (date: string): string =>
    table === "weekly" ? mondayOf(date) : `${date.slice(0, 7)}-01`;
  const first = startOf(since);
  if (first < since) return { shown: first, read: since, readTo };
  return { shown: first, read: startOf(addDays(first, -1)), readTo };
}
