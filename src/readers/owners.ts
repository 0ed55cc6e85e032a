import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";

/** Whose usage it is. */
export interface Owner {
  machine: string;
  agent: string;
}

/** Everyone whose usage the books hold. */
export function readOwners(books: Books): Owner[] {
  return query(books, "usage/owners.sql");
}
