import { addDays } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Spent, Tokens } from "../usage.ts";
import type { FileGiving } from "./columns.ts";
import { readCacheTotal, type CacheTotal } from "./cache-total.ts";
import { askUsage, askUsageOnce, countUsage, type Dimension, type Selection } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

/** How long the stretches are that usage is summed over. A week is named by its Monday. */
export type Grain = "day" | "week" | "month";

/** A day, week or month of the span, be there usage or not. */
export interface Period extends Spent, Tokens {
  /** Its first day by the calendar, YYYY-MM-DD. */
  start: string;
  /** How many of its days are in the span. */
  days: number;
  daysWithUsage: number;
  /** Since the span began. */
  runningCost: number | null;
  runningUnpriced: number;
  /** Of a day and the six before it, as far as the span goes back; null of weeks and months. */
  sevenDayAverage: number | null;
  /** Cache reads / (input + cache creation + cache reads), 0 to 1; null without any of them. */
  hitRate: number | null;
}

export interface ModelUsage extends Spent {
  model: string;
  daysWithUsage: number;
  outputTokens: number;
  totalTokens: number;
  /** Of everything with a known price, 0 to 1. */
  share: number | null;
}

export interface GroupPeriod extends Spent {
  start: string;
  /** A model's name or a project's slug; null: all but the most expensive. */
  key: string | null;
}

export interface CalendarDay extends Spent {
  date: string;
  totalTokens: number;
  /** The fifth of all days with a cost that it is in, 1 to 5; 0 without a cost; null if that is unknown. */
  level: number | null;
  /** The least and the most of that fifth. */
  levelLeast: number | null;
  levelMost: number | null;
}

export interface ProjectUsage extends Spent {
  slug: string;
  name: string;
  /** Where it is, as far as that is known. */
  path: string;
  daysWithUsage: number;
  totalTokens: number;
  share: number | null;
  /** Of this one and those before it. */
  runningShare: number | null;
  /** How many there are altogether. */
  projects: number;
}

/** An hour of a weekday, by the machine's clock. */
export interface HourUsage extends Spent {
  /** 1 is Monday. */
  weekday: number;
  hour: number;
  calls: number;
  /** The fifth of all hours with a cost that it is in, 1 to 5; null if that is unknown. */
  level: number | null;
  levelLeast: number | null;
  levelMost: number | null;
}

export interface BranchUsage extends Spent {
  name: string;
  daysWithUsage: number;
  totalTokens: number;
  share: number | null;
}

export interface SessionUsage extends Spent {
  sessionId: string;
  title: string | null;
  project: string;
  lastActivity: string;
  totalTokens: number;
}

/** What the page shows of a stretch of days. */
export interface RangeData {
  /** First and last day, YYYY-MM-DD. */
  span: { since: string; until: string };
  /** The day the page was made. */
  today: string;
  summary: Spent &
    Tokens & {
      days: number;
      daysWithUsage: number;
      totalTokens: number;
      /** Over the days of the calendar. */
      costPerDay: number | null;
      hitRate: number | null;
    };
  /** Null where no price is known. */
  mostExpensiveDay: (Spent & { date: string }) | null;
  periods: Record<Grain, Period[]>;
  models: ModelUsage[];
  modelPeriods: Record<Grain, GroupPeriod[]>;
  /** All models of the books, the most expensive first, whatever the page is about. */
  modelNames: string[];
  projectPeriods: Record<Grain, GroupPeriod[]>;
  /** All projects of the books by their slugs, as the models. */
  projectSlugs: string[];
  /** The last three years at most. */
  calendar: CalendarDay[];
  projects: ProjectUsage[];
  sessions: SessionUsage[];
  sessionCount: number;
  /** What goes through calls looks back no further than this: YYYY-MM-DD. */
  recentSince: string;
  hours: HourUsage[];
  branches: BranchUsage[];
  savings: Pick<CacheTotal, "netSavings" | "unknownTokens">;
}

/** How many models or projects a chart can tell apart by colour. */
export const DISTINCT_GROUPS = 6;

/** How many projects, branches and sessions are shown. */
const LISTED = 10;

/** Hours and branches go through each call, so that they are of this many days. */
const RECENT = 90;

/** What is the same in every range of a page. */
type Shared = Pick<RangeData, "today" | "modelNames" | "projectSlugs">;

/** Asks everything the page shows of the days of a selection, both of which it has to name. */
export function readRange(
  books: Books,
  selection: Selection & RangeData["span"],
  shared: Shared,
): RangeData {
  const { since, until } = selection;
  const total = askUsageOnce<UsageTotals>(books, "usage/totals.sql", selection);
  const days = Math.round((Date.parse(until) - Date.parse(since)) / DAY) + 1;
  const byGrain = <Row>(
    file: FileGiving<Row>,
    by: readonly Dimension[],
    after: string,
    more: Record<string, string | number> = {},
  ): Record<Grain, Row[]> => {
    const ask = (grain: Grain): Row[] =>
      askUsage<Row>(books, file, selection, { by, parameters: { ...more, grain }, after });
    return { day: ask("day"), week: ask("week"), month: ask("month") };
  };
  const recentSince = [since, addDays(until, 1 - RECENT)].toSorted()[1] ?? since;
  const recent = { ...selection, since: recentSince };
  const saved = readCacheTotal(books, selection);
  const mostExpensive = "ORDER BY totalCost DESC, totalTokens DESC";
  return {
    ...shared,
    span: { since, until },
    summary: {
      ...total,
      days,
      costPerDay: total.totalCost === null ? null : total.totalCost / days,
    },
    mostExpensiveDay:
      askUsage<Spent & { date: string }>(books, "usage/days.sql", selection, {
        parameters: { begins: since },
        after: "WHERE totalCost > 0 ORDER BY totalCost DESC, date LIMIT 1",
      })[0] ?? null,
    periods: byGrain("usage/series.sql", [], "ORDER BY start"),
    models: askUsage<Group>(books, "usage/groups.sql", selection, {
      by: ["model"],
      parameters: { by: "model", within: null },
      after: `${mostExpensive}, key`,
    }).map(({ key, costShare, ...row }) => ({ ...row, model: key, share: costShare })),
    modelPeriods: byGrain("usage/group_series.sql", ["model"], "ORDER BY start, place", {
      by: "model",
      limit: DISTINCT_GROUPS,
    }),
    projectPeriods: byGrain("usage/group_series.sql", ["project"], "ORDER BY start, place", {
      by: "project",
      limit: DISTINCT_GROUPS,
    }),
    calendar: askUsage(books, "usage/calendar.sql", selection, { after: "ORDER BY date" }),
    projects: readProjects(books, selection),
    sessions: askUsage(books, "usage/sessions.sql", selection, {
      after: `${mostExpensive}, sessionId LIMIT ${LISTED}`,
    }),
    sessionCount: countUsage(books, "usage/sessions.sql", selection),
    recentSince,
    hours: askUsage(books, "usage/hours.sql", recent, {
      by: ["hour"],
      after: "ORDER BY weekday, hour",
    }),
    branches: askUsage<Group>(books, "usage/groups.sql", recent, {
      by: ["branch"],
      parameters: { by: "branch", within: null },
      after: `${mostExpensive}, name LIMIT ${LISTED}`,
    }).map(({ costShare, ...row }) => ({ ...row, share: costShare })),
    savings: {
      netSavings: saved?.netSavings ?? null,
      unknownTokens: saved?.unknownTokens ?? 0,
    },
  };
}

const DAY = 86_400_000;

type Group = Spent & {
  key: string;
  name: string;
  path: string | null;
  daysWithUsage: number;
  outputTokens: number;
  totalTokens: number;
  costShare: number | null;
};

function readProjects(books: Books, selection: Selection): ProjectUsage[] {
  const parameters = { by: "project", within: null };
  const asked = { by: ["project"], parameters } as const;
  const rows = askUsage<Group>(books, "usage/groups.sql", selection, {
    ...asked,
    after: `ORDER BY totalCost DESC, totalTokens DESC, key LIMIT ${LISTED}`,
  });
  const projects =
    rows.length < LISTED ? rows.length : countUsage(books, "usage/groups.sql", selection, asked);
  let runningShare = 0;
  return rows.map(({ key, costShare, ...row }) => {
    runningShare += costShare ?? 0;
    return { ...row, slug: key, path: row.path ?? key, share: costShare, runningShare, projects };
  });
}
