import { periodAround, warnThreshold, type Budget, type Scope } from "../budget.ts";
import { addDays, dayAt } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import { query } from "./query.ts";
import { askUsageOnce, type Selection } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

/** How a budget stands in the period that today is in. */
export interface BudgetStatus {
  budget: Budget;
  /** First and last day of the period, YYYY-MM-DD. */
  since: string;
  until: string;
  /** In the budget's unit; 0 where nothing has a known price. */
  spent: number;
  /** Tokens without a price in it: what was spent is "at least". Of a budget of tokens always 0. */
  unpricedTokens: number;
  /** Of the limit. */
  percent: number;
  level: "ok" | "warn" | "over";
  /** Where the period comes to at this pace; null where there is none yet. */
  heading: number | null;
  /** When the limit is reached at this pace, if before the period ends: a day, or, of a day's budget, an instant. */
  reachedAt: string | null;
}

export interface BudgetStatuses {
  asOf: AsOf;
  statuses: BudgetStatus[];
}

type Row = Omit<Budget, "countsCache" | "scope"> & Scope & { countsCache: 0 | 1 };

export function readBudgets(books: Books): Budget[] {
  return query<Row>(books, "budget/list.sql").map(
    ({ project, model, branch, machine, agent, countsCache, ...own }) => ({
      ...own,
      countsCache: countsCache === 1,
      scope: { project, model, branch, machine, agent },
    }),
  );
}

/**
 * How each budget stands.
 * @param today the local date of `timezone`
 */
export function readBudgetStatuses(
  books: Books,
  { today, timezone }: { today: string; timezone: string },
): BudgetStatuses {
  const asOf = readAsOf(books, null, timezone);
  const statuses = readBudgets(books).map((budget) => {
    const own = readAsOf(books, budget.scope.machine, timezone);
    return statusOf(books, budget, { today, timezone, asOf: own });
  });
  return { asOf, statuses };
}

interface Now {
  today: string;
  timezone: string;
  asOf: AsOf;
}

function statusOf(books: Books, budget: Budget, now: Now): BudgetStatus {
  const { since, until } = periodAround(now.today, budget.period);
  const { spent, unpricedTokens } = spentIn(books, budget, { since, until });
  const percent = (spent / budget.amount) * 100;
  const isNear = spent >= warnThreshold(budget);
  const level = spent >= budget.amount ? "over" : isNear ? "warn" : "ok";
  const status = { budget, since, until, spent, unpricedTokens, percent, level } as const;
  const left = budget.amount - spent;
  return {
    ...status,
    ...(budget.period === "day"
      ? paceOfDay(spent, left, now)
      : paceOfDays(books, budget, { since, until, spent, left }, now)),
  };
}

/** What a budget counts in some days. */
function spentIn(
  books: Books,
  { unit, countsCache, scope }: Budget,
  days: { since: string; until: string },
): { spent: number; unpricedTokens: number } {
  const selection: Selection = { ...scope, session: null, ...days };
  const total = askUsageOnce<UsageTotals>(books, "usage/totals.sql", selection);
  if (unit === "usd") {
    return { spent: total.totalCost ?? 0, unpricedTokens: total.unpricedTokens };
  }
  const uncounted = countsCache ? 0 : total.cacheReadTokens;
  return { spent: total.totalTokens - uncounted, unpricedTokens: 0 };
}

type Pace = Pick<BudgetStatus, "heading" | "reachedAt">;

const NO_PACE: Pace = { heading: null, reachedAt: null };

/** At the pace of the day until the last fetch. */
function paceOfDay(spent: number, left: number, { today, timezone, asOf }: Now): Pace {
  if (asOf.fetchedAt === null || asOf.date !== today) return NO_PACE;
  const at = Date.parse(asOf.fetchedAt);
  const { startsAt } = dayAt(at, timezone);
  // A day is 23 or 25 hours where clocks change.
  const endsAt = dayAt(startsAt + 30 * HOUR, timezone).startsAt;
  if (at - startsAt < HOUR) return NO_PACE;
  const pace = spent / (at - startsAt);
  const reached = at + left / pace;
  return {
    heading: spent + pace * (endsAt - at),
    reachedAt: left > 0 && reached < endsAt ? new Date(reached).toISOString() : null,
  };
}

const HOUR = 3_600_000;

/** At the average of the 7 whole days before the last fetch, as in `ccbooks stats`. */
function paceOfDays(
  books: Books,
  budget: Budget,
  { since, until, spent, left }: { since: string; until: string; spent: number; left: number },
  { asOf }: Now,
): Pace {
  if (asOf.date === null || asOf.firstDate === null) return NO_PACE;
  const from = [addDays(asOf.date, -7), asOf.firstDate].toSorted()[1] ?? since;
  const days = daysBetween(from, asOf.date);
  if (days === 0) return NO_PACE;
  const lately = spentIn(books, budget, { since: from, until: addDays(asOf.date, -1) });
  const pace = lately.spent / days;
  // Of a period that began after the last fetch all days are left.
  const first = asOf.date < since ? addDays(since, -1) : asOf.date;
  const daysLeft = daysBetween(first, until);
  const isReached = left > 0 && pace > 0 && left / pace <= daysLeft;
  return {
    heading: spent + pace * daysLeft,
    reachedAt: isReached ? addDays(first, Math.ceil(left / pace)) : null,
  };
}

function daysBetween(since: string, until: string): number {
  return Math.max(0, Math.round((Date.parse(until) - Date.parse(since)) / (24 * HOUR)));
}
