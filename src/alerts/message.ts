import type { Period, Scope, Unit } from "../budget.ts";
import { compact, count, dollars, money } from "../format/figures.ts";
import { printable } from "../format/printable.ts";

/** What somebody is told: that a budget has come near its limit, or reached it. All texts are printable. */
export interface Alert {
  budget: string;
  level: "warn" | "over";
  unit: Unit;
  limit: number;
  spent: number;
  /** Above zero: what was spent is "at least". */
  unpricedTokens: number;
  percent: number;
  period: Period;
  periodStart: string;
  scope: Scope;
  firedAt: string;
  /** What cost most more in the last 7 whole days than in the 7 before, in USD. */
  rose: { by: string; name: string; rise: number }[];
  /** True of `ccbooks alert test`. */
  isTest: boolean;
}

/** An alert in the words of a message. */
export interface Message {
  subject: string;
  /** Lines, the subject not among them. */
  lines: string[];
  /** All of it. */
  text: string;
}

const BAR_WIDTH = 20;

const WHEN = { day: "today", week: "this week", month: "this month" };

export function messageOf(alert: Alert): Message {
  const { budget, level, percent, period, unit } = alert;
  const limit = amountWords(alert.limit, unit);
  const how = level === "over" ? "over" : `at ${count(Math.floor(percent))}% of`;
  const test = alert.isTest ? "A test: " : "";
  const subject = `${test}${printable(budget)} is ${how} ${limit} ${WHEN[period]}: ${spentWords(alert)}`;
  const scope = Object.entries(alert.scope).flatMap(([by, name]) =>
    name === null ? [] : [`${by} ${printable(name)}`],
  );
  const rose = alert.rose.map(({ by, name, rise }) => `${by} ${printable(name)} +${dollars(rise)}`);
  const lines = [
    `${spentWords(alert)} of ${limit} (${count(Math.floor(percent))}%)  ${barOf(percent)}`,
    ...(scope.length === 0 ? [] : [`Of ${scope.join(", ")}.`]),
    ...(alert.unpricedTokens === 0
      ? []
      : [`At least: ${count(alert.unpricedTokens)} tokens have no known price yet.`]),
    ...(rose.length === 0 ? [] : [`What rose in 7 days: ${rose.join(" · ")}`]),
    "Look with `ccbooks budget check` and `ccbooks stats`. Costs are estimates at list price.",
  ];
  return { subject, lines, text: [subject, ...lines].join("\n") };
}

function amountWords(amount: number, unit: Unit): string {
  return unit === "usd" ? dollars(amount).replace(/\.00$/, "") : `${compact(amount)} tokens`;
}

function spentWords({ spent, unit, unpricedTokens }: Alert): string {
  return unit === "usd" ? money({ totalCost: spent, unpricedTokens }) : amountWords(spent, unit);
}

function barOf(percent: number): string {
  const filled = Math.min(BAR_WIDTH, Math.floor((percent / 100) * BAR_WIDTH));
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}
