import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import initSqlJs from "sql.js";
import { expect, test } from "vitest";

import { fillEveryTable } from "./support/every-table.ts";
import { newHome } from "./support/home.ts";

// SQLite 3.33, a little older than the 3.34 of tools still in use (Debian 11, Datasette's own image). To
// such a one a single statement that it cannot parse makes the whole file unreadable.
const wasm = createRequire(import.meta.url).resolve("sql.js/dist/sql-wasm.wasm");

test("a tool on SQLite 3.33 opens the books and reads every table and view", async () => {
  const home = newHome();
  await fillEveryTable(home);

  const { Database } = await initSqlJs({ wasmBinary: new Uint8Array(readFileSync(wasm)).buffer });
  const books = new Database(readFileSync(home.db));
  expect(books.exec("SELECT sqlite_version()")[0]?.values).toEqual([["3.33.0"]]);
  const inTheBooks = `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name`;
  const names = home.query<{ name: string }>(inTheBooks).map(({ name }) => name);
  expect(books.exec(inTheBooks)[0]?.values.flat()).toEqual(names);
  for (const name of names) {
    const columns = home.query("SELECT 1 FROM pragma_table_info(?)", name);
    const order = columns.map((_, index) => index + 1).join(", ");
    const sql = `SELECT * FROM ${name} ORDER BY ${order}`;
    const rows = home.query<Record<string, unknown>>(sql).map((row) =>
      Object.values(row).map((value) =>
        // Sums of floats differ in the last digits by the order they are made in.
        typeof value === "number" && !Number.isInteger(value) ? expect.closeTo(value, 9) : value,
      ),
    );
    expect(rows.length, name).toBeGreaterThan(0);
    expect(books.exec(sql)[0]?.values, name).toEqual(rows);
  }
  books.close();
});
