import type { Budget } from "../budget.ts";
import type { Books } from "./books.ts";

/** When somebody is told: near the limit, or at it. */
export const LEVELS = ["warn", "over"] as const;

export type Level = (typeof LEVELS)[number];

/** A budget has come near its limit, or reached it. */
export interface BudgetEvent {
  budget: string;
  /** YYYY-MM-DD; of a limit of the plan an instant. */
  periodStart: string;
  level: Level;
  /** What was reached, in the budget's unit. */
  threshold: number;
  spent: number;
  unpricedTokens: number;
  /** ISO 8601 UTC. */
  firedAt: string;
}

/** A row of `budget`. */
export interface BudgetRow extends Omit<Budget, "countsCache" | "stops" | "scope"> {
  countsCache: 0 | 1;
  stops: 0 | 1;
  source: Budget["scope"]["source"];
  project: string | null;
  model: string | null;
  branch: string | null;
  machine: string | null;
  agent: string | null;
  changedAt: string;
  removedAt: string | null;
}

/** Sets a budget, in place of the one of that name. `changedAt` is ISO 8601 UTC. */
export function setBudget(books: Books, budget: Budget, changedAt: string): void {
  const { scope, countsCache, stops, ...own } = budget;
  keepBudget(books, {
    ...own,
    ...scope,
    ...{ countsCache: countsCache ? 1 : 0, stops: stops ? 1 : 0 },
    ...{ changedAt, removedAt: null },
  });
}

/** Makes sure that the books have a budget as it was set or removed last, whichever copy says so. */
export function keepBudget(books: Books, row: BudgetRow): void {
  books
    .prepare<[BudgetRow]>(
      `INSERT INTO budget (
         name, amount, unit, period, warn_percent, counts_cache, stops, source, project, model,
         branch, machine, agent, changed_at, removed_at)
       VALUES (
         @name, @amount, @unit, @period, @warnPercent, @countsCache, @stops, @source, @project,
         @model, @branch, @machine, @agent, @changedAt, @removedAt)
       ON CONFLICT (name) DO UPDATE SET
         amount = excluded.amount, unit = excluded.unit, period = excluded.period,
         warn_percent = excluded.warn_percent, counts_cache = excluded.counts_cache,
         stops = excluded.stops, source = excluded.source, project = excluded.project, model = excluded.model, branch = excluded.branch,
         machine = excluded.machine, agent = excluded.agent, changed_at = excluded.changed_at,
         removed_at = excluded.removed_at
       WHERE ${versionOf("budget")} < ${versionOf("excluded")}`,
    )
    .run(row);
}

/** What decides which of two copies counts: the time, and the rest so that both merges agree. */
function versionOf(table: "budget" | "excluded"): string {
  const scope = ["project", "model", "branch", "machine", "agent", "removed_at"];
  const columns = [
    ...[
      "changed_at",
      "amount",
      "unit",
      "period",
      "warn_percent",
      "counts_cache",
      "stops",
      "source",
    ],
    ...scope,
  ].map((column) =>
    scope.includes(column) ? `COALESCE(${table}.${column}, '')` : `${table}.${column}`,
  );
  return `(${columns.join(", ")})`;
}

/** @returns whether there was one. */
export function removeBudget(books: Books, name: string, removedAt: string): boolean {
  const { changes } = books
    .prepare<[{ name: string; removedAt: string }]>(
      `UPDATE budget SET removed_at = @removedAt, changed_at = @removedAt
       WHERE name = @name AND removed_at IS NULL`,
    )
    .run({ name, removedAt });
  return changes > 0;
}

/** Whether there is any budget: all that a fetch asks where nobody set one. */
export function hasBudgets(books: Books): boolean {
  return books.prepare("SELECT 1 FROM budget WHERE removed_at IS NULL LIMIT 1").get() !== undefined;
}

/**
 * Notes an event, unless it has been told: of this period, or in the last 24 hours, at this threshold or a higher
 * one. So each is told once, a raised limit is told of again, and a lowered one is not.
 * @returns whether it is new.
 */
export function fireBudget(books: Books, event: BudgetEvent): boolean {
  const { changes } = books
    .prepare<[BudgetEvent]>(
      `INSERT INTO budget_event (
         budget, period_start, level, threshold, spent, unpriced_tokens, fired_at)
       SELECT @budget, @periodStart, @level, @threshold, @spent, @unpricedTokens, @firedAt
       WHERE NOT EXISTS (
         SELECT 1 FROM budget_event
         WHERE budget = @budget AND level = @level AND threshold >= @threshold
           -- Another machine's clock may be ahead.
           AND (period_start = @periodStart OR ABS(julianday(fired_at) - julianday(@firedAt)) < 1))`,
    )
    .run(event);
  return changes > 0;
}

/** Takes in an event of other books: of two that tell the same the earlier stays. */
export function keepBudgetEvent(books: Books, event: BudgetEvent): void {
  books
    .prepare<[BudgetEvent]>(
      `INSERT INTO budget_event (
         budget, period_start, level, threshold, spent, unpriced_tokens, fired_at)
       VALUES (@budget, @periodStart, @level, @threshold, @spent, @unpricedTokens, @firedAt)
       ON CONFLICT DO UPDATE SET
         spent = excluded.spent, unpriced_tokens = excluded.unpriced_tokens,
         fired_at = excluded.fired_at
       WHERE (excluded.fired_at, excluded.spent, excluded.unpriced_tokens)
         < (budget_event.fired_at, budget_event.spent, budget_event.unpriced_tokens)`,
    )
    .run(event);
}
