import { DuckDBConnection, type Json } from "@duckdb/node-api";

export interface Answer {
  names: string[];
  types: string[];
  /** Dates and instants as text, whole numbers of 64 bits as text, lists as arrays. */
  rows: Json[][];
}

/** Asks DuckDB, which reads what was exported with a program that is not ours. */
export async function duckdb(sql: string): Promise<Answer> {
  const connection = await DuckDBConnection.create();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const reader = await connection.runAndReadAll(sql);
    return {
      names: reader.columnNames(),
      types: reader.columnTypes().map(String),
      rows: reader.getRowsJson(),
    };
  } finally {
    connection.closeSync();
  }
}
