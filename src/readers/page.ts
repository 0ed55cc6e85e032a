import type { Books } from "../ledger/open.ts";
import type { Tokens } from "../usage.ts";
import { readAsOf } from "./as-of.ts";
import { onlyRow, query } from "./query.ts";
import { ALL } from "./selection.ts";
import { readProjection, type Projection, type Range } from "./summary.ts";

/** How long the stretches are that usage is summed over. A week is named by its Monday. */
export type Grain = "day" | "week" | "month";

/** Costs are USD at list price; null where tokens have no known price. */
interface Spent {
  totalCost: number | null;
  /** Above zero: the cost is "at least". */
  unpricedTokens: number;
}

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

export interface ModelPeriod extends Spent {
  start: string;
  /** Null: all models but the dearest. */
  model: string | null;
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

export interface SessionUsage extends Spent {
  sessionId: string;
  project: string;
  lastActivity: string;
  totalTokens: number;
}

/** Everything the page of `ccbooks report` shows. */
export interface PageData {
  /** First and last day, YYYY-MM-DD. */
  span: { since: string; until: string };
  /** The day it was made. */
  today: string;
  /** Whose usage it is; null for that of all machines. */
  machine: string | null;
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
  dearestDay: (Spent & { date: string }) | null;
  /** The running month, whatever the span; null where the span ends before today. */
  month: (Spent & { projection: Projection }) | null;
  periods: Record<Grain, Period[]>;
  models: ModelUsage[];
  modelPeriods: Record<Grain, ModelPeriod[]>;
  /** The last three years at most. */
  calendar: CalendarDay[];
  projects: ProjectUsage[];
  sessions: SessionUsage[];
  sessionCount: number;
  savings: { netSavings: number | null; unratedTokens: number };
}

/** How many models a chart can tell apart by colour. */
export const DISTINCT_MODELS = 6;

/** How many projects and sessions are shown. */
const LISTED = 10;

/**
 * Asks everything a page about the range shows, of one machine or of all.
 * @returns null when there is no usage in the range.
 */
export function readPageData(
  books: Books,
  { since, until, machine }: Range & { machine: string | null },
  { today, timezone }: { today: string; timezone: string },
): PageData | null {
  const whose = { machine: machine ?? "" };
  const limits = { since: since ?? "0000-01-01", until: until ?? "9999-12-31", ...whose };
  const [span] = query<PageData["span"]>(books, "page/span.sql", limits);
  if (span === undefined) return null;
  const { date } = readAsOf(books, machine, timezone);
  const knownUntil = date === null || date > today ? today : date;
  const scope = { ...span, ...whose };
  const byGrain = <Row>(file: string, more: Record<string, number> = {}): Record<Grain, Row[]> => ({
    day: query<Row>(books, file, { ...scope, ...more, grain: "day" }),
    week: query<Row>(books, file, { ...scope, ...more, grain: "week" }),
    month: query<Row>(books, file, { ...scope, ...more, grain: "month" }),
  });
  const { sessions: sessionCount } = onlyRow<{ sessions: number }>(
    books,
    "page/session_count.sql",
    scope,
  );
  return {
    span,
    today,
    machine,
    summary: onlyRow(books, "page/summary.sql", scope),
    dearestDay: query<Spent & { date: string }>(books, "page/dearest_day.sql", scope)[0] ?? null,
    month:
      until === null || until >= today
        ? {
            ...onlyRow<Spent>(books, "page/month.sql", { today, ...whose }),
            projection: readProjection(books, { ...ALL, machine }, today, knownUntil),
          }
        : null,
    periods: byGrain("page/periods.sql"),
    models: query(books, "page/models.sql", scope),
    modelPeriods: byGrain("page/model_periods.sql", { limit: DISTINCT_MODELS }),
    calendar: query(books, "page/calendar.sql", scope),
    projects: query(books, "page/projects.sql", { ...scope, limit: LISTED }),
    sessions: query(books, "page/sessions.sql", { ...scope, limit: LISTED }),
    sessionCount,
    savings: onlyRow(books, "page/savings.sql", scope),
  };
}
