import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome, type Home } from "./support/home.ts";
import { PRICED, say, sweep, UNPRICED } from "./support/transcripts.ts";
import { cellsIn, daysIn, newWitness } from "./support/witness.ts";
import { REAL_CCUSAGE, wrapCcusage } from "./support/wrapped-ccusage.ts";

/** Releases of ccusage: the pinned one, a newer one from npm, and stand-ins that say other versions. */

/** It has a program for this platform alone. */
const hasNewer = process.platform === "linux" && process.arch === "x64";

let installed: string;
const newer = (): string => join(installed, "node_modules", "ccusage", "src", "cli.js");

beforeAll(async () => {
  installed = mkdtempSync(join(tmpdir(), "ccbooks-versions-"));
  if (!hasNewer) return;
  const install = ["i", "ccusage@20.0.24", "--prefix", installed, "--prefer-offline"];
  await execa("npm", install, { cwd: installed, env: { npm_config_loglevel: "error" } });
}, 120_000);

afterAll(() => rmSync(installed, { recursive: true, force: true }));

/** A home with six days of several projects, whose lines all have request ids. */
function homeWithHistory(): Home {
  const home = newHome();
  writeTranscripts(home.claude, {
    ...shapes.demo,
    ...{ days: 6, sessionsPerDay: 3, mostMessages: 8, projects: 3, lively: false, seed: 3 },
    until: new Date("2026-11-20T18:00:00Z"),
  });
  return home;
}

interface Cell {
  modelName: string;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
}

/** Total tokens by date, project and model, as a release itself reports them. */
async function ownCells(home: Home, program: string): Promise<Record<string, number>> {
  const args = ["claude", "daily", "--instances", "--json", "--offline", "--timezone", "UTC"];
  const { stdout } = await execa(process.execPath, [program, ...args], {
    ...{ env: home.env, extendEnv: false },
  });
  const report: { projects: Record<string, { date: string; modelBreakdowns: Cell[] }[]> } =
    JSON.parse(stdout);
  return Object.fromEntries(
    Object.entries(report.projects).flatMap(([project, days]) =>
      days.flatMap(({ date, modelBreakdowns }) =>
        modelBreakdowns.map((cell) => [
          `${date} ${project} ${cell.modelName}`,
          cell.inputTokens + cell.outputTokens + cell.cacheCreationTokens + cell.cacheReadTokens,
        ]),
      ),
    ),
  );
}

test.skipIf(!hasNewer)(
  "with ccusage 20.0.24 the books equal its reports to the token, and with 20.0.20 after it",
  async () => {
    const home = homeWithHistory();
    const result = await home.fetch("--ccusage", newer());
    expect(result).toMatchObject({
      ...{ run: { ccusageVersion: "20.0.24" }, days: { added: 6 }, differing: [] },
      ...{ totals: { unpricedTokens: 0 }, warnings: [] },
    });
    const own = await ownCells(home, newer());
    expect(Object.keys(own).length).toBeGreaterThan(10);
    expect(cellsIn(home)).toEqual(own);

    const costs = (): unknown =>
      home.query("SELECT date, total_cost, unpriced_tokens FROM daily_usage");
    const before = costs();
    // Another release: everything is counted again, and comes to the same.
    const pinned = await home.fetch();
    expect(pinned).toMatchObject({
      run: { ccusageVersion: "20.0.20" },
      days: { added: 0, grown: 0, repriced: 0, recounted: 0 },
      totals: result.totals,
    });
    expect(cellsIn(home)).toEqual(await ownCells(home, REAL_CCUSAGE));
    expect(costs()).toEqual(before);
    expect(home.query("SELECT 1 FROM revision")).toEqual([]);
    // And with the same one nothing is.
    expect((await home.fetch()).run.ccusageVersion).toBeNull();
  },
);

test.skipIf(!hasNewer)("CCBOOKS_CCUSAGE names another ccusage as --ccusage does", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-18T10:00:00.000Z" });
  home.env["CCBOOKS_CCUSAGE"] = newer();
  expect((await home.fetch()).run.ccusageVersion).toBe("20.0.24");
});

/** For `wrapCcusage`: a release that finds a token more in each answer of one day. */
const ONE_MORE = `
  for (const rows of Object.values(report.projects)) {
    for (const row of rows.filter(({ date }) => date === "2026-11-18")) {
      for (const one of [row, row.modelBreakdowns[0], report.totals]) {
        one.outputTokens += 1;
        if ("totalTokens" in one) one.totalTokens += 1;
      }
    }
  }`;

test("another release counts everything again, swept days too, and each figure that changed is a revision", async () => {
  const home = newHome();
  const seen = newWitness(home);
  for (const day of [17, 18, 19]) {
    const at = `2026-11-${day}T10:00:00.000Z`;
    say(home.claude, "-app", `s${day}`, { id: `${day}`, at, input: day, output: 0 });
  }
  await seen.fetch();
  sweep(home.claude, "-app", "s18");
  const other = wrapCcusage(join(home.folder, "ccusage.cjs"), "20.0.99", ONE_MORE);
  const changed = await seen.fetch("--ccusage", other);
  expect(changed).toMatchObject({
    ...{ run: { ccusageVersion: "20.0.99" }, effort: { filesRead: 0 } },
    ...{ days: { recounted: 1, added: 0, grown: 0 }, sessions: { recounted: 1 } },
    // The day keeps ccusage's figure, and that it is not the sum of the calls is said.
    differing: ["2026-11-18"],
  });
  expect(changed.warnings.join()).toContain(
    "ccusage's figures of 2026-11-18 are not the sums of the calls",
  );
  expect(daysIn(home)).toEqual({ "2026-11-17": 17, "2026-11-18": 19, "2026-11-19": 19 });

  const back = await seen.fetch();
  expect(back).toMatchObject({ days: { recounted: 1 }, differing: [], warnings: [] });
  expect(daysIn(home)).toEqual({ "2026-11-17": 17, "2026-11-18": 18, "2026-11-19": 19 });
  expect(
    home.query("SELECT date, reason, detail, tokens_before, tokens_after FROM revision"),
  ).toEqual([
    {
      ...{ date: "2026-11-18", reason: "release", detail: "20.0.20 to 20.0.99" },
      ...{ tokens_before: 18, tokens_after: 19 },
    },
    {
      ...{ date: "2026-11-18", reason: "release", detail: "20.0.99 to 20.0.20" },
      ...{ tokens_before: 19, tokens_after: 18 },
    },
  ]);
  await seen.expectAgreement();
});

test("a price that a newer release knows is taken, and stays when an older one does not know it", async () => {
  const home = newHome();
  const at = "2026-11-18T10:00:00.000Z";
  say(home.claude, "-app", "one", { id: "a", at, model: UNPRICED, input: 1000, output: 0 });
  say(home.claude, "-app", "one", { id: "b", at, input: 100_000, output: 0 });
  expect((await home.fetch()).totals).toMatchObject({ totalCost: 0.3, unpricedTokens: 1000 });
  const knows = wrapCcusage(
    join(home.folder, "ccusage.cjs"),
    "20.0.99",
    `for (const rows of Object.values(report.projects)) {
      for (const row of rows) {
        const model = row.modelBreakdowns.find(({ modelName }) => modelName === "${UNPRICED}");
        if (model === undefined) continue;
        for (const one of [row, report.totals]) one.totalCost += 1.5 - model.cost;
        model.cost = 1.5;
      }
    }`,
  );
  expect(await home.fetch("--ccusage", knows)).toMatchObject({
    days: { repriced: 1, recounted: 0 },
    totals: { totalCost: 1.8, unpricedTokens: 0 },
    unpricedModels: [],
  });
  expect(home.query("SELECT model_name, priced_by FROM session_cell ORDER BY 1")).toEqual([
    { model_name: PRICED, priced_by: "ccusage" },
    { model_name: UNPRICED, priced_by: "ccusage" },
  ]);
  expect(await home.fetch()).toMatchObject({
    days: { repriced: 0, recounted: 0 },
    totals: { totalCost: 1.8, unpricedTokens: 0 },
  });
});

test.for(["17.2.1", "18.0.11", "19.0.3", "21.0.0", "2.0.20"])(
  "ccusage %s is refused in a sentence before it is asked for anything, and no call is lost",
  async (version) => {
    const home = newHome();
    const path = join(home.folder, "ccusage");
    writeFileSync(
      path,
      `#!/bin/sh\n[ "$1" = --version ] && echo "ccusage ${version}" && exit\ntouch "$0.asked"\nexit 3\n`,
    );
    chmodSync(path, 0o755);
    say(home.claude, "-app", "one", { id: "a", at: "2026-11-18T10:00:00.000Z" });
    const sentence = `ccusage ${version} cannot count for ccbooks, which needs a 20.x; leave --ccusage out to use ccbooks' own. Reports saved from 17 and 18 can be merged.`;

    const refused = await home.run(["fetch", "--offline", "--json", "--ccusage", path]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: `[error] ${sentence}` });
    expect(JSON.parse(refused.stdout)).toEqual({ status: "failed", error: sentence });
    expect(home.query("SELECT status, error FROM import_run")).toEqual([
      { status: "failed", error: sentence },
    ]);
    expect(existsSync(`${path}.asked`)).toBe(false);
    expect(home.query("SELECT 1 FROM daily_usage")).toEqual([]);

    sweep(home.claude, "-app", "one");
    await home.fetch();
    expect(daysIn(home)).toEqual({ "2026-11-18": 110 });
  },
);
