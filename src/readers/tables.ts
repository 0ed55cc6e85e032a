import { addDays, mondayOf } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import { askUsage, askUsageOnce, countUsage, type Dimension, type Selection } from "./selection.ts";

/** How a column's figures are to be understood, and so written and sorted. */
export type Kind = "text" | "date" | "list" | "count" | "cost" | "money" | "share" | "change";

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
  /** What the selection comes to; null for sessions, which count whole, and for the cache. */
  total: TableTotal | null;
  /** What the cache did for the selection; null in tables of something else. */
  cacheTotal: CacheTotal | null;
  /** Until when the books know. */
  asOf: AsOf;
}

export interface TableTotal {
  daysWithUsage: number;
  totalCost: number | null;
  totalTokens: number;
  unpricedTokens: number;
}

export interface CacheTotal {
  hitRate: number | null;
  readSavings: number | null;
  writePremium: number | null;
  netSavings: number | null;
  unknownTokens: number;
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
  weekly: {
    columns: [
      { name: "week", kind: "date" },
      { name: "daysWithUsage", kind: "count" },
      totalCost,
      { name: "change", kind: "change" },
      ...tokens,
    ],
    sort: "week",
  },
  monthly: {
    columns: [
      { name: "month", kind: "date" },
      { name: "daysWithUsage", kind: "count" },
      totalCost,
      { name: "change", kind: "change" },
      ...tokens,
    ],
    sort: "month",
  },
  models: {
    columns: [
      { name: "model", kind: "text" },
      totalCost,
      { name: "costShare", kind: "share" },
      { name: "daysWithUsage", kind: "count" },
      ...tokens,
      { name: "firstDate", kind: "date" },
      { name: "lastDate", kind: "date" },
    ],
    sort: "totalCost",
  },
  projects: {
    columns: [
      { name: "project", kind: "text" },
      totalCost,
      { name: "costShare", kind: "share" },
      { name: "daysWithUsage", kind: "count" },
      ...tokens,
      { name: "firstDate", kind: "date" },
      { name: "lastDate", kind: "date" },
      { name: "path", kind: "text" },
      { name: "slug", kind: "text" },
    ],
    sort: "totalCost",
  },
  sessions: {
    columns: [
      { name: "sessionId", kind: "text" },
      { name: "project", kind: "text" },
      { name: "lastActivity", kind: "date" },
      totalCost,
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

/** The question each table asks: its file, what it is divided by, and which of the answer's columns are its own. */
const questions: Record<
  TableName,
  {
    file: string;
    by: readonly Dimension[];
    parameters?: Record<string, string | null>;
    key: string;
  }
> = {
  daily: { file: "days.sql", by: [], key: "date" },
  weekly: { file: "periods.sql", by: [], parameters: { grain: "week" }, key: "name" },
  monthly: { file: "periods.sql", by: [], parameters: { grain: "month" }, key: "name" },
  models: { file: "groups.sql", by: ["model"], key: "name" },
  projects: { file: "groups.sql", by: ["project"], key: "name" },
  sessions: { file: "sessions.sql", by: [], key: "sessionId" },
  cacheByDay: { file: "cache.sql", by: ["model"], parameters: { by: "day" }, key: "name" },
  cacheByModel: { file: "cache.sql", by: ["model"], parameters: { by: "model" }, key: "name" },
  cacheByProject: {
    file: "cache.sql",
    by: ["project", "model"],
    parameters: { by: "project" },
    key: "name",
  },
};

/** Figures are asked for to see the largest, everything else to be read from the beginning. */
export function isFigure(kind: Kind): boolean {
  return !["text", "date", "list"].includes(kind);
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
    selection,
    order,
    limit,
    timezone,
  }: { selection: Selection; order: Order; limit: number | null; timezone: string },
): Table {
  const columns: readonly TableColumn[] = tables[name].columns;
  const { file, by, key, parameters: own } = questions[name];
  const asOf = readAsOf(books, selection.machine, timezone);
  const begins = beginning(name, selection.since);
  const parameters = {
    within: null,
    ...(by[0] === undefined ? {} : { by: by[0] }),
    ...own,
    begins: begins.shown,
    lastWholeDay: asOf.date === null ? null : addDays(asOf.date, -1),
  };
  const wide = { ...selection, since: begins.read };
  const inAnswer = (column: string): string => (column === columns[0]?.name ? key : column);
  // Rows that sort alike come in the order of their names, so that a limit always takes the same.
  const direction = order.descending ? "DESC" : "ASC";
  const rows = askUsage<TableRow>(books, file, wide, {
    by,
    parameters: { ...parameters, limit: limit ?? -1 },
    after: `ORDER BY ${inAnswer(order.by.name)} ${direction}, ${key} LIMIT :limit`,
  });
  const isCache = name.startsWith("cache");
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
      isCache || name === "sessions"
        ? null
        : askUsageOnce<TableTotal>(books, "totals.sql", selection),
    cacheTotal: isCache
      ? (askUsage<CacheTotal>(books, "cache.sql", selection, {
          by: ["model"],
          parameters: { by: "all" },
        })[0] ?? null)
      : null,
    asOf,
  };
}

/**
 * Where a table begins, and from where on it is to be read: averages and comparisons look at what was before.
 * A period that is cut is compared with nothing.
 */
function beginning(table: TableName, since: string | null): { shown: string; read: string | null } {
  if (since === null) return { shown: "0000-01-01", read: null };
  if (table === "daily") return { shown: since, read: addDays(since, -29) };
  if (table !== "weekly" && table !== "monthly") return { shown: since, read: since };
  const first = table === "weekly" ? mondayOf(since) : `${since.slice(0, 7)}-01`;
  if (first < since) return { shown: first, read: since };
  const before = addDays(first, -1);
  return { shown: first, read: table === "weekly" ? mondayOf(before) : `${before.slice(0, 7)}-01` };
}
