import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** A figure that changed after its day, or because it was counted again. Costs are USD. */
export interface Revision {
  date: string;
  machine: string;
  /** ISO 8601 UTC. */
  revisedAt: string;
  /** Why, in a few words. */
  reason: string;
  detail: string | null;
  tokensBefore: number;
  costBefore: number | null;
  tokensAfter: number;
  costAfter: number | null;
}

/** Those since an instant, ISO 8601 UTC. */
export function readRevisions(books: Books, since: string): Revision[] {
  return query(books, "revisions/since.sql", { since });
}
