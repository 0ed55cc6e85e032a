import type { Books } from "../ledger/open.ts";
import type { Tokens } from "../usage.ts";
import { onlyRow, query } from "./query.ts";

/** Costs are USD at list price; null where tokens have no known price. */
interface Spent {
  totalTokens: number;
  totalCost: number | null;
  unpricedTokens: number;
}

export interface TrendDay {
  date: string;
  totalCost: number | null;
  cumulativeCost: number | null;
  sevenDayAverage: number | null;
  thirtyDayAverage: number | null;
  monthToDateCost: number | null;
  unpricedTokens: number;
  /** Since the first day in the books. */
  unpricedTokensSoFar: number;
  /** In the days of the mean. */
  sevenDayUnpricedTokens: number;
  thirtyDayUnpricedTokens: number;
}

/** Everything `ccbooks stats` shows. The names are a promise to whoever reads its `--json`. */
export interface Stats {
  range: Range;
  summary: Spent &
    Tokens & { firstDate: string | null; lastDate: string | null; daysWithUsage: number };
  /** Independent of the range. */
  periods: Record<Period, Spent & Compared>;
  /** Independent of the range. */
  projection: Projection;
  trend: TrendDay[];
  models: (Spent & Tokens & { model: string })[];
  projects: (Spent & { project: string; slug: string; daysWithUsage: number })[];
  sessions: (Spent & { sessionId: string; project: string; lastActivity: string })[];
  /** What the books hold beyond today's logs. */
  kept: Spent & { days: number };
  cache: {
    inputTokens: number;
    cacheCreationTokens: number;
    cacheReadTokens: number;
    /** Cache reads / (input + cache creation + cache reads), 0 to 1; null without any of them. */
    hitRate: number | null;
  };
}

/** The days of a period before today, which is not over, and the same days of the period before. */
interface Compared {
  costToYesterday: number | null;
  /** Null where there is nothing to compare with. */
  costBefore: number | null;
}

/** Dates, YYYY-MM-DD, both included; null where there is no limit. */
export interface Range {
  since: string | null;
  until: string | null;
}

/** What this month will come to at the pace of the last days. */
export interface Projection {
  /** YYYY-MM */
  month: string;
  daysLeft: number;
  sevenDayMean: number | null;
  thirtyDayMean: number | null;
  bySevenDays: number | null;
  byThirtyDays: number | null;
  /** In the days of the mean. */
  sevenDayUnpricedTokens: number;
  thirtyDayUnpricedTokens: number;
  /** In the month so far and the days of the mean. */
  bySevenDaysUnpricedTokens: number;
  byThirtyDaysUnpricedTokens: number;
}

type Period = "today" | "thisWeek" | "thisMonth";

/** How many of the most expensive projects and sessions are shown. */
const LIMIT = 5;

/** Asks the views what was spent in a range of dates. */
export function readStats(books: Books, range: Range, today: string): Stats {
  const span = { since: range.since ?? "0000-01-01", until: range.until ?? "9999-12-31" };
  return {
    range,
    summary: onlyRow(books, "stats/summary.sql", span),
    periods: readPeriods(books, today),
    projection: onlyRow(books, "stats/projection.sql", { today, machine: "" }),
    trend: query(books, "stats/trend.sql", span),
    models: query(books, "stats/models.sql", span),
    projects: query(books, "stats/projects.sql", { ...span, limit: LIMIT }),
    sessions: query(books, "stats/sessions.sql", { ...span, limit: LIMIT }),
    kept: onlyRow(books, "stats/kept.sql", span),
    cache: onlyRow(books, "stats/cache.sql", span),
  };
}

function readPeriods(books: Books, today: string): Stats["periods"] {
  type Row = Stats["periods"][Period] & { period: Period };
  const rows = query<Row>(books, "stats/periods.sql", { today });
  const spentIn = (period: Period): Stats["periods"][Period] => {
    const row = rows.find((one) => one.period === period);
    if (row === undefined) throw new Error(`stats/periods.sql has no ${period}`);
    const { totalTokens, totalCost, unpricedTokens, costToYesterday, costBefore } = row;
    return { totalTokens, totalCost, unpricedTokens, costToYesterday, costBefore };
  };
  return {
    today: spentIn("today"),
    thisWeek: spentIn("thisWeek"),
    thisMonth: spentIn("thisMonth"),
  };
}
