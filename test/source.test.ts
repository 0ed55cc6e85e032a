import { readFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { daysAgo } from "./support/admin-api.ts";
import { newHome, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

/**
 * Books with $3 of calls yesterday, and an organisation that used $2 a day by each of two models for 40 days, $3 by the
 * second in the last 7.
 */
async function filled(): Promise<Home> {
  const home = newHome();
  const call = { id: "a", model: "claude-opus-4-5", input: 600_000, output: 0 };
  say(home.claude, "-dev-shop", "one", { ...call, at: `${daysAgo(1)}T10:00:00Z` });
  await home.fetch();
  const books = new Database(home.db);
  books.exec("INSERT INTO workspace VALUES ('wrkspc_1', 'platform', NULL)");
  const now = new Date().toISOString();
  books.exec(`INSERT INTO api_pull VALUES ('usage', '${daysAgo(1)}', '${now}')`);
  const add = books.prepare(
    "INSERT INTO api_usage_day VALUES (?, ?, 'apikey_1', ?, 100, 20, 30, 50, 0, NULL, ?, 0)",
  );
  for (let day = 40; day >= 1; day -= 1) {
    add.run(daysAgo(day), "wrkspc_1", "claude-opus-4-5", 2);
    add.run(daysAgo(day), "", "claude-haiku-4-5", day <= 7 ? 3 : 2);
  }
  books.close();
  return home;
}

const FROM_ANTHROPIC = ["--source", "anthropic"];

async function table(home: Home, ...args: string[]): Promise<Record<string, unknown>[]> {
  const { stdout, stderr } = await home.run(["stats", ...args, "--json"]);
  expect(stderr).toBe("");
  return JSON.parse(stdout).rows;
}

test("each source is told by itself, and nothing adds them", async () => {
  const home = await filled();
  const own = JSON.parse((await home.run(["stats", "--json"])).stdout);
  const reported = JSON.parse((await home.run(["stats", ...FROM_ANTHROPIC, "--json"])).stdout);
  expect(own.total.totalCost).toBeCloseTo(3);
  expect(reported.total).toMatchObject({ totalCost: 167, daysWithUsage: 40, totalTokens: 16_000 });
  expect(reported.asOf).toMatchObject({ source: "anthropic", firstDate: daysAgo(40) });
  expect(reported.sessions).toEqual([]);
  expect(reported.projects).toMatchObject([
    { project: "default", totalCost: 87 },
    { project: "platform", totalCost: 80 },
  ]);
  expect(home.query("SELECT source, SUM(cost) AS cost FROM spending GROUP BY 1")).toMatchObject([
    { source: "anthropic", cost: 167 },
    { source: "claude-code", cost: expect.closeTo(3) },
  ]);
  const { stdout } = await home.run(["stats", ...FROM_ANTHROPIC]);
  expect(stdout).toContain("Only source anthropic:");
  const long = await home.run(["stats", "--all", ...FROM_ANTHROPIC]);
  expect(long).toMatchObject({ exitCode: 0, stderr: "" });
});

test("tables of days, weeks, months, models and workspaces are of either source", async () => {
  const home = await filled();
  const models = await table(home, "models", ...FROM_ANTHROPIC);
  expect(models).toMatchObject([
    { model: "claude-haiku-4-5", totalCost: 87 },
    { model: "claude-opus-4-5", totalCost: 80 },
  ]);
  const sum = async (name: string): Promise<number> =>
    (await table(home, name, ...FROM_ANTHROPIC)).reduce(
      (all, row) => all + Number(row["totalCost"]),
      0,
    );
  for (const name of ["daily", "weekly", "monthly", "projects"]) {
    expect(await sum(name), name).toBeCloseTo(167);
  }
  const platform = await table(home, "models", ...FROM_ANTHROPIC, "--project", "platform");
  expect(platform).toMatchObject([{ model: "claude-opus-4-5", totalCost: 80 }]);
  const both = await table(home, "--by", "project,model", ...FROM_ANTHROPIC, "--model", "haiku");
  expect(both).toMatchObject([{ project: "default", model: "claude-haiku-4-5", totalCost: 87 }]);
});

test("two weeks of it can be compared", async () => {
  const home = await filled();
  const { stdout, exitCode } = await home.run([
    ...[
      "stats",
      "compare",
      ...FROM_ANTHROPIC,
      "--since",
      daysAgo(7),
      "--until",
      daysAgo(1),
      "--json",
    ],
  ]);
  expect(exitCode).toBe(0);
  const { total, totalBefore, changes } = JSON.parse(stdout);
  expect([total.totalCost, totalBefore.totalCost]).toEqual([35, 28]);
  expect(changes.model[0]).toMatchObject({ name: "claude-haiku-4-5", rise: 7 });
  expect(changes.branch).toEqual([]);
});

test("the page of it is of it alone, with the bill, and says of nothing that it does not tell", async () => {
  const home = await filled();
  const drawn = await home.run(["report", ...FROM_ANTHROPIC]);
  expect(drawn.exitCode).toBe(0);
  const html = readFileSync(join(home.folder, "ccbooks-report.html"), "utf8");
  expect(html).toContain("<h1>What the organisation used</h1>");
  expect(html).toContain("Days are days of UTC");
  expect(html).toContain("$167.00");
  expect(html).toContain("Anthropic reports $167.00 of use at list price");
  for (const untold of ["Top sessions", "Top branches", "Hours of the week", "ccusage"]) {
    expect(html).not.toContain(untold);
  }
  await home.run(["report", ...FROM_ANTHROPIC, "--project", "platform", "--out", "part.html"]);
  const part = readFileSync(join(home.folder, "part.html"), "utf8");
  expect(part).toContain("<h1>What the organisation used in platform</h1>");
  expect(part).toContain("$80.00");
  expect(part).not.toContain("The organisation’s bill");
  const empty = newHome();
  await empty.fetch();
  expect((await empty.run(["report", ...FROM_ANTHROPIC])).stderr).toContain(
    "Nothing of Anthropic's reports is known so far; run `ccbooks pull anthropic`.",
  );
});

test("spending is exported of one source, one workspace and one model where that is asked for", async () => {
  const home = await filled();
  const exported = async (...flags: string[]): Promise<{ source: string; cost: number }[]> => {
    const { stdout } = await home.run(["export", "spending", "--format", "json", ...flags]);
    return JSON.parse(stdout);
  };
  const of = (rows: { source: string; cost: number }[]): [number, ...string[]] => [
    Math.round(rows.reduce((sum, { cost }) => sum + cost, 0)),
    ...new Set(rows.map(({ source }) => source)),
  ];
  expect(of(await exported())).toEqual([170, "anthropic", "claude-code"]);
  expect(of(await exported(...FROM_ANTHROPIC))).toEqual([167, "anthropic"]);
  expect(of(await exported("--source", "claude-code"))).toEqual([3, "claude-code"]);
  expect(of(await exported(...FROM_ANTHROPIC, "--project", "platform"))).toEqual([80, "anthropic"]);
  const week = await exported(...FROM_ANTHROPIC, "--model", "HAIKU", "--since", daysAgo(7));
  expect(of(week)).toEqual([21, "anthropic"]);
  expect(of(await exported("--project", "-dev-shop"))).toEqual([3, "claude-code"]);
  expect((await home.run(["export", "daily_usage", ...FROM_ANTHROPIC])).stderr).toContain(
    "daily_usage has no column to choose by source; leave out --source.",
  );
});

test("a budget can be of it, and is no limit of one's own calls", async () => {
  const home = await filled();
  await home.run([
    "budget",
    "set",
    "org",
    "--amount",
    "100",
    "--period",
    "month",
    ...FROM_ANTHROPIC,
  ]);
  await home.run(["budget", "set", "mine", "--amount", "100", "--period", "month"]);
  const { stdout } = await home.run(["budget", "list"]);
  expect(stdout).toMatch(/org +\$100 a month +80% +source anthropic/);
  expect(stdout).toMatch(/mine +\$100 a month +80%$/m);
  const { statuses } = JSON.parse((await home.run(["budget", "check", "--json"])).stdout);
  const spentOf = (name: string): number =>
    statuses.find(({ budget }: { budget: { name: string } }) => budget.name === name).spent;
  const day = Number(new Date().toISOString().slice(8, 10));
  expect(spentOf("org")).toBe(day === 1 ? 0 : Math.min(day - 1, 7) * 5 + Math.max(0, day - 8) * 4);
  expect(spentOf("mine")).toBeLessThan(3.1);
});

test("books without its reports say where they come from", async () => {
  const home = newHome();
  await home.fetch();
  expect((await home.run(["stats", ...FROM_ANTHROPIC])).stdout).toBe(
    "Nothing of Anthropic's reports is known so far; run `ccbooks pull anthropic`.",
  );
});

test.for<[string[], string]>([
  [["stats", "--source", "openai"], "--source takes claude-code, apps, anthropic,"],
  [["stats", ...FROM_ANTHROPIC, "--branch", "main"], "leave --branch out."],
  [["stats", ...FROM_ANTHROPIC, "--machine", "desk"], "leave --machine out."],
  [["stats", "sessions", ...FROM_ANTHROPIC], "choose one of those tables."],
  [["stats", "hours", ...FROM_ANTHROPIC], "choose one of those tables."],
  [["stats", "cache", ...FROM_ANTHROPIC], "choose one of those tables."],
  [["stats", "--by", "branch,model", ...FROM_ANTHROPIC], "choose one of those tables."],
  [["budget", "set", "x", "--amount", "1", ...FROM_ANTHROPIC, "--branch", "b"], "--branch out."],
  [["report", ...FROM_ANTHROPIC, "--session", "abcdefgh"], "leave --session out."],
])("%j is wrong usage", async ([args, says]) => {
  const { exitCode, stderr } = await newHome().run(args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
