import type { Column, Row, Value } from "../readers/export-rows.ts";
import { inChunks } from "./chunks.ts";

export interface CsvOptions {
  /** Begin with the mark by which Excel knows UTF-8. */
  bom?: boolean;
  /** Leave text as it is even where a spreadsheet or a terminal would run it. */
  raw?: boolean;
}

/** A table as CSV: RFC 4180 in UTF-8, the first line names the columns. */
export function* csv(
  columns: readonly Column[],
  rows: Iterable<Row>,
  options: CsvOptions = {},
): Iterable<string> {
  if (options.bom) yield "\uFEFF";
  yield* inChunks(lines(columns, rows, options));
}

function* lines(
  columns: readonly Column[],
  rows: Iterable<Row>,
  options: CsvOptions,
): Iterable<string> {
  yield csvLine(
    columns.map(({ name }) => name),
    options,
  );
  for (const row of rows) yield csvLine(row, options);
}

/** One record with its line end. Null is an empty cell. */
export function csvLine(cells: readonly Value[], options: CsvOptions = {}): string {
  return `${cells.map((cell) => csvCell(cell, options)).join(",")}\r\n`;
}

function csvCell(value: Value, { raw }: CsvOptions): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = raw ? value : value.replaceAll(STEERING, "·").replaceAll(FORMULA_START, "'");
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Where a spreadsheet may see a formula begin, so that an apostrophe there makes it text: before `=`, `+`,
 * `-`, `@` and their wide forms, at the start of a field or after what some spreadsheet ends a cell at.
 * One that splits at `;` or tabs, as Excel does in many countries, knows no quotes inside a cell, and
 * spaces and quotes before the sign do not stop it. Numbers below zero are numbers, and stay.
 */
const FORMULA_START =
  /^(?=[\t\r\n])|(?<=^|[;\t\r\n])(?=(?:"|[^\S\t\r\n])*[=+\-@＝＋－＠])|(?<=,)(?=[=+\-@＝＋－＠])/g;

/** What steers a terminal that the file is looked at in: control characters, and marks that turn the writing. */
const STEERING =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** Spaces at the ends too: some readers would drop them. */
const NEEDS_QUOTES = /[",;\t\r\n]|^ | $/;
