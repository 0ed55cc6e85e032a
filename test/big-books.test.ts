import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { inconsistencies } from "../src/ledger/consistency.ts";
import { readBooks, withBooks } from "../src/ledger/open.ts";
import { readStats } from "../src/readers/stats.ts";
import { writeBigBooks } from "./bench/big-books.ts";

const size = { years: 1.2, machines: 2, projects: 12, sessions: 1500, calls: 3 };

function makeBooks(seed: number): string {
  const path = join(tmpdir(), `ccbooks-test-${process.pid}-${seed}.db`);
  onTestFinished(() => rmSync(path, { force: true }));
  rmSync(path, { force: true });
  writeBigBooks(path, size, seed);
  return path;
}

test("the books that are measured are consistent, and their calls add up to what was counted", async () => {
  const path = makeBooks(1);
  expect(await withBooks(path, inconsistencies)).toEqual([]);
  await readBooks(path, (books) => {
    const sums = (table: string): unknown =>
      books
        .prepare(
          `SELECT SUM(input_tokens) AS input, SUM(output_tokens) AS output,
             SUM(cache_creation_tokens) AS creation, SUM(cache_read_tokens) AS read FROM ${table}`,
        )
        .get();
    expect(sums("call_usage")).toEqual(sums("daily_usage"));
  });
});

test("they are as large as asked for, and their days are the sums of their sessions", async () => {
  const path = makeBooks(2);
  const sums = `SELECT SUM(total_tokens) AS tokens, ROUND(SUM(total_cost), 6) AS cost FROM`;
  await readBooks(path, (books) => {
    const days = books.prepare(`${sums} daily_usage`).get();
    expect(books.prepare(`${sums} session_usage`).get()).toEqual(days);
    const counted = books
      .prepare(
        `SELECT COUNT(*) AS sessions, COUNT(DISTINCT machine) AS machines,
           COUNT(DISTINCT project_path) AS projects
         FROM session_usage`,
      )
      .get();
    expect(counted).toEqual({ sessions: 1500, machines: 2, projects: 12 });
  });
});

test("what is kept of deleted transcripts is all but the last month", async () => {
  const path = makeBooks(3);
  await readBooks(path, (books) => {
    const kept = books
      .prepare(
        `SELECT COUNT(DISTINCT date) AS days, SUM(total_tokens) AS totalTokens
         FROM daily_usage WHERE date <= '2026-10-20'`,
      )
      .get();
    const stats = readStats(books, { since: null, until: null }, "2026-11-20");
    expect(stats.kept).toMatchObject(kept ?? {});
    const lastDay = { since: "2026-11-19", until: "2026-11-19" };
    expect(readStats(books, lastDay, "2026-11-20").kept.days).toBe(0);
  });
});
