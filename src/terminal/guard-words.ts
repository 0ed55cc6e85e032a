import type { Budget } from "../budget.ts";
import { localMinute } from "../dates.ts";
import { limitInPeriodWords } from "../format/budget-figures.ts";
import { printable } from "../format/printable.ts";

/** @param offUntil ISO 8601 UTC */
export function offWords(offUntil: string, timezone: string): string {
  return `The guard is off until ${localMinute(offUntil, timezone)}; \`ccbooks guard on\` ends that.`;
}

/** Whether agents are stopped, and at which budgets. */
export function guardWords({
  isInstalled,
  offUntil,
  budgets,
  timezone,
}: {
  isInstalled: boolean;
  /** ISO 8601 UTC; null: it is on. */
  offUntil: string | null;
  /** Those that stop. */
  budgets: readonly Budget[];
  timezone: string;
}): string {
  const isOff = offUntil !== null && new Date().toISOString() < offUntil;
  const limits = budgets.map(
    (budget) => `${printable(budget.name)} (${limitInPeriodWords(budget)})`,
  );
  return [
    isInstalled
      ? "Claude Code asks the guard before an agent goes on."
      : "Claude Code does not ask the guard; `ccbooks guard install` has it do so.",
    ...(isOff ? [offWords(offUntil, timezone)] : []),
    limits.length === 0
      ? "No budget stops an agent so far; `ccbooks budget set NAME --amount 10 --stop` makes one."
      : `It stops an agent that is over ${limits.join(", ")}.`,
  ].join("\n");
}
