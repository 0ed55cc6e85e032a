import { NO_SCOPE, type Budget } from "../budget.ts";
import { addDays, dayAt } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { ALL, askUsageOnce } from "../readers/selection.ts";
import type { UsageTotals } from "../readers/summary.ts";

/** How many days are looked at. */
const DAYS = 30;

/** Half as much again as usual is worth a look. */
const ROOM = 1.5;

/**
 * Three budgets to start from: 10 USD a day, a million tokens a week, 200 USD a month, or more where the last 30
 * days came to more.
 */
export function proposeBudgets(books: Books, timezone: string): Budget[] {
  const today = dayAt(Date.now(), timezone).date;
  const lately = { ...ALL, since: addDays(today, 1 - DAYS), until: today };
  const total = askUsageOnce<UsageTotals>(books, "usage/totals.sql", lately);
  const cost = (total.totalCost ?? 0) / DAYS;
  const tokens = (total.totalTokens - total.cacheReadTokens) / DAYS;
  const usual = { ...{ warnPercent: 80, countsCache: false, stops: false }, scope: NO_SCOPE };
  return [
    { ...usual, name: "daily", amount: fitted(10, cost), unit: "usd", period: "day" },
    { ...usual, name: "weekly", amount: fitted(1e6, tokens * 7), unit: "tokens", period: "week" },
    { ...usual, name: "monthly", amount: fitted(200, cost * 30), unit: "usd", period: "month" },
  ];
}

/** The least, or a round number with room above what is usual. */
function fitted(least: number, usual: number): number {
  const wanted = usual * ROOM;
  if (wanted <= least) return least;
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  // Sums of thousands of prices are a hair off.
  const halves = Number(((wanted / magnitude) * 2).toFixed(6));
  return Math.ceil(halves) * (magnitude / 2);
}
