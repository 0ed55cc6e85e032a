import type { Period, Scope, Unit } from "../budget.ts";
import {
  limitsIn,
  limitWords,
  spentWords,
  standingWords,
  usedBar,
} from "../format/budget-figures.ts";
import { count, dollars, money } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { RunningSession } from "../readers/running.ts";

/** What somebody is told. */
export type Alert = BudgetAlert | PaceAlert;

/** A budget has come near its limit, or reached it. All texts are printable. */
export interface BudgetAlert {
  type: "budget";
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

/** `ccbooks watch` saw that the pace, or what a session cost, came to its limit. */
export interface PaceAlert {
  type: "burn" | "session";
  level: "over";
  /** USD an hour, or USD. */
  limit: number;
  spent: number;
  /** Above zero: what was spent is "at least". */
  unpricedTokens: number;
  percent: number;
  /** Those responsible, the most expensive first. */
  sessions: RunningSession[];
  firedAt: string;
  isTest: false;
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
  const { subject, lines } = alert.type === "budget" ? budgetMessage(alert) : paceMessage(alert);
  return { subject, lines, text: [subject, ...lines].join("\n") };
}

type Words = Omit<Message, "text">;

function budgetMessage(alert: BudgetAlert): Words {
  const { budget, level, percent, period, unit } = alert;
  const limit = { amount: alert.limit, unit, period };
  const sum = spentWords(alert.spent, unit, alert.unpricedTokens);
  const spent = unit === "tokens" ? `${sum} tokens` : sum;
  const test = alert.isTest ? "A test: " : "";
  const subject = `${test}${printable(budget)} is ${standingWords(level, percent, limit)}: ${spent}`;
  const scope = limitsIn(alert.scope).map(([by, name]) => `${by} ${printable(name)}`);
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
  return { subject, lines };
}

/** How many sessions a message names. */
const NAMED = 5;

function paceMessage({ type, spent, limit, unpricedTokens, percent, sessions }: PaceAlert): Words {
  const sum = money({ totalCost: spent, unpricedTokens });
  const [first] = sessions;
  const subject =
    type === "burn"
      ? `${sum} an hour is over ${dollars(limit)} an hour`
      : `session ${first?.sessionId.slice(0, 8) ?? ""} is over ${dollars(limit)}: ${sum}`;
  const more = sessions.length - NAMED;
  const lines = [
    `${sum} of ${dollars(limit)}${type === "burn" ? " an hour" : ""} (${count(Math.floor(percent))}%)  ${usedBar(percent, BAR_WIDTH)}`,
    ...sessions.slice(0, NAMED).map(sessionWords),
    ...(more > 0 ? [`And ${count(more)} more.`] : []),
    ...(unpricedTokens === 0
      ? []
      : [`At least: ${count(unpricedTokens)} tokens have no known price yet.`]),
    "Look with `ccbooks watch` and `ccbooks session`. Costs are estimates at list price.",
  ];
  return { subject, lines };
}

function sessionWords(session: RunningSession): string {
  const { sessionId, project, branch, model, costPerHour, unpricedTokensLately } = session;
  const pace = money({ totalCost: costPerHour, unpricedTokens: unpricedTokensLately });
  const where = [project, ...(branch === null ? [] : [branch]), model].map(printable).join(" · ");
  return `${sessionId.slice(0, 8)} ${where}: ${pace} an hour, ${money(session)} in all`;
}
