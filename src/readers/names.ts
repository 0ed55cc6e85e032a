import type { Books } from "../ledger/open.ts";
import type { Source } from "../usage.ts";
import { query } from "./query.ts";
import { ALL, askUsage } from "./selection.ts";

/** The names of projects, models or branches with usage, the most expensive or newest first. */
export function readNames(books: Books, by: "project" | "model" | "branch"): string[] {
  if (by === "branch") {
    return query<{ name: string }>(books, "usage/branch_names.sql").map(({ name }) => name);
  }
  return readGroups(books, by, ALL.source).map(({ name }) => name);
}

/** All models of a source by their names, or projects by their slugs, the most expensive first. */
export function readKeys(books: Books, by: "model" | "project", source: Source): string[] {
  return readGroups(books, by, source).map(({ key }) => key);
}

function readGroups(
  books: Books,
  by: "model" | "project",
  source: Source,
): { key: string; name: string }[] {
  return askUsage(
    books,
    "usage/groups.sql",
    { ...ALL, source },
    {
      by: [by],
      parameters: { by, within: null },
      after: "ORDER BY totalCost DESC, totalTokens DESC, key",
    },
  );
}
