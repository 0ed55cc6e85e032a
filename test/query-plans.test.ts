import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { migrate } from "../src/ledger/migrate.ts";
import { sqlFolder } from "../src/config/paths.ts";

/** The tables that grow with every session. Reading one from end to end takes as long as the books are old. */
const longTables = ["session_usage", "reading"];

const books = new Database(":memory:");
migrate(books, ":memory:");

const selection = `WITH selection AS (${textOf("reports", "selection.sql")})`;

/** Of these questions one is asked of another's answer. */
const cacheByDay = `answer AS (${textOf("reports", "cache_by_day.sql")})`;

/** Every question of the summary and of the reports, as it is asked. */
const questions = [
  ...filesIn("stats").map((file) => ({ file, sql: textOf("stats", file) })),
  ...filesIn("reports").map((file) => ({
    file: `reports/${file}`,
    sql: `${selection}, ${cacheByDay} SELECT * FROM (${textOf("reports", file)})`,
  })),
];

function filesIn(folder: string): string[] {
  return readdirSync(join(sqlFolder, folder));
}

function textOf(folder: string, file: string): string {
  return readFileSync(join(sqlFolder, folder, file), "utf8")
    .trim()
    .replace(/;$/, "");
}

/** How SQLite goes about a question, a line a step. */
function planOf(sql: string): string[] {
  const names = [...sql.matchAll(/:([a-z]\w*)/gi)].map(([, name = ""]) => name);
  const parameters = Object.fromEntries(names.map((name) => [name, null]));
  return books
    .prepare<[typeof parameters], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(parameters)
    .map(({ detail }) => detail);
}

/** What the long tables are called in a question and in the views it may ask. */
function namesOfLongTables(sql: string): Set<string> {
  const views = books
    .prepare<[], string>("SELECT sql FROM sqlite_master WHERE type = 'view'")
    .pluck()
    .all();
  const uses = [sql, ...views].flatMap((text) => [
    ...text.matchAll(new RegExp(`\\b(${longTables.join("|")})\\b(?:\\s+AS\\s+(\\w+))?`, "g")),
  ]);
  return new Set(uses.map(([, table = "", alias]) => alias ?? table));
}

/** The steps that read a long table itself from end to end. */
function fullScans(sql: string): string[] {
  const names = namesOfLongTables(sql);
  return planOf(sql).filter((step) => {
    const [, name = "", how = ""] = step.match(/^SCAN (\w+)(.*)$/) ?? [];
    return names.has(name) && !how.includes("INDEX");
  });
}

test.for(questions.filter(({ file }) => file !== "reports/sessions.sql"))(
  "$file reads neither all sessions nor all readings",
  ({ sql }) => {
    expect(planOf(sql).length).toBeGreaterThan(0);
    expect(fullScans(sql)).toEqual([]);
  },
);

test("a question that does read them all would be found, by its own name or through a view", () => {
  expect(fullScans("SELECT fetched_at FROM session_usage")).toEqual(["SCAN session_usage"]);
  expect(fullScans("SELECT r.method FROM reading AS r")).toEqual(["SCAN r"]);
  expect(fullScans("SELECT models_used FROM session_cost")).toEqual(["SCAN s"]);
  expect(fullScans("SELECT whole FROM reading WHERE kind = 'day'")).toEqual([]);
});

test("the dearest sessions are taken from an index in their order, so that the first few are enough", () => {
  const summary = planOf(textOf("stats", "sessions.sql"));
  expect(summary[0]).toBe("SCAN s USING COVERING INDEX session_usage_by_cost");
  expect(summary.filter((step) => step.includes("B-TREE"))).toEqual([]);

  const report = planOf(
    `${selection}, answer AS (${textOf("reports", "sessions.sql")})
     SELECT * FROM answer ORDER BY totalCost DESC, sessionId LIMIT :limit`,
  );
  expect(report[0]).toBe("SCAN s USING INDEX session_usage_by_cost");
  // Only sessions of one price are put in order.
  expect(report.filter((step) => step.includes("B-TREE"))).toEqual([
    "USE TEMP B-TREE FOR LAST TERM OF ORDER BY",
  ]);
});

test("rates are looked up by the names in the books, not the names by each of the rates", () => {
  const plan = planOf("SELECT * FROM cache_rate");
  expect(plan.slice(-2)).toEqual([expect.stringMatching(/^SCAN \(subquery/), "SCAN model_rate"]);
});

test("a machine's real sessions are looked up, not looked for", () => {
  expect(planOf("SELECT * FROM session_cost")).toContain(
    "SEARCH real USING INDEX session_usage_real (machine=? AND agent=?)",
  );
});
