import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";

import { isDate, isInstant } from "../dates.ts";
import type { Column, Row } from "../readers/export-rows.ts";
import { version } from "../version.ts";
import { arrayIn, misfit, typeOf, type ColumnType } from "./column-types.ts";

/** A row group is held in memory until it is full: at most this many rows … */
const GROUP_ROWS = 10_000;

/** … and about this much text, in characters. */
const GROUP_TEXT = 8_000_000;

const DAY = 86_400_000;

/** A table as Parquet, a piece for each row group. */
export function* parquet(columns: readonly Column[], rows: Iterable<Row>): Iterable<Uint8Array> {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: schemaOf(columns),
    createdBy: `ccbooks version ${version()}`,
  });
  const take = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  for (const group of groups(columns, rows)) {
    void file.write({ columnData: group, rowGroupSize: GROUP_ROWS });
    yield take();
  }
  void file.finish();
  yield take();
}

interface ColumnData {
  name: string;
  data: unknown[];
}

/** The rows as columns, as many at a time as a row group may hold. */
function* groups(columns: readonly Column[], rows: Iterable<Row>): Iterable<ColumnData[]> {
  const fields = columns.map((column) => ({ name: column.name, encode: encoders[typeOf(column)] }));
  const empty = (): ColumnData[] => fields.map(({ name }) => ({ name, data: [] }));
  let group = empty();
  let size = 0;
  let text = 0;
  for (const row of rows) {
    for (const [index, { name, encode }] of fields.entries()) {
      const value = row[index] ?? null;
      group[index]?.data.push(value === null ? null : encode(value, name));
      if (typeof value === "string") text += value.length;
    }
    size += 1;
    if (size >= GROUP_ROWS || text >= GROUP_TEXT) {
      yield group;
      group = empty();
      size = 0;
      text = 0;
    }
  }
  if (size > 0) yield group;
}

/** How a value is handed to the writer. */
const encoders: Record<ColumnType, (value: string | number, column: string) => unknown> = {
  text: String,
  array: String,
  integer(value, column) {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw misfit(column, value, "a whole number");
  },
  real(value, column) {
    if (typeof value === "number") return value;
    throw misfit(column, value, "a number");
  },
  date(value, column) {
    if (typeof value === "string" && isDate(value)) return Date.parse(value) / DAY;
    throw misfit(column, value, "a day as YYYY-MM-DD");
  },
  instant(value, column) {
    if (typeof value === "string" && isInstant(value)) return BigInt(Date.parse(value));
    throw misfit(column, value, "an instant as ISO 8601 writes it");
  },
  list(value, column) {
    const list = arrayIn(column, value);
    if (list.every((item) => typeof item === "string")) return list;
    throw misfit(column, value, "a list of texts");
  },
};

function schemaOf(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.flatMap((column) => elementsOf(column)),
  ];
}

const utf8 = {
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
} as const;

/** Older readers know types by `converted_type` alone. */
function elementsOf(column: Column): SchemaElement[] {
  const base = {
    name: column.name,
    repetition_type: column.isNullable ? "OPTIONAL" : "REQUIRED",
  } as const;
  switch (typeOf(column)) {
    case "text":
    case "array":
      return [{ ...base, ...utf8 }];
    case "integer":
      return [{ ...base, type: "INT64" }];
    case "real":
      return [{ ...base, type: "DOUBLE" }];
    case "date":
      return [{ ...base, type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } }];
    case "instant":
      return [
        {
          ...base,
          type: "INT64",
          converted_type: "TIMESTAMP_MILLIS",
          logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
        },
      ];
    case "list":
      return [
        { ...base, converted_type: "LIST", logical_type: { type: "LIST" }, num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "REQUIRED", ...utf8 },
      ];
  }
}
