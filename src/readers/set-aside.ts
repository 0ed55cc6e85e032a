import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** Lines with usage that were not let in. */
export interface SetAside {
  path: string;
  /** In a few words. */
  reason: string;
  lines: number;
}

/** Of the transcripts of a machine that are still there. */
export function readSetAside(books: Books, machine: string): SetAside[] {
  return query(books, "doctor/set_aside.sql", { machine });
}
