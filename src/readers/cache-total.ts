import type { Books } from "../ledger/open.ts";
import { askUsage, type Selection } from "./selection.ts";

/** What the cache did for a selection. Savings are USD at list price, at most; null where no rate is known. */
export interface CacheTotal {
  hitRate: number | null;
  readSavings: number | null;
  writePremium: number | null;
  netSavings: number | null;
  /** Tokens of models whose rates are unknown. */
  unknownTokens: number;
}

/** Null where there is no usage. */
export function readCacheTotal(books: Books, selection: Selection): CacheTotal | null {
  const [total] = askUsage<CacheTotal>(books, "usage/cache.sql", selection, {
    by: ["model"],
    parameters: { by: "all" },
  });
  return total ?? null;
}
