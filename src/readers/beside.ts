import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import { onlyRow } from "./query.ts";

/** What was called beside the conversations: such as for their titles. */
export interface Beside extends Spent {
  calls: number;
}

/** @param range dates, YYYY-MM-DD, both included */
export function readBeside(books: Books, range: { since: string; until: string }): Beside {
  return onlyRow(books, "telemetry/beside.sql", range);
}
