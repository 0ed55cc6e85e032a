import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** A machine, and how much the books have of it. The names are a promise to whoever reads `--json`. */
export interface MachineSummary {
  /** What the tables show: the name, and a part of the id where another machine has the name too. */
  label: string;
  name: string;
  uid: string;
  /** IANA name: where its days begin. */
  timezone: string;
  /** Kept in the books, replays included. */
  calls: number;
  sessions: number;
  /** When its last good fetch ended: ISO 8601 UTC; null where it never fetched into these books. */
  lastFetchAt: string | null;
}

/** Every machine that the books know. */
export function readMachines(books: Books): MachineSummary[] {
  return query(books, "machine/list.sql");
}
