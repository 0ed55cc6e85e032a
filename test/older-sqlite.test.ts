import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import initSqlJs from "sql.js";
import { expect, test } from "vitest";

import { newHome } from "./support/home.ts";
import { say, sweep, UNPRICED } from "./support/transcripts.ts";

// SQLite 3.33, a little older than the 3.34 of tools still in use (Debian 11, Datasette's own image). To
// such a one a single statement that it cannot parse makes the whole file unreadable.
const wasm = createRequire(import.meta.url).resolve("sql.js/dist/sql-wasm.wasm");

/** This build has no JSON functions, which 3.34 of the tools has: these views parse and find none. */
const needsJson = new Set(["kept_usage"]);

test("a tool on SQLite 3.33 opens the books and reads every table and view", async () => {
  const home = newHome();
  const at = "2026-11-02T10:00:00Z";
  say(home.claude, "-app", "one", { id: "a", at, cacheRead: 1000 });
  say(home.claude, "-app", "one", { id: "b", at: "2026-11-10T10:00:00Z", cacheCreation: 500 });
  say(home.claude, "-web", "two", { id: "c", at, model: UNPRICED });
  await home.fetch();
  sweep(home.claude, "-web", "two");
  await home.fetch();
  await home.run(["settle", "2026-11-02", "--reading", "1"]);

  const { Database } = await initSqlJs({ wasmBinary: new Uint8Array(readFileSync(wasm)).buffer });
  const books = new Database(readFileSync(home.db));
  expect(books.exec("SELECT sqlite_version()")[0]?.values).toEqual([["3.33.0"]]);
  const inTheBooks = `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name`;
  const names = home.query<{ name: string }>(inTheBooks).map(({ name }) => name);
  expect(books.exec(inTheBooks)[0]?.values.flat()).toEqual(names);
  for (const name of names) {
    const sql = `SELECT * FROM ${name} ORDER BY 1, 2, 3`;
    if (needsJson.has(name)) {
      expect(() => books.exec(sql), name).toThrow(/^no such table: .*json_each$/);
      continue;
    }
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
