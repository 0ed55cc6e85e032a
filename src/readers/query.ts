import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Books } from "../ledger/open.ts";
import { sqlFolder } from "../config/paths.ts";
import type { FileGiving, QuestionFile } from "./columns.ts";

/** The rows that a question in `sql/` finds; the file says what it asks and which columns it gives. */
export function query<Row>(
  books: Books,
  file: FileGiving<Row>,
  parameters: Record<string, string | number | null> = {},
): Row[] {
  return books
    .prepare<Record<string, string | number | null>, Row>(questionIn(file))
    .all(parameters);
}

/** The text of a question in `sql/`. */
export function questionIn(file: QuestionFile): string {
  return readFileSync(join(sqlFolder, file), "utf8").trim().replace(/;$/, "");
}

/** The answer to a question that always has exactly one row: an aggregate without GROUP BY. */
export function onlyRow<Row>(
  books: Books,
  file: FileGiving<Row>,
  parameters: Record<string, string | number | null> = {},
): Row {
  const [row] = query<Row>(books, file, parameters);
  if (row === undefined) throw new Error(`${file} gave no row`);
  return row;
}
