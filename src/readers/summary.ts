import { addDays } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Spent, Tokens } from "../usage.ts";
import { knownUntil, readAsOf, type AsOf } from "./as-of.ts";
import { readCacheTotal, type CacheTotal } from "./cache-total.ts";
import { readRises, type Change } from "./changes.ts";
import { readBeside, type Beside } from "./beside.ts";
import { readKept, type Kept } from "./kept.ts";
import { askUsage, askUsageOnce, isLimited, type Selection } from "./selection.ts";

interface Used extends Spent {
  totalTokens: number;
}

/** What a selection comes to. */
export interface UsageTotals extends Used, Tokens {
  firstDate: string | null;
  lastDate: string | null;
  daysWithUsage: number;
  /** Cache reads / (input + cache creation + cache reads), 0 to 1; null without any of them. */
  hitRate: number | null;
}

/** A day with usage. */
export interface TrendDay extends Used, Tokens {
  date: string;
  /** Since the range began. */
  cumulativeCost: number | null;
  sevenDayAverage: number | null;
  thirtyDayAverage: number | null;
  /** Tokens without a price since the range began. */
  unpricedTokensSoFar: number;
  /** In the days of the average. */
  sevenDayUnpricedTokens: number;
  thirtyDayUnpricedTokens: number;
}

/** What the first screen of `ccbooks stats` shows. */
export interface FirstScreen {
  range: Range;
  /** What else it is limited to; null is all. */
  filters: Omit<Selection, "since" | "until">;
  /** The local date. */
  today: string;
  /** Until when the books know. */
  asOf: AsOf;
  total: UsageTotals;
  /** Independent of the range. */
  periods: Record<PeriodName, CurrentPeriod>;
  /** Independent of the range. */
  projection: Projection;
  /** The last 30 days of the range until the last fetch, or as many as there are. */
  lastDays: (Spent & { date: string })[];
  /** What cost most more than in the same days of last week; independent of the range. */
  rose: Change[];
  /** What the cache saved in the range, else this month, at list price, at most. */
  savings: Pick<CacheTotal, "netSavings" | "unknownTokens">;
  /** What the books hold beyond the transcripts that are still there; null where it is limited to something. */
  kept: Kept | null;
  /** What of it was called beside the conversations, as telemetry tells; null as above. */
  beside: Beside | null;
}

/** Everything `ccbooks stats` shows. The names are a promise to whoever reads its `--json`. */
export interface Summary extends FirstScreen {
  trend: TrendDay[];
  models: (Used & Tokens & { model: string })[];
  projects: (Used & { project: string; slug: string; daysWithUsage: number })[];
  sessions: (Used & {
    sessionId: string;
    title: string | null;
    project: string;
    lastActivity: string;
  })[];
}

/** A day, week or month that is not over, and the whole days of it beside the same ones of the one before. */
export interface CurrentPeriod extends Used {
  /** 0: it began after the last fetch. */
  isKnown: 0 | 1;
  costOfWholeDays: number | null;
  /** Null where there is nothing to compare with. */
  costBefore: number | null;
  /** Tokens without a price in either: above zero, no part can be told. */
  unpricedOfWholeDays: number;
  unpricedBefore: number;
}

/**
 * How a period's whole days changed, as a part of the same days before. Null where there is nothing to compare with,
 * and where one of the sums is "at least": of those nobody knows the part.
 */
export function changeOf(period: CurrentPeriod): number | null {
  const { isKnown, costOfWholeDays, costBefore, unpricedOfWholeDays, unpricedBefore } = period;
  const isExact = unpricedOfWholeDays + unpricedBefore === 0;
  if (isKnown === 0 || costOfWholeDays === null || !costBefore || !isExact) return null;
  return costOfWholeDays / costBefore - 1;
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
  /** After the last fetch. */
  daysLeft: number;
  sevenDayAverage: number | null;
  thirtyDayAverage: number | null;
  bySevenDays: number | null;
  byThirtyDays: number | null;
  /** In the days of the average. */
  sevenDayUnpricedTokens: number;
  thirtyDayUnpricedTokens: number;
  /** In the month so far and the days of the average. */
  bySevenDaysUnpricedTokens: number;
  byThirtyDaysUnpricedTokens: number;
}

type PeriodName = "today" | "thisWeek" | "thisMonth";

/** How many of the most expensive projects and sessions are shown. */
const LIMIT = 5;

/** How many days the bars of the first screen show. */
const LAST_DAYS = 30;

/** When is today. */
interface When {
  /** The local date. */
  today: string;
  timezone: string;
}

/** Asks how much was spent in a part of the usage, whether it is rising, and why. */
export function readFirstScreen(
  books: Books,
  selection: Selection,
  { today, timezone }: When,
): FirstScreen {
  const { since, until: end, ...filters } = selection;
  const always = { ...selection, since: null, until: null };
  const asOf = readAsOf(books, selection, timezone);
  const until = knownUntil(asOf, today);
  const month = { ...always, since: `${today.slice(0, 7)}-01`, until: today };
  const range = { since: since ?? "0000-01-01", until: end ?? "9999-12-31" };
  const saved = readCacheTotal(books, since === null && end === null ? month : selection);
  return {
    range: { since, until: end },
    filters,
    today,
    asOf: { ...asOf, date: until },
    total: askUsageOnce(books, "usage/totals.sql", selection),
    periods: readPeriods(books, always, today, until),
    projection: readProjection(books, always, today, until),
    lastDays: readLastDays(books, selection, asOf.firstDate, until),
    rose: readRises(books, always, { firstDate: asOf.firstDate, until }),
    savings: {
      netSavings: saved?.netSavings ?? null,
      unknownTokens: saved?.unknownTokens ?? 0,
    },
    kept: isLimited(filters) ? null : readKept(books, range),
    beside: isLimited(filters) ? null : readBeside(books, range),
  };
}

/** Asks for all of it: also the days, models, projects and sessions. */
export function readSummary(books: Books, selection: Selection, when: When): Summary {
  const mostExpensive = "ORDER BY totalCost DESC, totalTokens DESC, key";
  const groups = (by: "model" | "project", after: string): Group[] =>
    askUsage<Group>(books, "usage/groups.sql", selection, {
      by: [by],
      parameters: { by, within: null },
      after,
    });
  return {
    ...readFirstScreen(books, selection, when),
    trend: askUsage(
      books,
      "usage/days.sql",
      { ...selection, since: selection.since === null ? null : addDays(selection.since, -29) },
      { parameters: { begins: selection.since ?? "0000-01-01" }, after: "ORDER BY date" },
    ),
    models: groups("model", mostExpensive).map(({ key, ...row }) => ({
      ...spentBy(row),
      model: key,
    })),
    projects: groups("project", `${mostExpensive} LIMIT ${LIMIT}`).map(
      ({ key, name, daysWithUsage, totalTokens, totalCost, unpricedTokens }) => ({
        ...{ project: name, slug: key, daysWithUsage },
        ...{ totalTokens, totalCost, unpricedTokens },
      }),
    ),
    sessions: askUsage<Summary["sessions"][number]>(books, "usage/sessions.sql", selection, {
      after: `ORDER BY totalCost DESC, totalTokens DESC, sessionId LIMIT ${LIMIT}`,
    }).map(
      ({ sessionId, title, project, lastActivity, totalTokens, totalCost, unpricedTokens }) => ({
        ...{ sessionId, title, project, lastActivity, totalTokens, totalCost, unpricedTokens },
      }),
    ),
  };
}

type Group = Used & Tokens & { key: string; name: string; daysWithUsage: number };

function spentBy(row: Used & Tokens): Used & Tokens {
  const { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens } = row;
  const { totalTokens, totalCost, unpricedTokens } = row;
  return {
    ...{ inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens },
    ...{ totalTokens, totalCost, unpricedTokens },
  };
}

/** @param until the day of the last fetch: what came after it is not known */
export function readPeriods(
  books: Books,
  selection: Selection,
  today: string,
  until: string,
): Summary["periods"] {
  // No comparison looks further back than the beginning of the last month.
  const since = `${addDays(`${today.slice(0, 7)}-01`, -1).slice(0, 7)}-01`;
  const recent = { ...selection, since, until: null };
  const rows = askUsage<CurrentPeriod & { period: PeriodName }>(
    books,
    "usage/current.sql",
    recent,
    {
      parameters: { today, asOf: until, lastWholeDay: addDays(until, -1) },
    },
  );
  const periodOf = (wanted: PeriodName): CurrentPeriod => {
    const row = rows.find(({ period }) => period === wanted);
    if (row === undefined) throw new Error(`current.sql has no ${wanted}`);
    const { period: _, ...figures } = row;
    return figures;
  };
  return {
    today: periodOf("today"),
    thisWeek: periodOf("thisWeek"),
    thisMonth: periodOf("thisMonth"),
  };
}

/** @param until the day of the last fetch: what came after it is not known */
export function readProjection(
  books: Books,
  selection: Selection,
  today: string,
  until: string,
): Projection {
  const monthStart = `${today.slice(0, 7)}-01`;
  const window = addDays(until, -30);
  const since = window < monthStart ? window : monthStart;
  return askUsageOnce(
    books,
    "usage/projection.sql",
    { ...selection, since },
    {
      parameters: { today, asOf: until },
    },
  );
}

/** The last days of a selection that are known. */
function readLastDays(
  books: Books,
  selection: Selection,
  firstDate: string | null,
  known: string,
): Summary["lastDays"] {
  const until = selection.until !== null && selection.until < known ? selection.until : known;
  const since = [
    addDays(until, 1 - LAST_DAYS),
    ...(firstDate === null ? [] : [firstDate]),
    ...(selection.since === null ? [] : [selection.since]),
  ]
    .toSorted()
    .at(-1);
  if (since === undefined || since > until) return [];
  const days = askUsage<Spent & { start: string; daysWithUsage: number }>(
    books,
    "usage/series.sql",
    { ...selection, since, until },
    { parameters: { grain: "day" }, after: "ORDER BY start" },
  );
  return days.map(({ start, daysWithUsage, totalCost, unpricedTokens }) => ({
    date: start,
    // Where a day has usage, null is unknown.
    totalCost: daysWithUsage === 0 ? 0 : totalCost,
    unpricedTokens,
  }));
}
