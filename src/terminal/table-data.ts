import { csvLine } from "../export/csv.ts";
import type { Selection } from "../readers/selection.ts";
import type { Table, TableRow } from "../readers/tables.ts";

/** A table as data: what it is about, its rows and what they come to. */
export function tableData(found: Table, selection: Selection) {
  const lists = found.columns.filter(({ kind }) => kind === "list").map(({ name }) => name);
  return {
    table: found.table,
    selection,
    rows: found.rows.map((row) => withLists(row, lists)),
    rowsInAll: found.rowsInAll,
    total: found.total ?? found.cacheTotal,
    asOf: found.asOf,
  };
}

function withLists(row: TableRow, lists: readonly string[]): Record<string, unknown> {
  const parsed = lists.map((name) => [name, JSON.parse(String(row[name]))]);
  return { ...row, ...Object.fromEntries(parsed) };
}

/** A name as SQL and CSV write it. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A table as CSV, its columns named as in SQL. */
export function tableCsv({ columns, rows }: Table): string {
  const header = columns.map(({ name }) => snakeCase(name));
  const lines = rows.map((row) => columns.map(({ name }) => row[name] ?? null));
  return [header, ...lines].map((line) => csvLine(line)).join("");
}
