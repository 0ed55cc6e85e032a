import {
  isWindow,
  NO_SCOPE,
  USUAL_WARN_PERCENT,
  type Budget,
  type CalendarPeriod,
  type Scope,
  type Unit,
} from "../budget.ts";
import type { LimitName } from "../plan-limit.ts";
import { shellQuoted } from "./shell.ts";
import { compact, count, dollars, money } from "./figures.ts";

/** How a budget's figures are written, in the terminal, in a message and in the status line. */

type Limit = Pick<Budget, "amount" | "unit" | "period">;

const WINDOWS: Record<LimitName, string> = { five_hour: "5-hour", seven_day: "7-day" };

/** $10, "7.5M tokens", or "90% of the 5-hour limit". */
export function limitWords({ amount, unit, period }: Limit): string {
  if (isWindow(period)) {
    return `${amount === 100 ? "" : `${percentWords(amount)} of `}the ${WINDOWS[period]} limit`;
  }
  return unit === "usd" ? dollars(amount).replace(/\.00$/, "") : `${compact(amount)} tokens`;
}

/** "$10 a day", or "90% of 5 hours". */
export function limitInPeriodWords(limit: Limit): string {
  const { amount, period } = limit;
  if (!isWindow(period)) return `${limitWords(limit)} a ${period}`;
  return `${percentWords(amount)} of ${period === "five_hour" ? "5 hours" : "7 days"}`;
}

function percentWords(percent: number): string {
  return `${count(Math.floor(percent))}%`;
}

/** $10.42, "≥ $10.42", 5.06M, or 61%. */
export function spentWords(spent: number, unit: Unit, unpricedTokens: number): string {
  if (unit === "percent") return percentWords(spent);
  return unit === "usd" ? money({ totalCost: spent, unpricedTokens }) : compact(spent);
}

const WHEN: Record<CalendarPeriod, string> = {
  day: "today",
  week: "this week",
  month: "this month",
};

/** "over $10 today", or "at 85% of $10 today". */
export function standingWords(
  level: "ok" | "warn" | "over",
  percent: number,
  budget: Limit,
): string {
  const how = level === "over" ? "over" : `at ${percentWords(percent)} of`;
  const when = isWindow(budget.period) ? "" : ` ${WHEN[budget.period]}`;
  return `${how} ${limitWords(budget)}${when}`;
}

/** What a budget is limited to, by the names of the flags. */
export function limitsIn({ source, ...limits }: Scope): [name: string, value: string][] {
  const named = { source: source === NO_SCOPE.source ? null : source, ...limits };
  return Object.entries(named).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
}

/** The command that sets a budget. */
export function budgetCommand({ name, amount, unit, period, ...how }: Budget): string {
  const { warnPercent, countsCache, stops, scope } = how;
  const what = isWindow(period)
    ? ["--limit", period]
    : [
        ...(unit === "usd" ? [] : ["--unit", unit]),
        ...(period === "day" ? [] : ["--period", period]),
      ];
  const limited = limitsIn(scope).map(([flag, value]) => `--${flag}=${value}`);
  const words = [
    ...["ccbooks", "budget", "set", name, "--amount", `${amount}`, ...what],
    ...(warnPercent === USUAL_WARN_PERCENT ? [] : ["--warn", `${warnPercent}`]),
    ...(countsCache ? ["--count-cache"] : []),
    ...(stops ? ["--stop"] : []),
    ...limited,
  ];
  return words.map(shellQuoted).join(" ");
}

/** How much of the limit is used, as a bar of so many columns. */
export function usedBar(percent: number, width: number): string {
  const filled = Math.min(width, Math.floor((percent / 100) * width));
  return "█".repeat(filled) + "░".repeat(width - filled);
}
