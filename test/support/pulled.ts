import type { Home } from "./home.ts";

/** The tables that a pull fills. */
const TABLES = [
  ...["api_usage", "api_usage_day", "api_cost", "claude_code_usage"],
  ...["claude_code_model_usage", "api_pull"],
];

/** All that was pulled, row by row, but when. */
export function pulled(home: Pick<Home, "query">): string {
  return TABLES.flatMap((table) => [
    table,
    ...home
      .query<Record<string, unknown>>(`SELECT * FROM ${table}`)
      .map(({ pulled_at: _, ...row }) => JSON.stringify(row))
      .toSorted(),
  ]).join("\n");
}
