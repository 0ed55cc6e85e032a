import type { Books } from "../ledger/open.ts";
import { onlyRow, query } from "./query.ts";

/** What the books hold altogether, over all machines and agents. Costs are USD at list price. */
export interface Totals {
  /** Days with usage. */
  days: number;
  sessions: number;
  firstDate: string | null;
  lastDate: string | null;
  totalTokens: number;
  /** Null when nothing has a known price. */
  totalCost: number | null;
  unpricedTokens: number;
  unpricedModels: { model: string; unpricedTokens: number }[];
}

export function readTotals(books: Books): Totals {
  return {
    ...onlyRow<Omit<Totals, "unpricedModels">>(books, "stats/totals.sql"),
    unpricedModels: query(books, "stats/unpriced.sql"),
  };
}
