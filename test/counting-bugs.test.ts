import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { expect, test } from "vitest";

import { locateCcusage } from "../src/sources/ccusage/locate.ts";
import { reportArguments } from "../src/sources/ccusage/question.ts";
import { tokenKinds, totalTokens, type Tokens } from "../src/usage.ts";
import { newHome, type Home } from "./support/home.ts";
import { PRICED, say, sweep, transcriptPath, UNPRICED } from "./support/transcripts.ts";

/**
 * Releases that count wrong: the real ccusage counts, and a stand-in tells its figures changed.
 */

/** A release of ccusage, and how it counts. */
interface Release {
  version: string;
  /** Reports every token and cost this many times. */
  times?: number;
  /** Sees no usage at all. */
  isBlind?: boolean;
  /** Does not see this project. */
  misses?: string;
  /** USD per million tokens of a model, where it is not the real price; 0 where it knows none. */
  prices?: Record<string, number>;
  /** What it knows beyond that when it may ask for today's prices. */
  onlinePrices?: Record<string, number>;
}

const RIGHT: Release = { version: "20.0.20" };
const DOUBLING: Release = { version: "20.0.21", times: 2 };
const MENDED: Release = { version: "20.0.22" };

interface Row extends Tokens {
  totalTokens: number;
  totalCost: number;
  /** Of a session. */
  projectPath?: string;
  modelBreakdowns: (Tokens & { modelName: string; cost: number })[];
}

/** The daily report has `projects`, the session report `sessions`. */
interface Report {
  projects?: Record<string, Row[]>;
  sessions?: Row[];
  totals: Tokens & { totalTokens: number; totalCost: number };
}

/** What a release would say where the real ccusage says this. */
function told(real: Report, release: Release, isOnline: boolean): Report {
  const { times = 1, isBlind = false } = release;
  const prices = { ...release.prices, ...(isOnline ? release.onlinePrices : {}) };
  const multiplied = (tokens: Tokens): Tokens => ({
    inputTokens: tokens.inputTokens * times,
    outputTokens: tokens.outputTokens * times,
    cacheCreationTokens: tokens.cacheCreationTokens * times,
    cacheReadTokens: tokens.cacheReadTokens * times,
  });
  const rowAs = (row: Row): Row => {
    const modelBreakdowns = row.modelBreakdowns.map((model) => {
      const tokens = multiplied(model);
      const price = prices[model.modelName];
      const cost = price === undefined ? model.cost * times : (totalTokens(tokens) * price) / 1e6;
      return { ...model, ...tokens, cost };
    });
    return {
      ...row,
      ...multiplied(row),
      totalTokens: row.totalTokens * times,
      totalCost: modelBreakdowns.reduce((sum, { cost }) => sum + cost, 0),
      modelBreakdowns,
    };
  };
  const seen = (rows: Row[]): Row[] => (isBlind ? [] : rows.map(rowAs));

  const projects = Object.entries(real.projects ?? {}).filter(([name]) => name !== release.misses);
  const report = real.sessions
    ? { sessions: seen(real.sessions.filter((row) => row.projectPath !== release.misses)) }
    : { projects: Object.fromEntries(projects.map(([name, rows]) => [name, seen(rows)])) };
  const all = report.sessions ?? Object.values(report.projects ?? {}).flat();
  const totals = { ...real.totals };
  for (const figure of [...tokenKinds, "totalTokens", "totalCost"] as const) {
    totals[figure] = all.reduce((sum, row) => sum + row[figure], 0);
  }
  return { ...report, totals };
}

/** Has the real ccusage count, and puts a stand-in into the home that tells it as the release would. */
async function standIn(home: Home, release: Release): Promise<string> {
  const path = join(home.folder, `ccusage-${release.version}`);
  const { file, leading } = locateCcusage(undefined);
  const write = async (name: "daily" | "session"): Promise<void> => {
    // The built-in prices, so that no test needs a network.
    const question = { timezone: "UTC", offline: true };
    const args = [...leading, ...reportArguments(name, RIGHT.version, question)];
    const { stdout } = await execa(file, args, { env: home.env, extendEnv: false });
    const real: Report = JSON.parse(stdout);
    for (const flag of ["--offline", "--no-offline"]) {
      const report = told(real, release, flag === "--no-offline");
      writeFileSync(`${path}.${name}${flag}`, JSON.stringify(report));
    }
  };
  await Promise.all([write("daily"), write("session")]);
  const script = `#!/bin/sh
    case "$*" in
      --version) echo "ccusage ${release.version}" && exit ;;
      "claude daily "*) report=daily ;;
      "claude session "*) report=session ;;
    esac
    case "$*" in
      *" --no-offline "*) cat "$0.$report--no-offline" ;;
      *" --offline "*) cat "$0.$report--offline" ;;
    esac`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

type Prices = "built in" | "online";

/** Fetches with a release; the parts of every day must then add up to it. Gives what was printed. */
async function count(home: Home, release: Release, prices: Prices = "built in") {
  return fetchWith(home, await standIn(home, release), prices);
}

/** Every case ends with this: fetches with a release, and once more, which must change nothing. */
async function countTwice(home: Home, release: Release, prices: Prices = "built in") {
  const path = await standIn(home, release);
  const first = await fetchWith(home, path, prices);
  const once = home.dump();
  const second = await fetchWith(home, path, prices);
  expect(home.dump()).toBe(once);
  expect(second.totals).toEqual(first.totals);
  return first;
}

async function fetchWith(home: Home, path: string, prices: Prices) {
  const flags = prices === "online" ? [] : ["--offline"];
  const fetch = ["fetch", "--json", "--ccusage", path, ...flags];
  const { stdout, stderr, exitCode } = await home.run(fetch);
  expect(exitCode, stderr).toBe(0);
  expectPartsToAddUp(home);
  return JSON.parse(stdout);
}

/** The model rows and the project rows of a day are the day, in tokens, cost and what has no price. */
function expectPartsToAddUp(home: Home): void {
  const counts = ["input", "output", "cache_creation", "cache_read"].map(
    (kind) => `${kind}_tokens`,
  );
  const figures = [...counts, "unpriced_tokens"];
  for (const [table, cost] of [
    ["model_breakdown", "cost"],
    ["project_usage", "total_cost"],
  ]) {
    const sums = figures.map((figure) => `COALESCE(SUM(p.${figure}), 0) AS ${figure}`);
    const parts = home.query(
      `SELECT d.date, ${sums.join(", ")}, ROUND(SUM(p.${cost}), 9) AS cost
       FROM daily_usage AS d LEFT JOIN ${table} AS p USING (date, agent, machine)
       GROUP BY d.date ORDER BY d.date`,
    );
    const days = home.query(
      `SELECT date, ${figures.join(", ")}, ROUND(total_cost, 9) AS cost FROM daily_usage
       ORDER BY date`,
    );
    expect(parts).toEqual(days);
  }
  expect(
    home.query(`SELECT date FROM daily_usage WHERE total_tokens <> ${counts.join(" + ")}`),
  ).toEqual([]);
}

const now = new Date();

/** A date so many days ago; 0 is today. The homes live in UTC. */
const daysAgo = (days: number): string =>
  new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);

let messages = 0;

/**
 * A session says something that costs input tokens alone ($3 a million, where the model has a
 * price), at noon or, today, now. Its transcript is as old as that, as Claude Code would leave it.
 */
function spend(home: Home, { ago, session, tokens, ...more }: Spending): void {
  const at = ago === 0 ? now : new Date(`${daysAgo(ago)}T12:00:00Z`);
  const { project = "-app", model = PRICED } = more;
  const id = `${++messages}`;
  say(home.claude, project, session, { id, at: at.toISOString(), model, input: tokens, output: 0 });
  utimesSync(transcriptPath(home.claude, project, session), at, at);
}

interface Spending {
  /** Days ago. */
  ago: number;
  session: string;
  tokens: number;
  project?: string;
  model?: string;
}

interface Shown {
  tokens: number;
  cost: number | null;
  unpriced: number;
}

/** What the books show for a day. */
function shown(home: Home, ago: number): Shown | undefined {
  const [day] = home.query<Shown>(
    `SELECT total_tokens AS tokens, ROUND(total_cost, 9) AS cost, unpriced_tokens AS unpriced
     FROM daily_usage WHERE date = ?`,
    daysAgo(ago),
  );
  return day;
}

const priced = (tokens: number): Shown => ({ tokens, cost: (tokens * 3) / 1e6, unpriced: 0 });

/** Every figure in the books, without the moments of the fetches and the noise of adding dollars. */
function figuresIn(home: Home): string {
  return home
    .dump()
    .replaceAll(/,"[^"]*T[\d:.]+Z"\]/g, "]")
    .replaceAll(/\d+\.\d+(?=[,\]])/g, (dollars) => String(Number(Number(dollars).toFixed(9))));
}

/** Some days of two projects and two models, all over. */
function someDays(home: Home): void {
  for (const ago of [1, 2, 3]) {
    spend(home, { ago, session: `s${ago}`, tokens: 20_000 * ago });
    spend(home, { ago, session: `t${ago}`, tokens: 40_000, project: "-web" });
    spend(home, { ago, session: `t${ago}`, tokens: 8, project: "-web", model: UNPRICED });
  }
}

test.for([
  { counted: "doubled", times: 2 },
  { counted: "halved", times: 0.5 },
])(
  "what a release $counted is right again with the next one, while its logs are there",
  async ({ times }) => {
    const home = newHome();
    someDays(home);
    await count(home, RIGHT);
    const right = figuresIn(home);

    const wrong = newHome();
    someDays(wrong);
    await count(wrong, { ...DOUBLING, times });
    expect(shown(wrong, 1)).toEqual({
      tokens: 60_008 * times,
      cost: 0.18 * times,
      unpriced: 8 * times,
    });

    const mended = await countTwice(wrong, MENDED);
    expect(figuresIn(wrong)).toBe(right);
    expect(mended).toMatchObject({
      days: { recounted: 3, kept: 0, unchanged: 0 },
      kept: { tokens: 0, cost: 0 },
      sessions: { kept: 0, unchanged: 0 },
    });
  },
);

test.for([{ next: MENDED }, { next: RIGHT }])(
  "after a release that saw nothing, $next.version counts every day once",
  async ({ next }) => {
    const home = newHome();
    someDays(home);
    spend(home, { ago: 0, session: "now", tokens: 5000 });
    await count(home, RIGHT);
    const right = figuresIn(home);
    await count(home, { version: "20.0.21", isBlind: true });
    expect(figuresIn(home)).toBe(right);
    await countTwice(home, next);
    expect(figuresIn(home)).toBe(right);
  },
);

test("a release that misses a project lowers the days of it only until the next one sees it", async () => {
  const home = newHome();
  someDays(home);
  await count(home, RIGHT);
  const right = figuresIn(home);

  const blinkered = { version: "20.0.21", misses: "-web" };
  expect(await count(home, blinkered)).toMatchObject({ days: { recounted: 3 } });
  expect([1, 2, 3].map((ago) => shown(home, ago))).toEqual([20_000, 40_000, 60_000].map(priced));
  await countTwice(home, MENDED);
  expect(figuresIn(home)).toBe(right);
});

test("a doubling release between two right ones leaves no trace", async () => {
  const home = newHome();
  someDays(home);
  await count(home, RIGHT);
  const right = figuresIn(home);

  await count(home, DOUBLING);
  expect(figuresIn(home)).not.toBe(right);
  expect(shown(home, 3)).toEqual({ tokens: 200_016, cost: 0.6, unpriced: 16 });

  await countTwice(home, RIGHT);
  expect(figuresIn(home)).toBe(right);
});

test("today, doubled by one release, goes on growing from the right figure with the next", async () => {
  const home = newHome();
  spend(home, { ago: 0, session: "one", tokens: 100_000 });
  await count(home, DOUBLING);
  expect(shown(home, 0)).toEqual(priced(200_000));

  spend(home, { ago: 0, session: "one", tokens: 30_000 });
  await count(home, MENDED);
  expect(shown(home, 0)).toEqual(priced(130_000));

  spend(home, { ago: 0, session: "two", tokens: 5000 });
  await countTwice(home, MENDED);
  expect(shown(home, 0)).toEqual(priced(135_000));
});

test("what was swept before the better release came stays as the doubling one counted it", async () => {
  const home = newHome();
  for (const ago of [1, 2, 3]) {
    spend(home, { ago, session: `stays${ago}`, tokens: 100_000 });
    if (ago > 1) spend(home, { ago, session: `goes${ago}`, tokens: 30_000 });
  }
  await count(home, DOUBLING);
  sweep(home.claude, "-app", "stays3");
  sweep(home.claude, "-app", "goes3");
  sweep(home.claude, "-app", "goes2");
  expect(await count(home, DOUBLING)).toMatchObject({ days: { kept: 2 } });
  const doubled = [priced(200_000), priced(260_000), priced(260_000)];
  expect([1, 2, 3].map((ago) => shown(home, ago))).toEqual(doubled);

  await countTwice(home, MENDED);
  // Of the second day 30,000 are gone and stay doubled; the third is gone altogether.
  const mended = [priced(100_000), priced(160_000), priced(260_000)];
  expect([1, 2, 3].map((ago) => shown(home, ago))).toEqual(mended);
});

test("a sweep together with a new release loses nothing of the day it touched", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 30_000, project: "-web" });
  spend(home, { ago: 2, session: "goes too", tokens: 5000, project: "-web" });
  await count(home, RIGHT);
  const before = figuresIn(home);
  sweep(home.claude, "-web", "goes");
  sweep(home.claude, "-web", "goes too");
  expect(await countTwice(home, MENDED)).toMatchObject({
    days: { kept: 2 },
    kept: { tokens: 35_000 },
  });
  expect(figuresIn(home)).toBe(before);
});

test("a day that lost logs as the doubling ended stays as it was, since nobody can tell the two apart", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 30_000 });
  await count(home, DOUBLING);
  sweep(home.claude, "-app", "goes");
  expect(await countTwice(home, MENDED)).toMatchObject({ days: { kept: 1, recounted: 0 } });
  expect(shown(home, 1)).toEqual(priced(180_000));
});

test("the sweep of an old session does not keep the doubling of days it has nothing to do with", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "yesterday", tokens: 100_000 });
  spend(home, { ago: 29, session: "old", tokens: 30_000 });
  await count(home, DOUBLING);
  sweep(home.claude, "-app", "old");
  await countTwice(home, MENDED);
  expect(shown(home, 29)).toEqual(priced(60_000));
  expect(shown(home, 1)).toEqual(priced(100_000));
});

test("a folder that comes back does not keep the doubling of days it has nothing to do with", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "yesterday", tokens: 100_000 });
  spend(home, { ago: 29, session: "old", tokens: 30_000 });
  await count(home, DOUBLING);
  sweep(home.claude, "-app", "old");
  await count(home, DOUBLING);
  spend(home, { ago: 29, session: "old", tokens: 30_000 });
  await countTwice(home, MENDED);
  expect(shown(home, 1)).toEqual(priced(100_000));
});

test("a doubling cannot hide a loss from the release that counted right before and after", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 30_000 });
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  // Twice 60,000 is no less than 90,000, so nothing seems to be missing.
  await count(home, DOUBLING);
  await countTwice(home, RIGHT);
  expect(shown(home, 1)).toEqual(priced(90_000));
});

test("a doubling cannot hide a loss from the release that mends it", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 30_000 });
  // Only a fetch after midnight knows that the day is over.
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  await count(home, DOUBLING);
  await countTwice(home, MENDED);
  expect(shown(home, 1)).toEqual(priced(90_000));
});

test("a release that doubles and is used now and then does not double what was swept meanwhile", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 30_000 });
  await count(home, RIGHT);
  await count(home, DOUBLING);
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  await count(home, RIGHT);
  await count(home, DOUBLING);
  await countTwice(home, RIGHT);
  expect(shown(home, 1)).toEqual(priced(90_000));
});

test("what came back while another release counted is not counted twice by the first", async () => {
  const home = newHome();
  spend(home, { ago: 0, session: "stays", tokens: 60_000 });
  spend(home, { ago: 0, session: "goes", tokens: 30_000 });
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  await count(home, RIGHT);
  const other = { version: "20.0.19" };
  await count(home, other);
  spend(home, { ago: 0, session: "goes", tokens: 30_000 });
  await count(home, other);
  await countTwice(home, RIGHT);
  expect(shown(home, 0)).toEqual(priced(90_000));
});

test.for([
  { ago: 30, kept: 30, keeps: 30, shows: 100_000 },
  { ago: 31, kept: 30, keeps: 30, shows: 200_000 },
  { ago: 31, kept: 60, keeps: 60, shows: 100_000 },
  { ago: 10, kept: 30, keeps: 5, shows: 200_000 },
])(
  "a day doubled $ago days ago is $shows with the next release, where transcripts are kept for $keeps",
  async ({ ago, kept, keeps, shows }) => {
    const home = newHome();
    const settings = join(home.claude, "settings.json");
    writeFileSync(settings, `{"cleanupPeriodDays":${kept}}`);
    spend(home, { ago, session: "one", tokens: 100_000 });
    await count(home, DOUBLING);
    writeFileSync(settings, `{"cleanupPeriodDays":${keeps}}`);
    await countTwice(home, MENDED);
    // Beyond that period what is less may as well be lost, so the larger figure stays.
    expect(shown(home, ago)).toEqual(priced(shows));
  },
);

test("a new release that sees nothing at all lowers nothing", async () => {
  const home = newHome();
  someDays(home);
  await count(home, RIGHT);
  const before = figuresIn(home);
  const result = await countTwice(home, { version: "20.0.22", isBlind: true });
  expect(result.warnings.join()).toContain("no usage at all");
  expect(figuresIn(home)).toBe(before);
});

const unknowing: Release = { version: "20.0.20", prices: { [PRICED]: 0 } };

test.for([
  { by: "the same release", knowing: RIGHT },
  { by: "a new release", knowing: MENDED },
])("a price that was unknown is filled by $by that knows it", async ({ knowing }) => {
  const home = newHome();
  spend(home, { ago: 1, session: "one", tokens: 100_000 });
  spend(home, { ago: 1, session: "one", tokens: 7, model: UNPRICED });
  const first = await count(home, unknowing);
  expect(shown(home, 1)).toEqual({ tokens: 100_007, cost: null, unpriced: 100_007 });
  expect(first.unpricedModels).toHaveLength(2);

  const second = await countTwice(home, knowing);
  expect(second).toMatchObject({ days: { repriced: 1 }, sessions: { repriced: 1 } });
  expect(second.unpricedModels).toEqual([{ model: UNPRICED, unpricedTokens: 7 }]);
  expect(shown(home, 1)).toEqual({ tokens: 100_007, cost: 0.3, unpriced: 7 });
  expect(home.query("SELECT total_cost, unpriced_tokens FROM session_usage")).toEqual([
    { total_cost: 0.3, unpriced_tokens: 7 },
  ]);
});

test.for([
  { by: "the same release", forgetful: unknowing },
  { by: "a new release", forgetful: { ...unknowing, version: "20.0.22" } },
])("a price forgotten by $by is kept, and only what is new has none", async ({ forgetful }) => {
  const home = newHome();
  spend(home, { ago: 1, session: "one", tokens: 100_000 });
  spend(home, { ago: 0, session: "two", tokens: 20_000 });
  await count(home, RIGHT);
  const before = figuresIn(home);
  await count(home, forgetful);
  expect(figuresIn(home)).toBe(before);

  spend(home, { ago: 0, session: "two", tokens: 500 });
  await count(home, forgetful);
  expect(shown(home, 1)).toEqual(priced(100_000));
  expect(shown(home, 0)).toEqual({ tokens: 20_500, cost: 0.06, unpriced: 500 });

  await countTwice(home, { ...RIGHT, version: forgetful.version });
  expect(shown(home, 0)).toEqual(priced(20_500));
});

test("a doubled price becomes the right one even by a release that knows none", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "one", tokens: 100_000 });
  await count(home, DOUBLING);
  expect(shown(home, 1)).toEqual(priced(200_000));
  await countTwice(home, { ...unknowing, version: "20.0.22" });
  expect(shown(home, 1)).toEqual(priced(100_000));
});

const knowsOnline: Release = { version: "20.0.20", onlinePrices: { [UNPRICED]: 10 } };

test("a fetch without a network never erases a price that one with a network knew", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "one", tokens: 100_000, model: UNPRICED });
  spend(home, { ago: 0, session: "two", tokens: 20_000, model: UNPRICED });
  await count(home, knowsOnline, "online");
  const before = home.dump();
  expect(shown(home, 1)).toEqual({ tokens: 100_000, cost: 1, unpriced: 0 });

  expect(await count(home, knowsOnline)).toMatchObject({
    run: { prices: "built in" },
    days: { unchanged: 2 },
    unpricedModels: [],
  });
  expect(home.dump()).toBe(before);

  spend(home, { ago: 0, session: "two", tokens: 3000, model: UNPRICED });
  await count(home, knowsOnline);
  expect(shown(home, 0)).toEqual({ tokens: 23_000, cost: 0.2, unpriced: 3000 });
  await countTwice(home, knowsOnline, "online");
  expect(shown(home, 0)).toEqual({ tokens: 23_000, cost: 0.23, unpriced: 0 });
});

test("a swept session keeps its known price, though the fetch that misses it knows none", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000, model: UNPRICED });
  spend(home, { ago: 1, session: "goes", tokens: 40_000, model: UNPRICED });
  await count(home, knowsOnline, "online");
  sweep(home.claude, "-app", "goes");
  expect(await countTwice(home, knowsOnline)).toMatchObject({
    kept: { tokens: 40_000, cost: 0.4 },
  });
  expect(shown(home, 1)).toEqual({ tokens: 100_000, cost: 1, unpriced: 0 });
});

test("a sweep does not make tokens without a price seem to have one", async () => {
  const home = newHome();
  spend(home, { ago: 0, session: "one", tokens: 1000, model: UNPRICED });
  await count(home, knowsOnline, "online");
  spend(home, { ago: 0, session: "two", tokens: 500, model: UNPRICED });
  await count(home, knowsOnline);
  const before = { tokens: 1500, cost: 0.01, unpriced: 500 };
  expect(shown(home, 0)).toEqual(before);

  sweep(home.claude, "-app", "two");
  await countTwice(home, knowsOnline);
  expect(shown(home, 0)).toEqual(before);
});

test("a finished day, partly swept and partly without a price, stays as it is", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "one", tokens: 1000, model: UNPRICED });
  await count(home, knowsOnline, "online");
  // Brought over from another computer, say.
  spend(home, { ago: 1, session: "two", tokens: 500, model: UNPRICED });
  await count(home, knowsOnline);
  const before = { tokens: 1500, cost: 0.01, unpriced: 500 };
  expect(shown(home, 1)).toEqual(before);

  sweep(home.claude, "-app", "one");
  await countTwice(home, knowsOnline);
  expect(shown(home, 1)).toEqual(before);
});

test.for([
  { to: "more", price: 30 },
  { to: "less", price: 0.3 },
])(
  "the price of a finished day does not move when the same release says $to",
  async ({ price }) => {
    const home = newHome();
    spend(home, { ago: 1, session: "one", tokens: 100_000 });
    await count(home, RIGHT);
    const before = home.dump();
    const other = { prices: { [PRICED]: price } };
    expect(await count(home, { ...RIGHT, ...other })).toMatchObject({ days: { unchanged: 1 } });
    expect(home.dump()).toBe(before);

    // A new release is another way of counting, and is believed.
    await countTwice(home, { ...MENDED, ...other });
    expect(shown(home, 1)?.cost).toBeCloseTo(price / 10, 9);
  },
);

test("a finished day does not become cheaper when a part of it is swept and the price falls", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 40_000 });
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  await count(home, RIGHT);
  await countTwice(home, { ...RIGHT, prices: { [PRICED]: 0.3 } });
  expect(shown(home, 1)).toEqual(priced(100_000));
});

test("a finished day does not become dearer when a part of it is swept and the price rises", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 40_000 });
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  await count(home, RIGHT);
  await countTwice(home, { ...RIGHT, prices: { [PRICED]: 30 } });
  expect(shown(home, 1)).toEqual(priced(100_000));
});

test("a finished day does not become dearer when it is swept just as the price rises", async () => {
  const home = newHome();
  spend(home, { ago: 1, session: "stays", tokens: 60_000 });
  spend(home, { ago: 1, session: "goes", tokens: 40_000 });
  await count(home, RIGHT);
  sweep(home.claude, "-app", "goes");
  await countTwice(home, { ...RIGHT, prices: { [PRICED]: 30 } });
  expect(shown(home, 1)).toEqual(priced(100_000));
});

test("a price that comes after a part was swept covers what is left, and nothing more", async () => {
  const home = newHome();
  for (const session of ["one", "two", "three"])
    spend(home, { ago: 1, session, tokens: 10_000, model: UNPRICED });
  await count(home, knowsOnline);
  sweep(home.claude, "-app", "one");
  await count(home, knowsOnline);
  await count(home, knowsOnline, "online");
  const filled = { tokens: 30_000, cost: 0.2, unpriced: 10_000 };
  expect(shown(home, 1)).toEqual(filled);

  sweep(home.claude, "-app", "two");
  await countTwice(home, knowsOnline, "online");
  expect(shown(home, 1)).toEqual(filled);
  await countTwice(home, knowsOnline);
  expect(shown(home, 1)).toEqual(filled);
});
