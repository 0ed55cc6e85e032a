import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";
import { ALL, askUsage } from "./selection.ts";

/** The names of projects, models or branches with usage, the most expensive or newest first. */
export function readNames(books: Books, by: "project" | "model" | "branch"): string[] {
  if (by === "branch") {
    return query<{ name: string }>(books, "usage/branch_names.sql").map(({ name }) => name);
  }
  return readGroups(books, by).map(({ name }) => name);
}

/** All models by their names, or projects by their slugs, the most expensive first. */
export function readKeys(books: Books, by: "model" | "project"): string[] {
  return readGroups(books, by).map(({ key }) => key);
}

function readGroups(books: Books, by: "model" | "project"): { key: string; name: string }[] {
  return askUsage(books, "usage/groups.sql", ALL, {
    by: [by],
    parameters: { by, within: null },
    after: "ORDER BY totalCost DESC, totalTokens DESC, key",
  });
}
