import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import { onlyRow } from "./query.ts";

/** What the books hold of sessions whose transcripts have been deleted. */
export interface Kept extends Spent {
  days: number;
  totalTokens: number;
}

/** @param range dates, YYYY-MM-DD, both included */
export function readKept(books: Books, range = { since: "0000-01-01", until: "9999-12-31" }): Kept {
  return onlyRow(books, "usage/kept.sql", range);
}
