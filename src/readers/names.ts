import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";
import { ALL, askUsage } from "./selection.ts";

/** How many names are enough to find the one that was meant. */
const MOST = 1000;

/** The names of projects, models or branches with usage, the most expensive or newest first. */
export function readNames(books: Books, by: "project" | "model" | "branch"): string[] {
  if (by === "branch") {
    return query<{ name: string }>(books, "usage/branch_names.sql").map(({ name }) => name);
  }
  const rows = askUsage<{ name: string }>(books, "groups.sql", ALL, {
    by: [by],
    parameters: { by, within: null },
    after: `ORDER BY totalCost DESC, name LIMIT ${MOST}`,
  });
  return rows.map(({ name }) => name);
}

/** All models by their names, or projects by their slugs, the most expensive first. */
export function readKeys(books: Books, by: "model" | "project"): string[] {
  const rows = askUsage<{ key: string }>(books, "groups.sql", ALL, {
    by: [by],
    parameters: { by, within: null },
    after: "ORDER BY totalCost DESC, totalTokens DESC, key",
  });
  return rows.map(({ key }) => key);
}
