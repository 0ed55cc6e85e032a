import { isWindow, periodAround, warnThreshold, type Budget, type Scope } from "../budget.ts";
import { addDays, dayAt } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { windowStart, type LimitName, type PlanLimit } from "../plan-limit.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import { query } from "./query.ts";
import { ALL, askUsageOnce, type Selection } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

/** How a budget stands in the period that today is in. */
export interface BudgetStatus {
  budget: Budget;
  /** First and last day of the period, YYYY-MM-DD. Of a limit of the plan its window, as instants. */
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

type Row = Omit<Budget, "countsCache" | "stops" | "scope"> &
  Scope & { countsCache: 0 | 1; stops: 0 | 1 };

export function readBudgets(books: Books): Budget[] {
  return query<Row>(books, "budget/list.sql").map(
    ({ source, project, model, branch, machine, agent, countsCache, stops, ...own }) => ({
      ...own,
      ...{ countsCache: countsCache === 1, stops: stops === 1 },
      scope: { source, project, model, branch, machine, agent },
    }),
  );
}

/** When it is asked about: milliseconds since 1970, and the zone of the days. */
export interface When {
  now: number;
  timezone: string;
}

/** How each budget stands. */
export function readBudgetStatuses(books: Books, when: When): BudgetStatuses {
  const asOf = readAsOf(books, ALL, when.timezone);
  const statuses = readBudgets(books).map((budget) => {
    const standing = readStanding(books, budget, when);
    return { ...standing, ...paceOf(books, standing, when) };
  });
  return { asOf, statuses };
}

/** How much of a budget is used, whatever the pace is. */
export type Standing = Omit<BudgetStatus, "heading" | "reachedAt">;

/** @param beyond what was used by calls that the books do not hold yet */
export function readStanding(
  books: Books,
  budget: Budget,
  when: When,
  beyond?: (selection: Selection) => Countable,
): Standing {
  const { period } = budget;
  if (isWindow(period)) return standingOfLimit(books, budget, period, when);
  const days = periodAround(dayAt(when.now, when.timezone).date, period);
  const selection: Selection = { ...budget.scope, session: null, ...days };
  const known = counted(budget, totalOf(books, selection));
  const isOfCalls = selection.source === ALL.source;
  const more = beyond !== undefined && isOfCalls ? counted(budget, beyond(selection)) : NOTHING;
  const spent = known.spent + more.spent;
  const unpricedTokens = known.unpricedTokens + more.unpricedTokens;
  return { budget, ...days, spent, unpricedTokens, ...levelOf(budget, spent) };
}

/** A window that nothing was told of since it was reset has not been used, as far as is known. */
function standingOfLimit(books: Books, budget: Budget, name: LimitName, { now }: When): Standing {
  const at = new Date(now).toISOString();
  const [limit] = query<Omit<PlanLimit, "name">>(books, "budget/plan_limit.sql", {
    ...{ name, now: at, machine: budget.scope.machine },
  });
  const spent = limit?.usedPercent ?? 0;
  const until = limit?.resetsAt ?? at;
  const since = limit === undefined ? at : windowStart(name, until);
  return { budget, since, until, spent, unpricedTokens: 0, ...levelOf(budget, spent) };
}

function levelOf(budget: Budget, spent: number): Pick<BudgetStatus, "percent" | "level"> {
  const isNear = spent >= warnThreshold(budget);
  return {
    percent: (spent / budget.amount) * 100,
    level: spent >= budget.amount ? "over" : isNear ? "warn" : "ok",
  };
}

/** What a budget may count of. */
export type Countable = Pick<
  UsageTotals,
  "totalCost" | "totalTokens" | "cacheReadTokens" | "unpricedTokens"
>;

interface Counted {
  spent: number;
  unpricedTokens: number;
}

const NOTHING: Counted = { spent: 0, unpricedTokens: 0 };

function totalOf(books: Books, selection: Selection): Countable {
  return askUsageOnce<UsageTotals>(books, "usage/totals.sql", selection);
}

/** What a budget counts of some usage. */
function counted({ unit, countsCache }: Budget, total: Countable): Counted {
  if (unit === "usd") {
    return { spent: total.totalCost ?? 0, unpricedTokens: total.unpricedTokens };
  }
  const uncounted = countsCache ? 0 : total.cacheReadTokens;
  return { spent: total.totalTokens - uncounted, unpricedTokens: 0 };
}

type Pace = Pick<BudgetStatus, "heading" | "reachedAt">;

const NO_PACE: Pace = { heading: null, reachedAt: null };

function paceOf(books: Books, standing: Standing, when: When): Pace {
  const { period, scope } = standing.budget;
  if (isWindow(period)) return NO_PACE;
  const asOf = readAsOf(books, scope, when.timezone);
  return period === "day" ? paceOfDay(standing, when, asOf) : paceOfDays(books, standing, asOf);
}

/** At the pace of the day until the last fetch. */
function paceOfDay({ budget, spent, since }: Standing, { timezone }: When, asOf: AsOf): Pace {
  if (asOf.fetchedAt === null || asOf.date !== since) return NO_PACE;
  const at = Date.parse(asOf.fetchedAt);
  const { startsAt } = dayAt(at, timezone);
  // A day is 23 or 25 hours where clocks change.
  const endsAt = dayAt(startsAt + 30 * HOUR, timezone).startsAt;
  if (at - startsAt < HOUR) return NO_PACE;
  const pace = spent / (at - startsAt);
  const left = budget.amount - spent;
  const reached = at + left / pace;
  return {
    heading: spent + pace * (endsAt - at),
    reachedAt: left > 0 && reached < endsAt ? new Date(reached).toISOString() : null,
  };
}

const HOUR = 3_600_000;

/** At the average of the 7 whole days before the last fetch, as in `ccbooks stats`. */
function paceOfDays(books: Books, { budget, since, until, spent }: Standing, asOf: AsOf): Pace {
  if (asOf.date === null || asOf.firstDate === null) return NO_PACE;
  const from = [addDays(asOf.date, -7), asOf.firstDate].toSorted()[1] ?? since;
  const days = daysBetween(from, asOf.date);
  if (days === 0) return NO_PACE;
  const whole = { since: from, until: addDays(asOf.date, -1) };
  const lately = totalOf(books, { ...budget.scope, session: null, ...whole });
  const pace = counted(budget, lately).spent / days;
  const left = budget.amount - spent;
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
