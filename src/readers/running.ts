import { addDays, dayAt } from "../dates.ts";
import type { Books } from "../ledger/open.ts";
import { readAsOf, type AsOf } from "./as-of.ts";
import { readBudgetStatuses, type BudgetStatus } from "./budgets.ts";
import { ALL, askUsage, askUsageOnce } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";
import { readTable, usualOrder, type TableRow } from "./tables.ts";

/** So far back a session's calls make its pace, in minutes. */
export const LATELY = 15;

/** A session with calls in the last quarter of an hour. Costs are USD. */
export interface RunningSession {
  sessionId: string;
  title: string | null;
  project: string;
  /** Of the last call. */
  branch: string | null;
  model: string;
  machine: string;
  /** ISO 8601 UTC. */
  lastCallAt: string;
  calls: number;
  /** At the pace of the last quarter of an hour; null where no price is known. */
  costPerHour: number | null;
  unpricedTokensLately: number;
  /** Of the whole session. */
  totalCost: number | null;
  unpricedTokens: number;
}

type RunningRow = RunningSession & {
  costPerHourOfAll: number | null;
  unpricedTokensOfAll: number;
};

/** What is going on. */
export interface Running {
  /** ISO 8601 UTC. */
  at: string;
  asOf: AsOf;
  today: UsageTotals;
  /** The 5-hour windows that are not over, of each machine, as `ccbooks stats blocks` has them. */
  blocks: TableRow[];
  /** The most expensive first. */
  sessions: RunningSession[];
  /** Of all of them. */
  costPerHour: number;
  unpricedTokensLately: number;
  budgets: BudgetStatus[];
}

/** @param now milliseconds since 1970 */
export function readRunning(
  books: Books,
  { now, timezone }: { now: number; timezone: string },
): Running {
  const { date } = dayAt(now, timezone);
  const today = { ...ALL, since: date, until: date };
  // Of a quarter of an hour that began yesterday.
  const lately = { ...ALL, since: addDays(date, -1), until: addDays(date, 1) };
  const rows = askUsage<RunningRow>(books, "usage/running.sql", lately, {
    by: ["project", "model", "session", "branch", "instant"],
    parameters: { from: now - LATELY * 60_000, now },
    after: "ORDER BY costPerHour DESC, sessionId",
  });
  const [first] = rows;
  return {
    at: new Date(now).toISOString(),
    asOf: readAsOf(books, ALL, timezone),
    today: askUsageOnce<UsageTotals>(books, "usage/totals.sql", today),
    blocks: currentBlocks(books, date, timezone),
    sessions: rows.map(({ costPerHourOfAll: _, unpricedTokensOfAll: __, ...session }) => session),
    costPerHour: first?.costPerHourOfAll ?? 0,
    unpricedTokensLately: first?.unpricedTokensOfAll ?? 0,
    budgets: readBudgetStatuses(books, { now, timezone }).statuses,
  };
}

function currentBlocks(books: Books, today: string, timezone: string): TableRow[] {
  const { rows } = readTable(books, "blocks", {
    selection: { ...ALL, since: addDays(today, -1), until: today },
    ...{ order: usualOrder("blocks"), limit: null, timezone },
  });
  return rows.filter(({ minutesLeft }) => minutesLeft !== null);
}
