import { readdirSync } from "node:fs";

import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { migrate } from "../src/ledger/migrate.ts";
import { sqlFolder } from "../src/config/paths.ts";
import { questions, selection, textOf } from "./support/questions.ts";

/** The tables that grow with every session. Reading one from end to end takes as long as the books are old. */
const longTables = ["session_usage", "session", "session_day", "session_cell", "call"];

const books = new Database(":memory:");
migrate(books, ":memory:");

/** How SQLite goes about a question, a line a step. */
function planOf(sql: string): string[] {
  const names = [...sql.matchAll(/:([a-z]\w*)/gi)].map(([, name = ""]) => name);
  const parameters = Object.fromEntries(names.map((name) => [name, null]));
  return books
    .prepare<[typeof parameters], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(parameters)
    .map(({ detail }) => detail);
}

interface Instruction {
  opcode: string;
  p1: number;
  p2: number;
}

/**
 * The long tables that a question reads themselves from end to end: of a plan that would be a guess, as it
 * names tables by aliases, which are not told apart from those of parts of the question.
 */
function fullScans(sql: string): string[] {
  const names = [...sql.matchAll(/:([a-z]\w*)/gi)].map(([, name = ""]) => name);
  const program = books
    .prepare<[Record<string, null>], Instruction>(`EXPLAIN ${sql}`)
    .all(Object.fromEntries(names.map((name) => [name, null])));
  const cursorsOf = (...opcodes: string[]): Set<number> =>
    new Set(program.filter(({ opcode }) => opcodes.includes(opcode)).map(({ p1 }) => p1));
  const [started, moved] = [cursorsOf("Rewind", "Last"), cursorsOf("Next", "Prev")];
  const pages = new Map(
    books
      .prepare<[], { name: string; page: number }>(
        "SELECT name, rootpage AS page FROM sqlite_master WHERE type = 'table'",
      )
      .all()
      .map(({ name, page }) => [page, name]),
  );
  const scanned = new Set(
    program
      .filter(({ opcode, p1 }) => opcode === "OpenRead" && started.has(p1) && moved.has(p1))
      .map(({ p2 }) => pages.get(p2)),
  );
  return longTables.filter((table) => scanned.has(table));
}

/** These are about all there is. */
const readAll = new Set(["usage/sessions.sql", "audit/calls_by_day.sql"]);

test.for(questions.filter(({ file }) => !readAll.has(file)))(
  "$file reads no long table from end to end",
  ({ sql }) => {
    expect(planOf(sql).length).toBeGreaterThan(0);
    expect(fullScans(sql)).toEqual([]);
  },
);

test("every folder of questions is asked", () => {
  const folders = readdirSync(sqlFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["migrations", "views"].includes(entry.name))
    .map(({ name }) => name);
  const asked = new Set(questions.map(({ file }) => file.slice(0, file.indexOf("/"))));
  expect([...asked].toSorted()).toEqual(folders.toSorted());
});

test("a question that does read them all would be found, by its own name or through a view", () => {
  expect(fullScans("SELECT fetched_at FROM session_usage")).toEqual(["session_usage"]);
  expect(fullScans("SELECT c.details FROM call AS c")).toEqual(["call"]);
  expect(fullScans("SELECT SUM(cost) FROM call_usage")).toEqual(["call"]);
  expect(fullScans("SELECT details FROM call WHERE session_day = 1")).toEqual([]);
  expect(fullScans("SELECT MAX(at) FROM call")).toEqual([]);
});

test("the most expensive sessions are taken from an index in their order, so that the first few are enough", () => {
  const plan = planOf(
    `${selection}, answer AS (${textOf("usage", "sessions.sql")})
     SELECT * FROM answer ORDER BY totalCost DESC, sessionId LIMIT :limit`,
  );
  expect(plan[0]).toBe("SCAN u USING INDEX session_usage_by_cost");
  // Only sessions of one price are put in order.
  expect(plan.filter((step) => step.includes("B-TREE"))).toEqual([
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
