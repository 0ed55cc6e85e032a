import type { Column, Row, Value } from "../readers/export-rows.ts";
import { escapeInvisible } from "../format/json.ts";
import { inChunks } from "./chunks.ts";
import { arrayIn, typeOf, type ColumnType } from "./column-types.ts";

/** A table as one JSON array, an object a row. */
export function* json(columns: readonly Column[], rows: Iterable<Row>): Iterable<string> {
  yield* inChunks(arrayLines(objects(columns, rows)));
}

/** A table as newline-delimited JSON: an object a line. */
export function* ndjson(columns: readonly Column[], rows: Iterable<Row>): Iterable<string> {
  yield* inChunks(objectLines(objects(columns, rows)));
}

function* arrayLines(texts: Iterable<string>): Iterable<string> {
  let before = "[\n";
  for (const text of texts) {
    yield before + text;
    before = ",\n";
  }
  yield before === ",\n" ? "\n]\n" : "[]\n";
}

function* objectLines(texts: Iterable<string>): Iterable<string> {
  for (const text of texts) yield `${text}\n`;
}

function* objects(columns: readonly Column[], rows: Iterable<Row>): Iterable<string> {
  const fields = columns.map((column) => ({
    name: column.name,
    key: `${JSON.stringify(column.name)}:`,
    type: typeOf(column),
  }));
  for (const row of rows) {
    const members = fields.map(
      ({ name, key, type }, index) => key + cellText(name, type, row[index] ?? null),
    );
    yield escapeInvisible(`{${members.join(",")}}`);
  }
}

/** Lists become arrays; all else is as SQLite has it. */
function cellText(name: string, type: ColumnType, value: Value): string {
  const isArray = (type === "list" || type === "array") && value !== null;
  return JSON.stringify(isArray ? arrayIn(name, value) : value);
}
