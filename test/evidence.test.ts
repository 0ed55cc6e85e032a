import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { say, sweep } from "./support/transcripts.ts";

const at = "2026-11-02T10:00:00Z";

/** Writes into the books behind ccbooks' back. */
function tamper(home: Home, sql: string): void {
  const books = new Database(home.db);
  books.exec(sql);
  books.close();
}

/** Books with a day of which one of two transcripts is gone. */
async function homeThatLostLogs(): Promise<Home> {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 500, output: 0 });
  say(home.claude, "-web", "two", { id: "b", at, input: 30, output: 0 });
  await home.fetch();
  sweep(home.claude, "-app", "one");
  await home.fetch();
  return home;
}

test("kept_usage and stats say what the books hold beyond the logs", async () => {
  const home = await homeThatLostLogs();
  expect(
    home.query("SELECT date, project_path, total_tokens, unpriced_tokens FROM kept_usage"),
  ).toEqual([{ date: "2026-11-02", project_path: "-app", total_tokens: 500, unpriced_tokens: 0 }]);
  const { stdout } = await home.run(["stats"]);
  expect(stdout).toContain("Of this, < $0.01 on 1 day is kept though the logs no longer show it.");
  const { kept } = JSON.parse((await home.run(["stats", "--json"])).stdout);
  expect(kept).toMatchObject({ days: 1, totalTokens: 500, unpricedTokens: 0 });
});

test("readings shows what was reported and carried, and why it is shown", async () => {
  const home = await homeThatLostLogs();
  const { stdout, exitCode } = await home.run(["readings", "2026-11-02"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("Reading 1, test-machine, by ccusage 20.0.20");
  expect(stdout).toMatch(/reported +30 tokens/);
  expect(stdout).toMatch(/carried +500 tokens/);
  expect(stdout).toMatch(/prices +built in/);
  expect(stdout).toMatch(/shown +yes: the only reading/);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);

  const [session] = JSON.parse((await home.run(["readings", "one", "--json"])).stdout);
  expect(session).toMatchObject({ kind: "session", projectPath: "-app", carriedTokens: 500 });
});

test("readings of nothing is a sentence", async () => {
  const home = await homeThatLostLogs();
  const { stderr, exitCode } = await home.run(["readings", "2026-11-03"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('no reading of "2026-11-03"');
});

test("a pinned reading is shown until it is unpinned, through fetches and rebuilds", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 500, output: 0 });
  await home.fetch();
  // The same day as another release would have counted it, read before.
  tamper(
    home,
    `INSERT INTO method VALUES ('20.0.19 auto UTC', '20.0.19', 'auto', 'UTC');
     INSERT INTO reading SELECT kind, subject, project_path, agent, machine, '20.0.19 auto UTC',
       replace(reported, '500', '900'), carried, whole, 0, first_activity, last_activity,
       last_activity_at, '2026-11-02T11:00:00.000Z', '2026-11-02T11:00:00.000Z', '2026-11-02T11:00:00.000Z'
     FROM reading WHERE kind = 'day'`,
  );
  const shown = (): unknown => home.query("SELECT total_tokens FROM daily_usage");
  expect((await home.run(["settle", "2026-11-02", "--reading", "1"])).exitCode).toBe(0);
  expect(shown()).toEqual([{ total_tokens: 900 }]);
  await home.fetch();
  expect((await home.run(["rebuild"])).stderr).toContain("No difference");
  expect(shown()).toEqual([{ total_tokens: 900 }]);
  expect((await home.run(["readings", "2026-11-02"])).stdout).toContain("yes: you pinned it");

  await home.run(["settle", "2026-11-02", "--auto"]);
  expect(shown()).toEqual([{ total_tokens: 500 }]);
});

test.for<[flags: string[], code: number, says: string]>([
  [[], 2, "Give either --reading N"],
  [["--reading", "1", "--auto"], 2, "Give either --reading N"],
  [["--reading", "x"], 2, "whole number"],
  [["--reading", "9"], 1, "has no reading 9"],
])("settle with %j says what it needs", async ([flags, code, says]) => {
  const home = await homeThatLostLogs();
  const before = home.dump();
  const { exitCode, stderr } = await home.run(["settle", "2026-11-02", ...flags]);
  expect(exitCode).toBe(code);
  expect(stderr).toContain(says);
  expect(home.dump()).toBe(before);
});

test("rebuild mends a day that was deleted with foreign keys off", async () => {
  const home = await homeThatLostLogs();
  const before = home.dump();
  tamper(home, "PRAGMA foreign_keys = OFF; DELETE FROM daily_usage");
  expect((await home.run(["rebuild"])).stderr).toContain("daily_usage 2026-11-02 claude");
  expect(home.dump()).toBe(before);
});

test("rebuild puts right what somebody wrote into the tables, and names it", async () => {
  const home = await homeThatLostLogs();
  const before = home.dump();
  tamper(
    home,
    `UPDATE daily_usage SET total_tokens = 5;
     DELETE FROM model_breakdown;
     INSERT INTO session_usage SELECT 'invented', project_path, agent, machine, 1, 1, 1, 1, 4, 0, 0,
       first_activity, last_activity, last_activity_at, '[]', fetched_at FROM session_usage LIMIT 1`,
  );
  const { stdout } = await home.run(["rebuild", "--json"]);
  expect(JSON.parse(stdout).differences).toEqual([
    "daily_usage 2026-11-02 claude test-machine: other figures",
    "model_breakdown 2026-11-02 claude-sonnet-4-5-20250929 claude test-machine: was missing",
    expect.stringMatching(/^session_usage invented .*: no reading knows it$/),
  ]);
  expect(home.dump()).toBe(before);
});
