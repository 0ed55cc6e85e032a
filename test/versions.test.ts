import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { NO_MODEL, tokenKinds, totalTokens, UNKNOWN_PROJECT, type Tokens } from "../src/usage.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { say, transcriptLine, transcriptPath, UNPRICED } from "./support/transcripts.ts";

/** Every line of releases that ccbooks reads, each really run: two from npm, and the pinned one. */

const releases = ["17.2.1", "18.0.11", "20.0.20"] as const;
const [SEVENTEEN, EIGHTEEN, TWENTY] = releases;

type Release = (typeof releases)[number];

let installed: string;

beforeAll(async () => {
  installed = mkdtempSync(join(tmpdir(), "ccbooks-versions-"));
  const install = (release: Release) =>
    execa(
      "npm",
      ["i", `ccusage@${release}`, "--prefix", join(installed, release), "--prefer-offline"],
      {
        cwd: installed,
        env: { npm_config_loglevel: "error" },
      },
    );
  await Promise.all([install(SEVENTEEN), install(EIGHTEEN)]);
}, 120_000);

afterAll(() => rmSync(installed, { recursive: true, force: true }));

/** The script that `--ccusage` is given. */
function program(release: Release): string {
  return release === TWENTY
    ? join(root, "node_modules", "ccusage", "src", "cli.js")
    : join(installed, release, "node_modules", "ccusage", "dist", "index.js");
}

const fetchWith = (home: Home, release: Release) => home.fetch("--ccusage", program(release));

/** What a release itself prints of a home. */
async function ownReport(home: Home, release: Release, ...report: string[]): Promise<string> {
  const words = [...(release === TWENTY ? ["claude"] : []), ...report];
  const args = [program(release), ...words, "--json", "--offline", "--timezone", "UTC"];
  const { stdout } = await execa(process.execPath, args, { env: home.env, extendEnv: false });
  return stdout;
}

interface Row extends Tokens {
  totalTokens: number;
  totalCost: number;
  modelBreakdowns: (Tokens & { modelName: string; cost: number })[];
}

type DayRow = Row & { date: string };

type SessionRow = Row & {
  sessionId: string;
  projectPath: string;
  firstActivity?: string;
  lastActivity: string;
};

async function ownDays(home: Home, release: Release): Promise<DayRow[]> {
  const report: { daily: DayRow[] } = JSON.parse(await ownReport(home, release, "daily"));
  return report.daily.toSorted((a, b) => (a.date < b.date ? -1 : 1));
}

async function ownSessions(home: Home, release: Release): Promise<SessionRow[]> {
  const report: { sessions: SessionRow[] } = JSON.parse(await ownReport(home, release, "session"));
  const key = (row: SessionRow): string => `${row.sessionId}\0${row.projectPath}`;
  return report.sessions.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

interface Cell extends Tokens {
  date: string;
  project: string;
  model: string;
  /** 0 where the release knows no price. */
  cost: number;
}

/** The smallest figures of a release's own daily report. */
async function ownCells(home: Home, release: Release): Promise<Cell[]> {
  const printed = await ownReport(home, release, "daily", "--instances");
  const report: { projects: Record<string, DayRow[]> } = JSON.parse(printed);
  return Object.entries(report.projects).flatMap(([project, days]) =>
    days.flatMap((day) => {
      const { date } = day;
      const rest = { date, project, model: NO_MODEL, ...tokensOf(day), cost: 0 };
      const cells = day.modelBreakdowns.map((model): Cell => {
        for (const kind of tokenKinds) rest[kind] -= model[kind];
        return { date, project, model: model.modelName, ...tokensOf(model), cost: model.cost };
      });
      return totalTokens(rest) > 0 ? [...cells, rest] : cells;
    }),
  );
}

function tokensOf(row: Tokens): Tokens {
  const { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens } = row;
  return { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens };
}

/** A cost as the books have it: zero is not free, and adding dollars in another order is noise. */
const dollars = (cost: number): unknown => (cost > 0 ? expect.closeTo(cost, 9) : null);

const counts = `input_tokens AS inputTokens, output_tokens AS outputTokens,
  cache_creation_tokens AS cacheCreationTokens, cache_read_tokens AS cacheReadTokens`;

/** The rows of days, models and projects must be these cells, added up, and no others. */
function expectRowsOf(home: Home, cells: Cell[]): void {
  const sums = (keyOf: (cell: Cell) => string): unknown[] =>
    [...Map.groupBy(cells, keyOf)]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, some]) => ({
        key,
        ...Object.fromEntries(
          tokenKinds.map((kind) => [kind, some.reduce((sum, cell) => sum + cell[kind], 0)]),
        ),
        cost: dollars(some.reduce((sum, { cost }) => sum + cost, 0)),
        unpriced: some.reduce((sum, cell) => sum + (cell.cost > 0 ? 0 : totalTokens(cell)), 0),
      }));
  const rows = (table: string, key: string, cost: string): unknown[] =>
    home.query(`SELECT ${key} AS key, ${counts}, ${cost} AS cost, unpriced_tokens AS unpriced
      FROM ${table} ORDER BY 1`);

  expect(rows("daily_usage", "date", "total_cost")).toEqual(sums(({ date }) => date));
  expect(rows("model_breakdown", "date || ' ' || model_name", "cost")).toEqual(
    sums(({ date, model }) => `${date} ${model}`),
  );
  expect(rows("project_usage", "date || ' ' || project_path", "total_cost")).toEqual(
    sums(({ date, project }) => `${date} ${project}`),
  );
}

/** The cells of the newest release; a price it does not know is the one known before. */
function withPricesKept(before: Cell[], newest: Cell[]): Cell[] {
  const keyOf = ({ date, project, model }: Cell): string => `${date} ${project} ${model}`;
  const known = new Map(before.map((cell) => [keyOf(cell), cell.cost]));
  return newest.map((cell) => ({ ...cell, cost: cell.cost || (known.get(keyOf(cell)) ?? 0) }));
}

/** `stats --json` must add up to the days in the books. */
async function expectStatsToEqualDays(home: Home): Promise<void> {
  const { stdout } = await home.run(["stats", "--json"]);
  const stats: {
    summary: Row;
    trend: { cumulativeCost: number }[];
    models: Row[];
  } = JSON.parse(stdout);
  const [sum] = home.query<{ tokens: number; cost: number }>(
    "SELECT SUM(total_tokens) AS tokens, SUM(total_cost) AS cost FROM daily_usage",
  );
  expect(sum?.tokens).toBeGreaterThan(0);
  expect(stats.summary).toMatchObject({
    totalTokens: sum?.tokens,
    totalCost: dollars(sum?.cost ?? 0),
  });
  expect(stats.trend.at(-1)?.cumulativeCost).toBeCloseTo(sum?.cost ?? 0, 9);
  expect(stats.models.reduce((tokens, model) => tokens + model.totalTokens, 0)).toBe(sum?.tokens);
}

const DATE = "2026-11-18";

/**
 * A home with six days of five projects, kept for years. Some answers are in it that the releases
 * count differently: written as they grow (17 and 18 take the first copy, 20 the largest), or copied
 * into another project.
 */
function homeWithHistory(): Home {
  const home = newHome();
  writeFileSync(join(home.claude, "settings.json"), '{"cleanupPeriodDays":3650}');
  writeTranscripts(home.claude, {
    ...shapes.demo,
    ...{ days: 6, sessionsPerDay: 3, mostMessages: 8, projects: 3, lively: false, seed: 3 },
    until: new Date("2026-11-20T18:00:00Z"),
  });
  const first = { id: "grows", at: `${DATE}T10:00:00.000Z`, output: 3 };
  const last = { id: "grows", at: `${DATE}T10:00:05.000Z`, output: 900 };
  // 17 and 18 credit a copy to the file that begins first, and either one to files that begin together.
  const begins = { id: "begins", at: `${DATE}T09:00:00.000Z` };
  say(home.claude, "-home-dev-web", "grown", begins, first, last);
  say(home.claude, "-home-dev-api", "forked", first, last);
  const at = `${DATE}T11:00:00.000Z`;
  say(home.claude, "-home-dev-api", "forked", { id: "new", at, model: UNPRICED });
  say(home.claude, "-home-dev-api", "forked", { id: "none", at, model: "<synthetic>", input: 4 });
  return home;
}

/** The sessions in the books must be those of the release's own report. */
async function expectSessionsOf(home: Home, release: Release): Promise<void> {
  const sessions = await ownSessions(home, release);
  const isExact = release === TWENTY;
  expect(
    home.query(`SELECT session_id AS sessionId, project_path AS projectPath, ${counts},
        total_tokens AS totalTokens, total_cost AS totalCost, first_activity AS firstActivity,
        last_activity AS lastActivity, last_activity_at AS lastActivityAt
      FROM session_usage ORDER BY session_id, project_path`),
  ).toEqual(
    sessions.map((session) => ({
      sessionId: session.sessionId,
      projectPath: session.projectPath,
      ...tokensOf(session),
      totalTokens: session.totalTokens,
      totalCost: dollars(session.totalCost),
      firstActivity: isExact ? session.firstActivity?.slice(0, 10) : null,
      lastActivity: session.lastActivity.slice(0, 10),
      lastActivityAt: isExact ? session.lastActivity : null,
    })),
  );
}

test.for(releases)("the books equal the reports of ccusage %s to the token", async (release) => {
  const home = homeWithHistory();
  const [result, days, cells] = await Promise.all([
    fetchWith(home, release),
    ownDays(home, release),
    ownCells(home, release),
  ]);
  expect(result).toMatchObject({ run: { ccusageVersion: release }, days: { added: 6 } });

  expect(
    home.query(`SELECT date, ${counts}, total_tokens AS totalTokens, total_cost AS totalCost
      FROM daily_usage ORDER BY date`),
  ).toEqual(
    days.map((day) => ({
      date: day.date,
      ...tokensOf(day),
      totalTokens: day.totalTokens,
      totalCost: dollars(day.totalCost),
    })),
  );
  expect(new Set(cells.map(({ project }) => project)).size).toBe(5);
  expectRowsOf(home, cells);
  await Promise.all([expectSessionsOf(home, release), expectStatsToEqualDays(home)]);

  const once = home.dump();
  const again = await fetchWith(home, release);
  expect(home.dump()).toBe(once);
  expect(again.totals).toEqual(result.totals);
});

test.for([SEVENTEEN, EIGHTEEN])(
  "ccusage %s has project folders for sessions, in no project and without an instant",
  async (release) => {
    const home = newHome();
    say(home.claude, "-app", "one", { id: "a", at: "2026-11-18T10:00:00Z" });
    say(home.claude, "-app", "two", { id: "b", at: "2026-11-19T10:00:00Z" });
    await fetchWith(home, release);
    const columns =
      "session_id, project_path, total_tokens, first_activity, last_activity, last_activity_at";
    expect(home.query(`SELECT ${columns} FROM session_usage`)).toEqual([
      {
        session_id: "-app",
        project_path: UNKNOWN_PROJECT,
        total_tokens: 220,
        first_activity: null,
        last_activity: "2026-11-19",
        last_activity_at: null,
      },
    ]);
  },
);

test.for(releases)(
  "with ccusage %s no logs at all are a warning, and end well",
  async (release) => {
    const home = newHome();
    // Only 20 prints an object where there is nothing to say.
    if (release !== TWENTY) expect(JSON.parse(await ownReport(home, release, "daily"))).toEqual([]);
    const result = await fetchWith(home, release);
    expect(result).toMatchObject({
      status: "ok",
      totals: { days: 0, sessions: 0, totalTokens: 0 },
    });
    expect(result.warnings.join()).toContain("no usage at all");
  },
);

test.for([EIGHTEEN, TWENTY])(
  "when all logs are gone, ccusage %s empties nothing",
  async (release) => {
    const home = homeWithHistory();
    await fetchWith(home, release);
    const before = figuresIn(home);
    rmSync(join(home.claude, "projects"), { recursive: true });
    say(home.claude, "-app", "silent");
    const result = await fetchWith(home, release);
    expect(result).toMatchObject({ status: "ok", days: { kept: 6 } });
    expect(result.warnings.join()).toContain("no usage at all");
    expect(figuresIn(home)).toBe(before);
  },
);

/** Every figure in the books, without the moments of the fetches and the noise of adding dollars. */
function figuresIn(home: Home): string {
  return home
    .dump()
    .replaceAll(/,"[^"]*T[\d:.]+Z"\]/g, "]")
    .replaceAll(/\d+\.\d+(?=[,\]])/g, (cost) => String(Number(Number(cost).toFixed(9))));
}

/** Of a home that 20 and an older release have fetched, only the sessions of 20 may be shown. */
async function expectNoFolderAmongSessions(home: Home): Promise<void> {
  const folders = home.query("SELECT 1 FROM session_usage WHERE last_activity_at IS NULL");
  expect(folders.length).toBeGreaterThan(0);

  const sessions = await ownSessions(home, TWENTY);
  expect(
    home.query(`SELECT session_id AS sessionId, ${counts}, total_tokens AS totalTokens
      FROM session_cost ORDER BY 1`),
  ).toEqual(
    sessions.map(({ sessionId, totalTokens: tokens, ...row }) => ({
      sessionId,
      ...tokensOf(row),
      totalTokens: tokens,
    })),
  );
  const { stdout } = await home.run(["stats", "--json"]);
  const stats: { sessions: { sessionId: string }[] } = JSON.parse(stdout);
  expect(stats.sessions).toHaveLength(5);
  const real = new Set(sessions.map(({ sessionId }) => sessionId));
  expect(stats.sessions.filter(({ sessionId }) => !real.has(sessionId))).toEqual([]);
}

test.for<{ names: string; path: Release[] }>([
  { names: "18 and 20", path: [EIGHTEEN, TWENTY] },
  { names: "20 and 18", path: [TWENTY, EIGHTEEN] },
  { names: "17, 18 and 20", path: [SEVENTEEN, EIGHTEEN, TWENTY] },
  { names: "20, 17 and 20 again", path: [TWENTY, SEVENTEEN, TWENTY] },
])(
  "fetched with $names, the days are as the last of them counts and the sessions as 20 does",
  async ({ path }) => {
    const home = homeWithHistory();
    let expected: Cell[] = [];
    for (const release of path) {
      const [own, result] = await Promise.all([ownCells(home, release), fetchWith(home, release)]);
      // No log is gone, whatever the release calls a session.
      expect(result).toMatchObject({ days: { kept: 0 }, sessions: { kept: 0 } });
      // Were they all to count the same, the last could not be told from the first.
      if (release !== path[0]) expect(own).not.toEqual(expected);
      expected = withPricesKept(expected, own);
      expectRowsOf(home, expected);
    }
    await Promise.all([expectNoFolderAmongSessions(home), expectStatsToEqualDays(home)]);

    const once = home.dump();
    const { days, sessions } = await home.fetch("--ccusage", program(path.at(-1) ?? TWENTY));
    expect(home.dump()).toBe(once);
    expect(days).toMatchObject({ added: 0, grown: 0, repriced: 0, recounted: 0, kept: 0 });
    expect(sessions).toMatchObject({ added: 0, grown: 0, repriced: 0, recounted: 0, kept: 0 });
  },
);

test.for<{ from: Release; to: Release }>([
  { from: EIGHTEEN, to: TWENTY },
  { from: TWENTY, to: EIGHTEEN },
])(
  "what was swept before $from gave way to $to stays as $from counted it",
  async ({ from, to }) => {
    const home = homeWithHistory();
    const [before] = await Promise.all([ownDays(home, from), fetchWith(home, from)]);
    sweepProject(home, "-home-dev-storefront");
    const [left] = await Promise.all([ownDays(home, from), fetchWith(home, from)]);
    const [now] = await Promise.all([ownDays(home, to), fetchWith(home, to)]);

    const expected = before.map(({ date, ...day }) => {
      const [rest, counted] = [left, now].map((days) => days.find((one) => one.date === date));
      const kinds = tokenKinds.map((kind) => [
        kind,
        day[kind] - (rest?.[kind] ?? 0) + (counted?.[kind] ?? 0),
      ]);
      return { date, ...Object.fromEntries(kinds) };
    });
    expect(home.query(`SELECT date, ${counts} FROM daily_usage ORDER BY date`)).toEqual(expected);
    expect(left.length).toBeLessThan(before.length);
    await expectStatsToEqualDays(home);
  },
);

test("a sweep on the very day of the change from 18 to 20 lowers no day", async () => {
  const home = homeWithHistory();
  const [before] = await Promise.all([ownDays(home, EIGHTEEN), fetchWith(home, EIGHTEEN)]);
  sweepProject(home, "-home-dev-storefront");
  const [now] = await Promise.all([ownDays(home, TWENTY), fetchWith(home, TWENTY)]);
  expect(home.query(`SELECT date, ${counts} FROM daily_usage ORDER BY date`)).toEqual(
    before.map(({ date, ...day }) => {
      const counted = now.find((one) => one.date === date);
      const kinds = tokenKinds.map((kind) => [kind, Math.max(day[kind], counted?.[kind] ?? 0)]);
      return { date, ...Object.fromEntries(kinds) };
    }),
  );
});

function sweepProject(home: Home, project: string): void {
  const folder = join(home.claude, "projects", project);
  expect(readdirSync(folder).length).toBeGreaterThan(3);
  rmSync(folder, { recursive: true });
}

// 20 passes over lines with spaces in their JSON, which other programs may write.
test("logs that 18 can read and 20 cannot are not lost to the books", async () => {
  const home = newHome();
  say(home.claude, "-app", "one");
  const spaced = JSON.stringify(
    JSON.parse(transcriptLine("one", { id: "a", at: new Date().toISOString() })),
    null,
    1,
  );
  writeFileSync(transcriptPath(home.claude, "-app", "one"), `${spaced.replaceAll(/\n */g, " ")}\n`);
  await fetchWith(home, EIGHTEEN);
  const result = await fetchWith(home, TWENTY);
  expect(result.warnings.join()).toContain("no usage at all");
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 110 }]);
});

test.for(["21.0.0", "19.0.3", "16.2.4", "2.0.20"])(
  "ccusage %s is refused in a sentence before it is asked for anything",
  async (version) => {
    const home = newHome();
    const path = join(home.folder, "ccusage");
    writeFileSync(
      path,
      `#!/bin/sh\n[ "$1" = --version ] && echo "ccusage ${version}" && exit\ntouch "$0.asked"\nexit 3\n`,
    );
    chmodSync(path, 0o755);
    const fetch = ["fetch", "--offline", "--json", "--ccusage", path];
    const sentence = `ccusage ${version} is not known to ccbooks, which reads 17, 18, 20; leave --ccusage out to use ccbooks' own.`;

    const refused = await home.run(fetch);
    expect(refused).toMatchObject({ exitCode: 1, stderr: `[error] ${sentence}` });
    expect(JSON.parse(refused.stdout)).toEqual({ status: "failed", error: sentence });
    const rows = rowsBesidesRuns(home);
    expect(rows.filter(([, { length }]) => length > 0)).toEqual([]);
    expect(home.query("SELECT status, error FROM import_run")).toEqual([
      { status: "failed", error: sentence },
    ]);
    expect(existsSync(join(home.folder, "config"))).toBe(false);

    say(home.claude, "-app", "one", { id: "a", at: "2026-11-18T10:00:00Z" });
    await home.fetch();
    const before = rowsBesidesRuns(home);
    expect(before).toContainEqual([
      "daily_usage",
      [expect.objectContaining({ total_tokens: 110 })],
    ]);
    expect(await home.run(fetch)).toMatchObject({ exitCode: 1 });
    expect(rowsBesidesRuns(home)).toEqual(before);
    expect(existsSync(`${path}.asked`)).toBe(false);
  },
);

/** Every row of the books but those of the runs, by table. */
function rowsBesidesRuns(home: Home): [string, unknown[]][] {
  const tables = home.query<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'import_run' ORDER BY name",
  );
  return tables.map(({ name }) => [name, home.query(`SELECT * FROM ${name}`)]);
}
