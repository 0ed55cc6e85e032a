import type { Books } from "./books.ts";
import { sumUp } from "./seed-tables.ts";

/** The tables that are sums, and how the key of a row is written. */
const SUMMED = {
  daily_usage: "date || ' ' || agent || ' ' || machine",
  model_breakdown: "date || ' ' || model_name || ' ' || agent || ' ' || machine",
  project_usage: "date || ' ' || project_path || ' ' || agent || ' ' || machine",
  usage_cell: "date || ' ' || project_path || ' ' || model_name || ' ' || agent || ' ' || machine",
  session_usage: "session_id || ' ' || agent || ' ' || machine",
} as const;

type SummedTable = keyof typeof SUMMED;

const TABLES = Object.keys(SUMMED).filter((name): name is SummedTable => name in SUMMED);

/** What does not tell a row from a right one. */
const WHEN = "fetched_at";

/**
 * Makes all sums anew from what was counted.
 * @returns what differed, a line a row: table, key and what was wrong. Empty when nothing did.
 */
export function sumUpAll(books: Books, at: string): string[] {
  return books.transaction(() => makeAnew(books, at)).immediate();
}

/** What `sumUpAll` would change, without changing it. The books must be open for writing. */
export function inconsistencies(books: Books): string[] {
  let found: string[] = [];
  const dryRun = books.transaction(() => {
    found = makeAnew(books, "");
    throw new DryRun();
  });
  try {
    dryRun.immediate();
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  return found;
}

/** Thrown to roll a transaction back on purpose. */
class DryRun extends Error {}

function makeAnew(books: Books, at: string): string[] {
  for (const table of TABLES) {
    books.exec(`CREATE TEMP TABLE old_${table} AS SELECT * FROM main.${table}`);
  }
  // All of them by name: a tool with foreign keys off may have left rows that no day owns.
  for (const table of TABLES) books.exec(`DELETE FROM main.${table}`);
  const sessionDays = books.prepare<[], number>("SELECT id FROM session_day").pluck().all();
  const saved = books
    .prepare<[string], string>("SELECT DISTINCT subject FROM saved_usage WHERE kind = ?")
    .pluck();
  const changed = {
    sessionDays,
    saved: { days: saved.all("day"), sessions: saved.all("session") },
  };
  sumUp(books, changed, at);
  const found = TABLES.flatMap((table) => compare(books, table));
  for (const table of TABLES) books.exec(`DROP TABLE temp.old_${table}`);
  return found;
}

function compare(books: Books, table: SummedTable): string[] {
  const columns = books
    .prepare<[string], string>("SELECT name FROM pragma_table_info(?)")
    .pluck()
    .all(table)
    .filter((name) => name !== WHEN)
    .join(", ");
  const only = (one: string, other: string): Set<string> =>
    new Set(
      books
        .prepare<[], string>(
          `SELECT ${SUMMED[table]} FROM (SELECT ${columns} FROM ${one} EXCEPT SELECT ${columns} FROM ${other})`,
        )
        .pluck()
        .all(),
    );
  const stale = only(`temp.old_${table}`, `main.${table}`);
  const fresh = only(`main.${table}`, `temp.old_${table}`);
  return [...new Set([...stale, ...fresh])].toSorted().map((key) => {
    if (!fresh.has(key)) return `${table} ${key}: no call explains it`;
    return `${table} ${key}: ${stale.has(key) ? "other figures" : "was missing"}`;
  });
}
