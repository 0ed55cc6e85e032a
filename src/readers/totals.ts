import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import { ALL, askUsage, askUsageOnce, countUsage } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

/** What the books hold altogether, over all machines and agents. */
export interface Totals extends Spent {
  /** Days with usage. */
  days: number;
  sessions: number;
  firstDate: string | null;
  lastDate: string | null;
  totalTokens: number;
  unpricedModels: { model: string; unpricedTokens: number }[];
}

export function readTotals(books: Books): Totals {
  const { daysWithUsage, firstDate, lastDate, totalTokens, totalCost, unpricedTokens } =
    askUsageOnce<UsageTotals>(books, "usage/totals.sql", ALL);
  const models = askUsage<{ key: string; unpricedTokens: number }>(books, "usage/groups.sql", ALL, {
    by: ["model"],
    parameters: { by: "model", within: null },
    after: "WHERE unpricedTokens > 0 ORDER BY unpricedTokens DESC, key",
  });
  return {
    days: daysWithUsage,
    sessions: countUsage(books, "usage/sessions.sql", ALL),
    ...{ firstDate, lastDate, totalTokens, totalCost, unpricedTokens },
    unpricedModels: models.map(({ key, unpricedTokens: tokens }) => ({
      model: key,
      unpricedTokens: tokens,
    })),
  };
}
