import { addDays } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import type { Spent, Tokens } from "../usage.ts";
import { readCacheTotal, type CacheTotal } from "./cache-total.ts";
import { grainFor, type Grain } from "./grain.ts";
import { askUsage, askUsageOnce, countUsage, tells, type Selection } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

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

/** The most expensive models and projects over time, as finely as they can be told apart. */
export interface Stacks {
  grain: Grain;
  models: GroupPeriod[];
  projects: GroupPeriod[];
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
  /** What is drawn of models and projects over time, on a screen and on a telephone. */
  stacks: Record<"wide" | "narrow", Stacks>;
  models: ModelUsage[];
  /** All models of the books, the most expensive first, whatever the page is about. */
  modelNames: string[];
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

/** How many days or weeks can be told apart in stacks. */
const STACKED = { wide: { days: 100, weeks: 160 }, narrow: { days: 60, weeks: 60 } };

const MOST_EXPENSIVE = "ORDER BY totalCost DESC, totalTokens DESC";

/** How many projects, branches and sessions are shown. */
const LISTED = 10;

/** Hours and branches go through each call, so that they are of this many days. */
const RECENT = 90;

/** What ranges of a page share. */
export interface Shared extends Pick<RangeData, "today" | "modelNames" | "projectSlugs"> {
  /** What goes through each call, from a day to the end of the span. */
  recent: (since: string) => Pick<RangeData, "hours" | "branches">;
}

/** Asks everything the page shows of the days of a selection, both of which it has to name. */
export function readRange(
  books: Books,
  selection: Selection & RangeData["span"],
  { recent, ...shared }: Shared,
): RangeData {
  const { since, until } = selection;
  const total = askUsageOnce<UsageTotals>(books, "usage/totals.sql", selection);
  const days = Math.round((Date.parse(until) - Date.parse(since)) / DAY) + 1;
  const periodsOf = (grain: Grain): Period[] =>
    askUsage(books, "usage/series.sql", selection, {
      parameters: { grain },
      after: "ORDER BY start",
    });
  const periods = { day: periodsOf("day"), week: periodsOf("week"), month: periodsOf("month") };
  const recentSince = [since, addDays(until, 1 - RECENT)].toSorted()[1] ?? since;
  const saved = readCacheTotal(books, selection);
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
    periods,
    stacks: readStacks(books, selection, periods),
    models: askUsage<Group>(books, "usage/groups.sql", selection, {
      by: ["model"],
      parameters: { by: "model", within: null },
      after: `${MOST_EXPENSIVE}, key`,
    }).map(({ key, costShare, ...row }) => ({ ...row, model: key, share: costShare })),
    calendar: askUsage(books, "usage/calendar.sql", selection, { after: "ORDER BY date" }),
    projects: readProjects(books, selection),
    sessions: askUsage(books, "usage/sessions.sql", selection, {
      after: `${MOST_EXPENSIVE}, sessionId LIMIT ${LISTED}`,
    }),
    sessionCount: countUsage(books, "usage/sessions.sql", selection),
    recentSince,
    ...recent(recentSince),
    savings: {
      netSavings: saved?.netSavings ?? null,
      unknownTokens: saved?.unknownTokens ?? 0,
    },
  };
}

/** The hours of the week and the branches, where the source tells of them. */
export function readRecent(
  books: Books,
  selection: Selection,
): Pick<RangeData, "hours" | "branches"> {
  if (!tells(selection.source, ["hour", "branch"])) return { hours: [], branches: [] };
  return {
    hours: askUsage(books, "usage/hours.sql", selection, {
      by: ["hour"],
      after: "ORDER BY weekday, hour",
    }),
    branches: askUsage<Group>(books, "usage/groups.sql", selection, {
      by: ["branch"],
      parameters: { by: "branch", within: null },
      after: `${MOST_EXPENSIVE}, name LIMIT ${LISTED}`,
    }).map(({ costShare, ...row }) => ({ ...row, share: costShare })),
  };
}

function readStacks(
  books: Books,
  selection: Selection,
  periods: RangeData["periods"],
): RangeData["stacks"] {
  const ask = (by: "model" | "project", grain: Grain): GroupPeriod[] =>
    askUsage(books, "usage/group_series.sql", selection, {
      by: [by],
      parameters: { by, limit: DISTINCT_GROUPS, grain },
      after: "ORDER BY start, place",
    });
  const stacksOf = (grain: Grain): Stacks => ({
    grain,
    models: ask("model", grain),
    projects: ask("project", grain),
  });
  const wide = stacksOf(grainFor(periods, STACKED.wide));
  const narrow = grainFor(periods, STACKED.narrow);
  return { wide, narrow: narrow === wide.grain ? wide : stacksOf(narrow) };
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
  /** How many there are altogether. */
  groups: number;
};

function readProjects(books: Books, selection: Selection): ProjectUsage[] {
  const rows = askUsage<Group>(books, "usage/groups.sql", selection, {
    by: ["project"],
    parameters: { by: "project", within: null },
    after: `${MOST_EXPENSIVE}, key LIMIT ${LISTED}`,
  });
  let runningShare = 0;
  return rows.map(({ key, costShare, groups, ...row }) => {
    runningShare += costShare ?? 0;
    const whose = { slug: key, path: row.path ?? key };
    return { ...row, ...whose, share: costShare, runningShare, projects: groups };
  });
}
