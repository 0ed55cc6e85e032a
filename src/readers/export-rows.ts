import type { Books } from "../ledger/open.ts";
import { query } from "./query.ts";
import type { Source } from "../usage.ts";
import { limitConditions, selectionParameters, type Selection } from "./selection.ts";

/** What SQLite gives for a cell. Dates and instants are text. */
export type Value = string | number | null;

export type Row = readonly Value[];

export interface Column {
  name: string;
  /** As the table declares it; empty for a column that a view computes. */
  declaredType: string;
  isNullable: boolean;
}

/** A table or view as it is exported. */
export interface Exported {
  name: string;
  columns: Column[];
  /** The column that a range of dates is about; undefined where there is none. */
  dateColumn: "date" | "last_activity" | undefined;
  /** The names of the columns that rows are sorted by. */
  order: string[];
}

/** The names of all tables and views that can be exported. */
export function exportableNames(books: Books): string[] {
  return query<{ name: string }>(books, "export/tables.sql").map(({ name }) => name);
}

/** @param name one of `exportableNames` */
export function readExported(books: Books, name: string): Exported {
  const columns = query<{
    name: string;
    declaredType: string;
    isNullable: 0 | 1;
    keyPosition: number;
  }>(books, "export/columns.sql", { name });
  const names = columns.map((column) => column.name);
  const key = columns
    .filter(({ keyPosition }) => keyPosition > 0)
    .toSorted((a, b) => a.keyPosition - b.keyPosition)
    .map((column) => column.name);
  // A session belongs to the day of its last activity, as in `ccbooks stats`.
  const dateColumn = (["date", "last_activity"] as const).find((date) => names.includes(date));
  return {
    name,
    columns: columns.map((column) => ({
      name: column.name,
      declaredType: column.declaredType,
      isNullable: column.isNullable === 1,
    })),
    dateColumn,
    // The order of a primary key costs nothing. Views have none; theirs start with what a row is about.
    order: key.length > 0 ? key : [dateColumn ?? names[0] ?? ""],
  };
}

/**
 * The rows, one at a time and all of one moment. From the first to the last one the books can be read and
 * not written.
 * @param source null: of every source that the table has
 */
export function* iterateRows(
  books: Books,
  exported: Exported,
  { selection, source }: { selection: Selection; source: Source | null },
): Iterable<Row> {
  const { name, columns, dateColumn, order } = exported;
  const hasRange = dateColumn !== undefined && (selection.since ?? selection.until) !== null;
  const conditions = [
    ...(hasRange ? [`${dateColumn} BETWEEN :since AND :until`] : []),
    ...(source === null ? [] : ["source = :source"]),
    ...limitConditions(
      selection,
      columns.map((column) => column.name),
    ),
  ];
  const sql = `
    SELECT ${columns.map((column) => quoted(column.name)).join(", ")}
    FROM ${quoted(name)}
    ${conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : ""}
    ORDER BY ${order.map(quoted).join(", ")}`;
  yield* books
    .prepare<ReturnType<typeof selectionParameters>, Row>(sql)
    .raw()
    .iterate(selectionParameters(selection));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
