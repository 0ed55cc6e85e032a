import type { Books } from "../ledger/open.ts";
import type { Tokens } from "../usage.ts";
import { query } from "./query.ts";

export interface CallsOfDay extends Tokens {
  date: string;
  model: string;
}

/** The tokens of all calls, as ccusage's daily report would have them. */
export function readCallsByDay(books: Books): CallsOfDay[] {
  return query(books, "audit/calls_by_day.sql");
}

/** How many calls of some books are not in others. */
export function countMissing(some: Books, others: Books): number {
  const find = others
    .prepare<[number, number], 1>("SELECT 1 FROM call WHERE message = ? AND request = ?")
    .pluck();
  const all = some.prepare<[], [message: number, request: number]>(
    "SELECT message, request FROM call",
  );
  let missing = 0;
  for (const [message, request] of all.raw().iterate()) {
    if (find.get(message, request) === undefined) missing += 1;
  }
  return missing;
}
