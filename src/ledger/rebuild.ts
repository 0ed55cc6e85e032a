import type { Books } from "./open.ts";
import { subjectKey, type Reading } from "./readings.ts";
import { settler } from "./seed-tables.ts";

const seedTables = [
  "daily_usage",
  "model_breakdown",
  "project_usage",
  "usage_cell",
  "session_usage",
] as const;

/** How the key of each seed table is written in a difference. */
const keys: Record<(typeof seedTables)[number], string> = {
  daily_usage: "date || ' ' || agent || ' ' || machine",
  model_breakdown: "date || ' ' || model_name || ' ' || agent || ' ' || machine",
  project_usage: "date || ' ' || project_path || ' ' || agent || ' ' || machine",
  usage_cell: "date || ' ' || project_path || ' ' || model_name || ' ' || agent || ' ' || machine",
  session_usage: "session_id || ' ' || project_path || ' ' || agent || ' ' || machine",
};

/**
 * Computes the seed tables anew from the readings.
 * @returns what differed, a line a row: table, key and what was wrong. Empty when nothing did.
 */
export function rebuild(books: Books): string[] {
  return books.transaction(() => recompute(books)).immediate();
}

/** What `rebuild` would change, without changing it. The books must be open for writing. */
export function differences(books: Books): string[] {
  let found: string[] = [];
  const dryRun = books.transaction(() => {
    found = recompute(books);
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

function recompute(books: Books): string[] {
  for (const table of seedTables) {
    books.exec(`CREATE TEMP TABLE old_${table} AS SELECT * FROM main.${table}`);
  }
  // All of them by name: a tool with foreign keys off may have left rows that no day owns.
  for (const table of seedTables) books.exec(`DELETE FROM ${table}`);
  const settle = settler(books);
  for (const readings of subjects(books)) settle(readings);

  const found = seedTables.flatMap((table) => compare(books, table));
  for (const table of seedTables) books.exec(`DROP TABLE temp.old_${table}`);
  return found;
}

/** The readings of each subject. */
function subjects(books: Books): Reading[][] {
  const rows = books.prepare<[], Reading>("SELECT * FROM reading").all();
  const groups = Map.groupBy(rows, (row) =>
    [row.kind, subjectKey(row.subject, row.project_path), row.agent, row.machine].join("\0"),
  );
  return [...groups.values()];
}

function compare(books: Books, table: (typeof seedTables)[number]): string[] {
  const only = (one: string, other: string): Set<string> =>
    new Set(
      books
        .prepare<[], string>(
          `SELECT ${keys[table]} FROM (SELECT * FROM ${one} EXCEPT SELECT * FROM ${other})`,
        )
        .pluck()
        .all(),
    );
  const stale = only(`temp.old_${table}`, `main.${table}`);
  const fresh = only(`main.${table}`, `temp.old_${table}`);
  return [...new Set([...stale, ...fresh])].toSorted().map((key) => {
    if (!fresh.has(key)) return `${table} ${key}: no reading knows it`;
    return `${table} ${key}: ${stale.has(key) ? "other figures" : "was missing"}`;
  });
}
