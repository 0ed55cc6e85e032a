import { addDays } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { questionIn } from "./query.ts";

/** How a column's figures are to be understood, and so written and sorted. */
export type Kind = "text" | "date" | "list" | "count" | "cost" | "money" | "share" | "change";

export type ReportColumn = {
  /** As in the JSON, and in `--sort`. */
  name: string;
} & (
  | { kind: Exclude<Kind, "cost"> }
  /** `unpriced` is the column with the tokens that have no price in it. */
  | { kind: "cost"; unpriced: string }
);

/** The reports, the first question each answers being its name. */
export type ReportName = keyof typeof reports;

/** What part of the usage a report is about; null is all of it. */
export interface Selection {
  since: string | null;
  until: string | null;
  machine: string | null;
  agent: string | null;
  /** A slug, a path or a name. */
  project: string | null;
  /** Any part of a model's name. */
  model: string | null;
}

export interface Order {
  by: ReportColumn;
  descending: boolean;
}

export type ReportRow = Record<string, string | number | null>;

/** The answer to a question. Costs are USD at list price; null where none is known. */
export interface Report {
  report: ReportName;
  columns: ReportColumn[];
  rows: ReportRow[];
  /** How many rows there are without the limit. */
  rowsInAll: number;
  /** What the selection comes to; null for sessions, which count whole, and for the cache. */
  total: ReportTotal | null;
  /** What the cache did for the selection; null in reports of something else. */
  cacheTotal: CacheTotal | null;
}

export interface ReportTotal {
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
} as const satisfies ReportColumn;

const tokens = [
  { name: "inputTokens", kind: "count" },
  { name: "outputTokens", kind: "count" },
  { name: "cacheCreationTokens", kind: "count" },
  { name: "cacheReadTokens", kind: "count" },
  { name: "totalTokens", kind: "count" },
  { name: "unpricedTokens", kind: "count" },
] as const satisfies ReportColumn[];

const cache = [
  { name: "hitRate", kind: "share" },
  { name: "cacheReadTokens", kind: "count" },
  { name: "cacheCreationTokens", kind: "count" },
  { name: "inputTokens", kind: "count" },
  { name: "readSavings", kind: "money" },
  { name: "writePremium", kind: "money" },
  { name: "netSavings", kind: "money" },
  { name: "unknownTokens", kind: "count" },
] as const satisfies ReportColumn[];

/** Each report: its columns in order, and what it is sorted by unless asked otherwise. */
export const reports = {
  daily: {
    columns: [
      { name: "date", kind: "date" },
      totalCost,
      { name: "cumulativeCost", kind: "cost", unpriced: "unpricedTokensSoFar" },
      { name: "sevenDayMean", kind: "cost", unpriced: "sevenDayUnpricedTokens" },
      { name: "thirtyDayMean", kind: "cost", unpriced: "thirtyDayUnpricedTokens" },
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
} as const satisfies Record<string, { columns: ReportColumn[]; sort: string }>;

const files: Record<ReportName, string> = {
  daily: "daily.sql",
  weekly: "weekly.sql",
  monthly: "monthly.sql",
  models: "models.sql",
  projects: "projects.sql",
  sessions: "sessions.sql",
  cacheByDay: "cache_by_day.sql",
  cacheByModel: "cache_by_model.sql",
  cacheByProject: "cache_by_project.sql",
};

/** Figures are asked for to see the largest, everything else to be read from the beginning. */
export function isFigure(kind: Kind): boolean {
  return !["text", "date", "list"].includes(kind);
}

/** How a report is sorted unless asked otherwise. */
export function usualOrder(report: ReportName): Order {
  const { columns, sort } = reports[report];
  const by = columns.find(({ name }) => name === sort) ?? columns[0];
  return { by, descending: isFigure(by.kind) };
}

/**
 * Asks one question of a part of the usage.
 * @param today a date of this machine: the periods it lies in are not over
 * @param limit how many rows at most; null for all
 */
export function readReport(
  books: Books,
  report: ReportName,
  {
    selection,
    order,
    limit,
    today,
  }: {
    selection: Selection;
    order: Order;
    limit: number | null;
    today: string;
  },
): Report {
  const { columns } = reports[report];
  const since = selection.since ?? "0000-01-01";
  const parameters = {
    ...selection,
    since,
    until: selection.until ?? "9999-12-31",
    // The mean of 30 days needs the days before.
    from: report === "daily" && selection.since !== null ? addDays(since, -29) : since,
    today,
  };
  const answer = `
    WITH selection AS (${questionIn("reports/selection.sql")}),
    answer AS (${questionIn(`reports/${files[report]}`)})`;
  const ask = <Row>(question: string) =>
    books.prepare<Record<string, unknown>, Row>(`${answer} ${question}`);
  // Rows that sort alike come in the order of their names, so that a limit always takes the same.
  const rows = ask<ReportRow>(
    `SELECT * FROM answer
     ORDER BY ${order.by.name} ${order.descending ? "DESC" : "ASC"}, ${columns[0].name}
     LIMIT :limit`,
  ).all({ ...parameters, limit: limit ?? -1 });
  // Counting takes looking at them all, which the first few do not.
  const countAll = (): number =>
    ask<{ rows: number }>("SELECT COUNT(*) AS rows FROM answer").get(parameters)?.rows ?? 0;
  const isCache = report.startsWith("cache");
  const readOne = <Row>(file: string): Row | null =>
    ask<Row>(questionIn(file)).get({ ...parameters, from: since }) ?? null;
  return {
    report,
    columns: [...columns],
    rows: rows.map((row) =>
      Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null])),
    ),
    rowsInAll: rows.length === limit ? countAll() : rows.length,
    total: isCache || report === "sessions" ? null : readOne("reports/total.sql"),
    cacheTotal: isCache ? readOne("reports/cache_total.sql") : null,
  };
}
