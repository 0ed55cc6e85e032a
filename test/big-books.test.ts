import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { inconsistencies } from "../src/ledger/consistency.ts";
import { readBooks, withBooks } from "../src/ledger/open.ts";
import { ALL } from "../src/readers/selection.ts";
import { readSummary } from "../src/readers/summary.ts";
import { writeBigBooks } from "./bench/big-books.ts";

const size = { years: 1.2, machines: 2, projects: 12, sessions: 1500, calls: 12_000 };

function makeBooks(seed: number): string {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "usage.db");
  writeBigBooks(path, size, seed);
  return path;
}

const everything = { since: null, until: null };

test("the books that are measured are what their calls say", async () => {
  const path = makeBooks(1);
  await withBooks(path, (books) => {
    expect(inconsistencies(books)).toEqual([]);
    const calls = `
      SELECT c.session_day, o.name, SUM(c.input_tokens), SUM(c.output_tokens),
        SUM(c.cache_creation_5m_tokens + c.cache_creation_1h_tokens), SUM(c.cache_read_tokens)
      FROM call AS c JOIN model AS o ON o.id = c.model GROUP BY c.session_day, o.name`;
    const cells = `
      SELECT session_day, model_name, input_tokens, output_tokens, cache_creation_tokens,
        cache_read_tokens FROM session_cell`;
    expect(books.prepare(`${calls} EXCEPT ${cells}`).all()).toEqual([]);
    expect(books.prepare(`${cells} EXCEPT ${calls}`).all()).toEqual([]);
    const sums = `
      SELECT SUM(input_tokens), SUM(output_tokens), SUM(cache_creation_tokens),
        SUM(cache_read_tokens), SUM(unpriced_tokens) FROM`;
    const days = books.prepare(`${sums} daily_usage`).get();
    expect(books.prepare(`${sums} call_usage`).get()).toEqual(days);
    expect(books.prepare("SELECT 1 FROM pragma_foreign_key_check").all()).toEqual([]);
  });
});

test("they are as large as asked for, and their days are the sums of their sessions", async () => {
  const path = makeBooks(2);
  const sums = `SELECT SUM(total_tokens) AS tokens, ROUND(SUM(total_cost), 6) AS cost FROM`;
  await readBooks(path, (books) => {
    const days = books.prepare(`${sums} daily_usage`).get();
    expect(books.prepare(`${sums} session_usage`).get()).toEqual(days);
    expect(books.prepare("SELECT COUNT(*) FROM call").pluck().get()).toBe(12_000);
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

test("what they keep of deleted transcripts is all but the last month, of whole sessions", async () => {
  const path = makeBooks(3);
  await withBooks(path, (books) => {
    const keptOn = (since: string, until: string) =>
      readSummary(books, { ...ALL, since, until }, { today: "2026-11-20", timezone: "UTC" }).kept;
    const usedBefore = books
      .prepare<[string], Record<string, number>>(
        `SELECT COUNT(DISTINCT date) AS days, SUM(total_tokens) AS totalTokens,
           SUM(total_cost) AS totalCost, SUM(unpriced_tokens) AS unpricedTokens
         FROM daily_usage WHERE date < ?`,
      )
      .get("2026-10-21");
    const all = readSummary(
      books,
      { ...ALL, ...everything },
      { today: "2026-11-20", timezone: "UTC" },
    ).kept;
    expect(all).toEqual({
      ...usedBefore,
      totalCost: expect.closeTo(usedBefore?.["totalCost"] ?? 0, 6),
    });
    expect(all?.days).toBeGreaterThan(300);
    expect(keptOn("2026-10-21", "2026-11-20")?.totalTokens).toBe(0);

    // A transcript of one of the last days goes, and with it one session, not the day.
    const [session, tokens] =
      books
        .prepare<[], [number, number]>(
          `SELECT t.session, SUM(c.input_tokens + c.output_tokens + c.cache_creation_tokens
             + c.cache_read_tokens)
           FROM transcript AS t
           JOIN session_day AS d ON d.session = t.session
           JOIN session_cell AS c ON c.session_day = d.id
           WHERE d.date = '2026-11-19'
           GROUP BY t.session HAVING COUNT(DISTINCT t.id) = 1
           LIMIT 1`,
        )
        .raw()
        .get() ?? [];
    const deleted = books.prepare("UPDATE transcript SET deleted_at = ? WHERE session = ?");
    expect(deleted.run("2026-11-20T10:00:00.000Z", session).changes).toBe(1);
    expect(keptOn("2026-11-19", "2026-11-19")).toMatchObject({ days: 1, totalTokens: tokens });
    expect(keptOn("2026-11-18", "2026-11-18")?.days).toBe(0);
  });
});

test("the same size and seed give the same books", async () => {
  const of = (path: string) =>
    readBooks(path, (books) =>
      books
        .prepare("SELECT SUM(message % 1000), SUM(at % 100000), SUM(output_tokens) FROM call")
        .raw()
        .get(),
    );
  const one = await of(makeBooks(4));
  expect(await of(makeBooks(4))).toEqual(one);
  expect(await of(makeBooks(5))).not.toEqual(one);
});
