import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** The days of a machine of which ccusage's figure is not the sum of the calls. */
export function readDiffering(books: Books, machine: string): string[] {
  return query<{ date: string }>(books, "doctor/differing.sql", { machine }).map(
    ({ date }) => date,
  );
}
