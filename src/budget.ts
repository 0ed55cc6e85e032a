import { addDays, mondayOf } from "./dates.ts";
import { printable } from "./format/printable.ts";
import type { Selection } from "./readers/selection.ts";

export const UNITS = ["usd", "tokens"] as const;
export const PERIODS = ["day", "week", "month"] as const;

export type Unit = (typeof UNITS)[number];
export type Period = (typeof PERIODS)[number];

/** What a budget may be limited to; null is all. */
export type Scope = Pick<Selection, "project" | "model" | "branch" | "machine" | "agent">;

/** What is to be spent at most in each day, week or month. */
export interface Budget {
  name: string;
  /** USD at list price, or tokens. */
  amount: number;
  unit: Unit;
  period: Period;
  /** From how much of it on a warning is due, in percent. */
  warnPercent: number;
  /** Whether cache reads count as tokens. */
  countsCache: boolean;
  scope: Scope;
}

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

/** The first and last day of the period that a date is in. */
export function periodAround(date: string, period: Period): { since: string; until: string } {
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
