import { knownUntil } from "../readers/as-of.ts";
import type { Budget, Unit } from "../budget.ts";
import { inZone } from "../dates.ts";
import { compact, count, dollars, money, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { BudgetStatus, BudgetStatuses } from "../readers/budgets.ts";
import { table } from "./table.ts";

/** What a name may take of the 80 columns. */
const NAME_WIDTH = 14;

const BAR_WIDTH = 8;

const COLOURS = { ok: "green", warn: "yellow", over: "red" } as const;

/** The budgets as they were set. */
export function budgetsWords(budgets: readonly Budget[]): string {
  if (budgets.length === 0)
    return "There are no budgets so far; `ccbooks budget init` proposes some.";
  const rows = budgets.map((budget) => [
    nameOf(budget),
    limitWords(budget),
    `a ${budget.period}`,
    `${budget.warnPercent}%`,
    [...scopeWords(budget), ...tokenWords(budget)].join(", "),
  ]);
  return table(
    [
      { title: "Budget", align: "left" },
      { title: "Limit" },
      { title: "", align: "left" },
      { title: "Warns at" },
      { title: "Of", align: "left" },
    ],
    rows,
  );
}

/**
 * How each budget stands, and what there is to know of it.
 * @param today the local date of `timezone`
 */
export function budgetCheckWords(
  { statuses, asOf }: BudgetStatuses,
  { today, timezone }: { today: string; timezone: string },
): string {
  if (statuses.length === 0) return budgetsWords([]);
  const rows = statuses.map((status) => {
    const { budget, percent, level, heading } = status;
    const colour = COLOURS[level];
    return [
      nameOf(budget),
      spentWords(status),
      `${limitWords(budget)} a ${budget.period}`,
      `${count(Math.floor(percent))}%`,
      styled(colour, bar(percent)),
      heading === null ? "–" : sumWords(heading, budget.unit),
      styled(colour, level),
    ];
  });
  const heads = ["Spent", "Limit", "Used", "", "Heading"].map((title) => ({ title }));
  const drawn = table(
    [{ title: "Budget", align: "left" }, ...heads, { title: "", align: "left" }],
    rows,
  );
  const notes = [
    ...statuses.flatMap((status) => reachedWords(status, timezone)),
    ...unknownWords(statuses, knownUntil(asOf, today), today),
    ...(statuses.some(({ unpricedTokens }) => unpricedTokens > 0)
      ? ["≥ means at least: some tokens have no known price yet."]
      : []),
    ...(statuses.some(({ budget }) => budget.unit === "tokens" && !budget.countsCache)
      ? ["Tokens without cache reads, unless a budget was set with --count-cache."]
      : []),
  ];
  return notes.length === 0 ? drawn : `${drawn}\n\n${notes.join("\n")}`;
}

/** That a budget has come near its limit or reached it, as one sentence. */
export function firedWords(status: BudgetStatus): string {
  const { budget, level } = status;
  const limit = limitWords(budget);
  const when = { day: "today", week: "this week", month: "this month" }[budget.period];
  const how =
    level === "over" ? `over ${limit}` : `at ${count(Math.floor(status.percent))}% of ${limit}`;
  return `Budget ${printable(budget.name)} is ${how} ${when}: ${spentWords(status)}; \`ccbooks budget check\` says more.`;
}

/** $10, or "7.5M tokens". */
function limitWords({ amount, unit }: Budget): string {
  return unit === "usd" ? dollars(amount).replace(/\.00$/, "") : `${sumWords(amount, unit)} tokens`;
}

/** $10.42, or 5.06M. */
function sumWords(sum: number, unit: Unit): string {
  return unit === "usd" ? dollars(sum) : compact(sum);
}

function spentWords({ spent, unpricedTokens, budget }: BudgetStatus): string {
  return budget.unit === "usd"
    ? money({ totalCost: spent, unpricedTokens })
    : sumWords(spent, budget.unit);
}

function nameOf({ name }: Budget): string {
  return endOf(printable(name), NAME_WIDTH);
}

/** What a budget is limited to. */
function scopeWords({ scope }: Budget): string[] {
  return Object.entries(scope).flatMap(([by, name]) =>
    name === null ? [] : [`${by} ${endOf(printable(name), NAME_WIDTH)}`],
  );
}

function tokenWords({ unit, countsCache }: Budget): string[] {
  if (unit === "usd") return [];
  return [countsCache ? "with cache reads" : "without cache reads"];
}

function bar(percent: number): string {
  const filled = Math.min(BAR_WIDTH, Math.floor((percent / 100) * BAR_WIDTH));
  return "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
}

/** When a limit is reached that is not yet. */
function reachedWords({ budget, reachedAt }: BudgetStatus, timezone: string): string[] {
  if (reachedAt === null) return [];
  const limit = limitWords(budget);
  const when = budget.period === "day" ? `at ${timeOf(reachedAt, timezone)}` : `on ${reachedAt}`;
  return [`At this pace ${nameOf(budget)} reaches ${limit} ${when}.`];
}

function timeOf(instant: string, timezone: string): string {
  return inZone(timezone, () => new Date(instant).toTimeString().slice(0, 5));
}

/** Days that were never fetched are not zero. */
function unknownWords(statuses: readonly BudgetStatus[], known: string, today: string): string[] {
  const isMissed = statuses.some(({ since }) => known < today && since <= today);
  return isMissed
    ? [`What was spent after ${known} is unknown; run \`ccbooks fetch\` for it.`]
    : [];
}
