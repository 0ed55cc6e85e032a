import type { Budget, Period, Unit } from "../budget.ts";
import { compact, count, dollars, money } from "./figures.ts";

/** How a budget's figures are written, in the terminal, in a message and in the status line. */

/** $10, or "7.5M tokens". */
export function limitWords({ amount, unit }: Pick<Budget, "amount" | "unit">): string {
  return unit === "usd" ? dollars(amount).replace(/\.00$/, "") : `${compact(amount)} tokens`;
}

/** $10.42, "≥ $10.42", or 5.06M. */
export function spentWords(spent: number, unit: Unit, unpricedTokens: number): string {
  return unit === "usd" ? money({ totalCost: spent, unpricedTokens }) : compact(spent);
}

const WHEN: Record<Period, string> = { day: "today", week: "this week", month: "this month" };

/** "over $10 today", or "at 85% of $10 today". */
export function standingWords(
  level: "ok" | "warn" | "over",
  percent: number,
  budget: Pick<Budget, "amount" | "unit" | "period">,
): string {
  const how = level === "over" ? "over" : `at ${count(Math.floor(percent))}% of`;
  return `${how} ${limitWords(budget)} ${WHEN[budget.period]}`;
}

/** How much of the limit is used, as a bar of so many columns. */
export function usedBar(percent: number, width: number): string {
  const filled = Math.min(width, Math.floor((percent / 100) * width));
  return "█".repeat(filled) + "░".repeat(width - filled);
}
