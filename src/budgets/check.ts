import { warnThreshold } from "../budget.ts";
import { fireBudget, type BudgetEvent } from "../ledger/budgets.ts";
import { queueDeliveries } from "../ledger/deliveries.ts";
import type { Books } from "../ledger/open.ts";
import { readBudgetStatuses, type BudgetStatus } from "../readers/budgets.ts";

/** A budget of which nobody has been told yet that it came so far. */
export interface FiredBudget {
  status: BudgetStatus;
  event: BudgetEvent;
}

/**
 * Looks at every budget, and notes which have come near their limit or reached it. Each is told once a period and
 * level, and at most once in 24 hours.
 * @param now milliseconds since 1970
 * @param channels who is to be told
 */
export function checkBudgets(
  books: Books,
  { timezone, now, channels }: { timezone: string; now: number; channels: readonly string[] },
): FiredBudget[] {
  const check = books.transaction((): FiredBudget[] => {
    const { statuses } = readBudgetStatuses(books, { now, timezone });
    return statuses.flatMap((status) => {
      const event = eventOf(status, new Date(now).toISOString());
      if (event === undefined || !fireBudget(books, event)) return [];
      queueDeliveries(books, event, channels);
      return [{ status, event }];
    });
  });
  return check.immediate();
}

function eventOf(status: BudgetStatus, firedAt: string): BudgetEvent | undefined {
  const { budget, since, level, spent, unpricedTokens } = status;
  if (level === "ok") return undefined;
  const threshold = level === "over" ? budget.amount : warnThreshold(budget);
  return {
    ...{ budget: budget.name, periodStart: since, level, threshold },
    ...{ spent, unpricedTokens, firedAt },
  };
}
