import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { readBooks, withBooks } from "../src/ledger/open.ts";
import { rebuild } from "../src/ledger/rebuild.ts";
import { query } from "../src/readers/query.ts";
import { readStats } from "../src/readers/stats.ts";
import { writeBigBooks } from "./bench/big-books.ts";

const size = { years: 1.2, machines: 2, projects: 12, sessions: 1500 };

function makeBooks(seed: number): string {
  const path = join(tmpdir(), `ccbooks-test-${process.pid}-${seed}.db`);
  onTestFinished(() => rmSync(path, { force: true }));
  rmSync(path, { force: true });
  writeBigBooks(path, size, seed);
  return path;
}

const everything = { since: null, until: null };

test("the books that are measured are what their readings say", async () => {
  const path = makeBooks(1);
  expect(await withBooks(path, rebuild)).toEqual([]);
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
    const twice = books
      .prepare("SELECT COUNT(*) FROM reading WHERE kind = 'day' AND shown = 0")
      .pluck();
    expect(twice.get()).toBeGreaterThan(20);
  });
});

test("what is kept of a year is what its cells add up to, whole days and parts of days alike", async () => {
  const path = makeBooks(3);
  await withBooks(path, (books) => {
    // Of one of the last days a part is gone, as after a session's transcript was deleted.
    const changed = books
      .prepare(
        `UPDATE reading SET carried = json_array(json(json_extract(reported, '$[0]')))
         WHERE kind = 'day' AND shown = 1 AND subject = '2026-11-19'`,
      )
      .run().changes;
    expect(changed).toBe(2);
    expect(rebuild(books)).not.toEqual([]);
    const [cells] = query<Record<string, number>>(books, "stats/kept.sql", {
      since: "0000-01-01",
      until: "9999-12-31",
    });
    const kept = books
      .prepare<[], Record<string, number>>(
        `SELECT COUNT(DISTINCT date) AS days, SUM(total_tokens) AS totalTokens, SUM(cost) AS totalCost,
           SUM(unpriced_tokens) AS unpricedTokens
         FROM kept_usage`,
      )
      .get();
    expect(kept?.["days"]).toBeGreaterThan(300);
    expect(cells).toEqual({ ...kept, totalCost: expect.closeTo(kept?.["totalCost"] ?? 0, 6) });
    const { kept: ofOneDay } = readStats(
      books,
      { since: "2026-11-19", until: "2026-11-19" },
      "2026-11-20",
    );
    expect(ofOneDay.days).toBe(1);
    expect(ofOneDay.totalTokens).toBeGreaterThan(0);
    expect(readStats(books, everything, "2026-11-20").kept.totalTokens).toBe(kept?.["totalTokens"]);
  });
});
