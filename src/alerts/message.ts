import type { Period, Scope, Unit } from "../budget.ts";
import { limitWords, spentWords, standingWords, usedBar } from "../format/budget-figures.ts";
import { count, dollars } from "../format/figures.ts";
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

export function messageOf(alert: Alert): Message {
  const { budget, level, percent, period, unit } = alert;
  const limit = { amount: alert.limit, unit, period };
  const sum = spentWords(alert.spent, unit, alert.unpricedTokens);
  const spent = unit === "tokens" ? `${sum} tokens` : sum;
  const test = alert.isTest ? "A test: " : "";
  const subject = `${test}${printable(budget)} is ${standingWords(level, percent, limit)}: ${spent}`;
  const scope = Object.entries(alert.scope).flatMap(([by, name]) =>
    name === null ? [] : [`${by} ${printable(name)}`],
  );
  const rose = alert.rose.map(({ by, name, rise }) => `${by} ${printable(name)} +${dollars(rise)}`);
  const lines = [
    `${spent} of ${limitWords(limit)} (${count(Math.floor(percent))}%)  ${usedBar(percent, BAR_WIDTH)}`,
    ...(scope.length === 0 ? [] : [`Of ${scope.join(", ")}.`]),
    ...(alert.unpricedTokens === 0
      ? []
      : [`At least: ${count(alert.unpricedTokens)} tokens have no known price yet.`]),
    ...(rose.length === 0 ? [] : [`What rose in 7 days: ${rose.join(" · ")}`]),
    "Look with `ccbooks budget check` and `ccbooks stats`. Costs are estimates at list price.",
  ];
  return { subject, lines, text: [subject, ...lines].join("\n") };
}
