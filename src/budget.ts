import { addDays, mondayOf } from "./dates.ts";
import { printable } from "./format/printable.ts";
import { LIMITS, type LimitName } from "./plan-limit.ts";
import type { Selection } from "./readers/selection.ts";

export const UNITS = ["usd", "tokens", "percent"] as const;
export const CALENDAR_PERIODS = ["day", "week", "month"] as const;
export const PERIODS = [...CALENDAR_PERIODS, ...LIMITS] as const;

export type Unit = (typeof UNITS)[number];
export type CalendarPeriod = (typeof CALENDAR_PERIODS)[number];
/** A window of the plan is the period of a budget of percent. */
export type Period = CalendarPeriod | LimitName;

/** What a budget may be limited to; null is all. */
export type Scope = Pick<
  Selection,
  "source" | "project" | "model" | "branch" | "machine" | "agent"
>;

/** All of the usage. */
export const NO_SCOPE: Scope = {
  source: "claude-code",
  ...{ project: null, model: null, branch: null, machine: null, agent: null },
};

/** What is to be spent at most in each period, or how full a limit of the plan is to be. */
export interface Budget {
  name: string;
  /** USD at list price, tokens, or percent of a window of the plan. */
  amount: number;
  unit: Unit;
  period: Period;
  /** From how much of it on a warning is due, in percent. */
  warnPercent: number;
  /** Whether cache reads count as tokens. */
  countsCache: boolean;
  /** Whether an agent is stopped when it is over: see `ccbooks guard`. */
  stops: boolean;
  scope: Scope;
}

/** Where a budget warns unless it is told otherwise. */
export const USUAL_WARN_PERCENT = 80;

const LONGEST_NAME = 60;

/** Whether a name is not empty nor too long, and stays in its line. */
export function isBudgetName(name: string): boolean {
  return (
    name !== "" && name.trim() === name && name === printable(name) && name.length <= LONGEST_NAME
  );
}

/** From which sum on a warning is due. */
export function warnThreshold({ amount, warnPercent }: Budget): number {
  return (amount * warnPercent) / 100;
}

/** Whether a period is the window of a limit of the plan, and not one of the calendar. */
export function isWindow(period: Period): period is LimitName {
  return LIMITS.some((limit) => limit === period);
}

/** The first and last day of the period that a date is in. */
export function periodAround(
  date: string,
  period: CalendarPeriod,
): { since: string; until: string } {
  if (period === "day") return { since: date, until: date };
  if (period === "week") {
    const since = mondayOf(date);
    return { since, until: addDays(since, 6) };
  }
  const since = `${date.slice(0, 7)}-01`;
  // 31 days after the first of a month is always in the next one.
  const next = `${addDays(since, 31).slice(0, 7)}-01`;
  return { since, until: addDays(next, -1) };
}
