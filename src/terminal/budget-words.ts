import { knownUntil } from "../readers/as-of.ts";
import { isWindow, type Budget } from "../budget.ts";
import { localMinute } from "../dates.ts";
import {
  limitInPeriodWords,
  limitsIn,
  limitWords,
  spentWords,
  standingWords,
  usedBar,
} from "../format/budget-figures.ts";
import { count, styled } from "../format/figures.ts";
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
    limitInPeriodWords(budget),
    `${budget.warnPercent}%`,
    [...scopeWords(budget), ...tokenWords(budget), ...stopWords(budget)].join(", "),
  ]);
  return table(
    [
      { title: "Budget", align: "left" },
      { title: "Limit" },
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
  const drawn = budgetTable(statuses);
  const notes = [
    ...statuses.flatMap((status) => reachedWords(status, timezone)),
    ...unknownWords(statuses, knownUntil(asOf, today), today),
    ...statuses.flatMap(untoldWords),
    ...(statuses.some(({ unpricedTokens }) => unpricedTokens > 0)
      ? ["≥ means at least: some tokens have no known price yet."]
      : []),
    ...(statuses.some(({ budget }) => budget.unit === "tokens" && !budget.countsCache)
      ? ["Tokens without cache reads, unless a budget was set with --count-cache."]
      : []),
  ];
  return notes.length === 0 ? drawn : `${drawn}\n\n${notes.join("\n")}`;
}

/** A table of how each budget stands. */
export function budgetTable(statuses: readonly BudgetStatus[]): string {
  const rows = statuses.map((status) => {
    const { budget, spent, unpricedTokens, percent, level, heading } = status;
    const colour = COLOURS[level];
    return [
      nameOf(budget),
      spentWords(spent, budget.unit, unpricedTokens),
      limitInPeriodWords(budget),
      `${count(Math.floor(percent))}%`,
      styled(colour, usedBar(percent, BAR_WIDTH)),
      heading === null ? "–" : spentWords(heading, budget.unit, 0),
      styled(colour, level),
    ];
  });
  const heads = ["Spent", "Limit", "Used", "", "Heading"].map((title) => ({ title }));
  return table([{ title: "Budget", align: "left" }, ...heads, { title: "", align: "left" }], rows);
}

/** That a budget has come near its limit or reached it, as one sentence. */
export function firedWords(status: BudgetStatus): string {
  const { budget, level, percent, spent, unpricedTokens } = status;
  const sum = spentWords(spent, budget.unit, unpricedTokens);
  return `Budget ${printable(budget.name)} is ${standingWords(level, percent, budget)}: ${sum}; \`ccbooks budget check\` says more.`;
}

function nameOf({ name }: Budget): string {
  return endOf(printable(name), NAME_WIDTH);
}

/** What a budget is limited to. */
function scopeWords({ scope }: Budget): string[] {
  return limitsIn(scope).map(([by, name]) => `${by} ${endOf(printable(name), NAME_WIDTH)}`);
}

function tokenWords({ unit, countsCache }: Budget): string[] {
  if (unit !== "tokens") return [];
  return [countsCache ? "with cache reads" : "without cache reads"];
}

function stopWords({ stops }: Budget): string[] {
  return stops ? ["stops the agent"] : [];
}

/** When a limit is reached that is not yet. */
function reachedWords({ budget, reachedAt }: BudgetStatus, timezone: string): string[] {
  if (reachedAt === null) return [];
  const limit = limitWords(budget);
  const when =
    budget.period === "day"
      ? `at ${localMinute(reachedAt, timezone).slice(11)}`
      : `on ${reachedAt}`;
  return [`At this pace ${nameOf(budget)} reaches ${limit} ${when}.`];
}

/** A window that nothing was told of is unknown, not empty. */
function untoldWords({ budget, since, until }: BudgetStatus): string[] {
  if (!isWindow(budget.period) || since !== until) return [];
  return [
    `Of the limit of ${nameOf(budget)} nothing is known since it was reset; \`ccbooks statusline install\` has Claude Code tell it.`,
  ];
}

/** Days that were never fetched are not zero. */
function unknownWords(statuses: readonly BudgetStatus[], known: string, today: string): string[] {
  const isMissed = statuses.some(({ since }) => known < today && since <= today);
  return isMissed
    ? [`What was spent after ${known} is unknown; run \`ccbooks fetch\` for it.`]
    : [];
}
