import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { ALL } from "../src/readers/selection.ts";
import { readSummary, type Summary } from "../src/readers/summary.ts";
import { longSummary } from "../src/terminal/long-summary.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { PRICED, say, UNPRICED, type Message } from "./support/transcripts.ts";

const HAIKU = "claude-haiku-4-5-20251001";

/** Util-linux's `script` runs a command on a terminal of its own; the one of BSD has other flags. */
const hasTerminal = spawnSync("script", ["--version"]).status === 0;

/** Odd folder names exist where the file system allows any byte. */
const allowsOddNames = process.platform !== "win32";

const ESCAPE = "\u001B";

/** What the program writes on a terminal, line ends as in a file. */
async function onTerminal(home: Home, args: string, more: Record<string, string> = {}) {
  const program = `"${process.execPath}" "${join(root, "dist", "ccbooks.js")}"`;
  const { stdout } = await execa("script", ["-qec", `${program} ${args}`, "/dev/null"], {
    env: { ...home.env, TERM: "xterm-256color", ...more },
    extendEnv: false,
    stdin: "ignore",
  });
  return stdout.replaceAll("\r\n", "\n").trimEnd();
}

/** How a shell sees the program end when `reader` is at the other end of its pipe. */
async function endingBefore(home: Home, args: string[], reader: string) {
  const { stdout, stderr } = await execa(
    "sh",
    [
      ...["-c", `{ "$0" "$@"; echo "ended with $?" >&2; } | ${reader}`],
      ...[process.execPath, join(root, "dist", "ccbooks.js"), ...args],
    ],
    { env: home.env, extendEnv: false, reject: false },
  );
  return { stdout, stderr };
}

/** The longest line in columns; a Han character takes two. */
function widthOf(text: string): number {
  const columns = (line: string): number =>
    [...line].reduce((sum, letter) => sum + (/\p{Script=Han}/u.test(letter) ? 2 : 1), 0);
  return Math.max(...text.split("\n").map(columns));
}

/** Two weeks of March 2025 with two gaps, six projects, a cheap, a dear and an unpriced model. */
function writeMarch(home: Home): void {
  const days = ["01", "02", "03", "05", "06", "07", "08", "10", "11", "12", "13", "14"];
  const projects = ["-app", "-web", "-api", "-docs", "-home-dev-storefront", "-dotfiles"];
  for (const [index, day] of days.entries()) {
    const at = `2025-03-${day}T10:00:00Z`;
    const project = projects[index % projects.length] ?? "";
    const session = `${day}5e5510-0000-4000-8000-000000000000`;
    say(
      home.claude,
      project,
      session,
      { id: `a${day}`, at, input: 1000 * (index + 1), output: 20_000, cacheRead: 150_000 },
      { id: `b${day}`, at, model: HAIKU, input: 500, output: 3000, cacheCreation: 40_000 },
    );
  }
  const at = "2025-03-14T11:00:00Z";
  say(home.claude, "-api", "unheard-of", { id: "c", at, model: UNPRICED, input: 7, output: 70 });
}

test("the summary shows the total, the trend, the models, the projects and the sessions", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const { stdout, stderr, exitCode } = await home.run(["stats", "--all"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout.replace(/As of [\d: -]+\./, "As of WHEN.")).toMatchInlineSnapshot(`
    "Claude Code, 2025-03-01 to 2025-03-14, 12 days with usage

      Total cost        ≥ $5.16    Input                84,007
      Today               $0.00    Output              276,070
      This week           $0.00    Cache creation      480,000
      This month          $0.00    Cache read        1,800,000
      Cache hit rate      76.1%    All tokens        2,640,077

    Cumulative cost since the books began

      $5.16┼                                                                   ╭──
      $4.52┤                                                        ╭──────────╯
      $3.87┤                                                   ╭────╯
      $3.23┤                                  ╭────────────────╯
      $2.58┤                             ╭────╯
      $1.94┤                  ╭──────────╯
      $1.29┤        ╭─────────╯
      $0.64┼────────╯
      $0.00┤
             2025-03-01                                                   2025-03-14

      Date           Cost  Running total  7-day average  30-day average
      2025-03-03    $0.42          $1.25          $0.42           $0.42
      2025-03-05    $0.42          $1.67          $0.33           $0.33
      2025-03-06    $0.43          $2.10          $0.35           $0.35
      2025-03-07    $0.43          $2.53          $0.36           $0.36
      2025-03-08    $0.43          $2.96          $0.36           $0.37
      2025-03-10    $0.43          $3.39          $0.31           $0.34
      2025-03-11    $0.44          $3.83          $0.37           $0.35
      2025-03-12    $0.44          $4.27          $0.37           $0.36
      2025-03-13    $0.44          $4.71          $0.37           $0.36
      2025-03-14  ≥ $0.45        ≥ $5.16        ≥ $0.38         ≥ $0.37

    Cost by model

      Model                          Cost     Tokens   Output
      claude-sonnet-4-5-20250929    $4.37  2,118,000  240,000
      claude-haiku-4-5-20251001     $0.79    522,000   36,000
      claude-unheard-of-9         unknown         77       70

    Most expensive projects

      Project                  Cost   Tokens  Days
      -dotfiles               $0.88  445,000     2
      -home-dev-storefront    $0.87  443,000     2
      -docs                   $0.86  441,000     2
      -api                  ≥ $0.86  439,077     3
      -web                    $0.85  437,000     2

    Most expensive sessions

      Session   Project               Last active   Cost   Tokens
      145e5510  -dotfiles             2025-03-14   $0.45  225,500
      135e5510  -home-dev-storefront  2025-03-13   $0.44  224,500
      125e5510  -docs                 2025-03-12   $0.44  223,500
      115e5510  -api                  2025-03-11   $0.44  222,500
      105e5510  -web                  2025-03-10   $0.43  221,500

    As of WHEN.

    Costs are estimates at list price, not a bill.
    ≥ means at least: 77 tokens have no known price yet."
  `);
});

test("every line fits in 80 columns and carries no colour when piped", async () => {
  const home = newHome();
  writeTranscripts(home.claude, {
    ...shapes.demo,
    days: 15,
    seed: 5,
    until: new Date("2025-06-20T18:00:00Z"),
  });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(stdout).toContain("15 days with usage");
  expect(widthOf(stdout)).toBeLessThanOrEqual(80);
  expect(stdout).not.toContain(ESCAPE);
});

test("long names and large figures fit in 80 columns, the end of a name kept", async () => {
  const home = newHome();
  const at = "2025-03-03T10:00:00Z";
  const project = `-home-dev-${"deep-".repeat(20)}down`;
  for (const index of Array.from({ length: 8 }, (_, number) => number)) {
    const most = { id: `a${index}`, at, output: 1_000_000_000 };
    say(home.claude, project, `session-${index % 4}`, most);
  }
  const model = `claude-${"very-".repeat(20)}long`;
  say(home.claude, project, "session-0", { id: "b", at, model, output: 999_999_999 });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(stdout).toContain("≥ $179,");
  expect(stdout).toContain("8,999,999,999");
  expect(stdout).toMatch(/^ {2}….*deep-deep-down /mu);
  expect(stdout).toMatch(/^ {2}….*very-long /mu);
  expect(widthOf(stdout)).toBeLessThanOrEqual(80);
});

// A Han character takes two columns.
test.skipIf(!allowsOddNames)("names in wide characters fit in 80 columns too", async () => {
  const home = newHome();
  say(home.claude, "家".repeat(40), "one", { id: "a", at: "2025-03-03T10:00:00Z" });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(widthOf(stdout)).toBeLessThanOrEqual(80);
});

test.skipIf(!hasTerminal)("colour is for a terminal only, and never with NO_COLOR", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const { stdout: piped } = await home.run(["stats", "--all"]);
  const coloured = await onTerminal(home, "stats --all");
  expect(coloured).toContain(`${ESCAPE}[1mCost by model${ESCAPE}[22m`);
  expect(stripVTControlCharacters(coloured)).toBe(piped);
  expect(await onTerminal(home, "stats --all", { NO_COLOR: "1" })).toBe(piped);

  const { stdout: help } = await home.run(["stats", "--help"]);
  expect(help).not.toContain(ESCAPE);
  expect(await onTerminal(home, "stats --help")).toContain(ESCAPE);
  expect(await onTerminal(home, "stats --help", { NO_COLOR: "1" })).not.toContain(ESCAPE);
});

test.skipIf(!hasTerminal)(
  "README shows what a fetch of the demo prints on a terminal",
  async () => {
    const home = newHome();
    const until = new Date("2026-11-22T08:00:00Z");
    writeTranscripts(home.claude, { ...shapes.demo, seed: 7, until });
    const words = stripVTControlCharacters(await onTerminal(home, "fetch --offline"));
    const [, counts = "", books = ""] =
      words.match(/([\d,]+ new calls\.\n[^]*)\n(27 days .*)$/m) ?? [];
    const readme = readFileSync(join(root, "README.md"), "utf8");
    expect(readme).toContain(`$ ccbooks fetch\n${counts}\n${books}\n`);
  },
);

test("--json has every figure under a promised name", async () => {
  const home = newHome();
  const at = "2025-03-03T10:00:00Z";
  const rest = { input: 1000, output: 2000, cacheCreation: 3000, cacheRead: 4000 };
  say(home.claude, "-app", "one", { id: "a", at, ...rest });
  say(home.claude, "-web", "two", { id: "b", at: "2025-03-05T10:00:00Z", ...rest });
  say(home.claude, "-web", "two", { id: "c", at, model: UNPRICED, input: 7, output: 70 });
  await home.fetch();
  const { stdout, stderr, exitCode } = await home.run(["stats", "--json"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });

  // 1,000 × $3 + 2,000 × $15 + 3,000 × $3.75 + 4,000 × $0.30, each per million.
  const cost = 0.04545;
  const usd = (value: number): unknown => expect.closeTo(value, 9);
  const once = {
    inputTokens: 1000,
    outputTokens: 2000,
    cacheCreationTokens: 3000,
    cacheReadTokens: 4000,
  };
  const nothing = {
    totalTokens: 0,
    totalCost: 0,
    unpricedTokens: 0,
    costOfWholeDays: 0,
    costBefore: null,
    isKnown: 1,
    unpricedOfWholeDays: 0,
    unpricedBefore: 0,
  };
  expect(JSON.parse(stdout)).toEqual({
    range: { since: null, until: null },
    filters: { ...ALL, since: undefined, until: undefined },
    total: {
      firstDate: "2025-03-03",
      lastDate: "2025-03-05",
      daysWithUsage: 2,
      inputTokens: 2007,
      outputTokens: 4070,
      cacheCreationTokens: 6000,
      cacheReadTokens: 8000,
      totalTokens: 20_077,
      totalCost: usd(2 * cost),
      unpricedTokens: 77,
      hitRate: usd(8000 / 16_007),
    },
    today: new Date().toISOString().slice(0, 10),
    asOf: {
      source: "claude-code",
      date: new Date().toISOString().slice(0, 10),
      firstDate: "2025-03-03",
      fetchedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    },
    lastDays: expect.any(Array),
    rose: [],
    savings: { netSavings: null, unknownTokens: 0 },
    periods: {
      today: { ...nothing, costOfWholeDays: null },
      thisWeek: { ...nothing, costOfWholeDays: expect.toSatisfy((sum) => !sum) },
      thisMonth: { ...nothing, costOfWholeDays: expect.toSatisfy((sum) => !sum) },
    },
    projection: {
      month: new Date().toISOString().slice(0, 7),
      daysLeft: expect.any(Number),
      sevenDayAverage: 0,
      thirtyDayAverage: 0,
      bySevenDays: 0,
      byThirtyDays: 0,
      sevenDayUnpricedTokens: 0,
      thirtyDayUnpricedTokens: 0,
      bySevenDaysUnpricedTokens: 0,
      byThirtyDaysUnpricedTokens: 0,
    },
    planUsd: null,
    kept: { days: 0, totalTokens: 0, totalCost: null, unpricedTokens: 0 },
    beside: { calls: 0, totalCost: null, unpricedTokens: 0 },
    trend: [
      {
        date: "2025-03-03",
        totalCost: usd(cost),
        ...once,
        outputTokens: 2070,
        inputTokens: 1007,
        totalTokens: 10_077,
        cumulativeCost: usd(cost),
        sevenDayAverage: usd(cost),
        thirtyDayAverage: usd(cost),
        unpricedTokens: 77,
        unpricedTokensSoFar: 77,
        sevenDayUnpricedTokens: 77,
        thirtyDayUnpricedTokens: 77,
      },
      {
        date: "2025-03-05",
        totalCost: usd(cost),
        ...once,
        totalTokens: 10_000,
        cumulativeCost: usd(2 * cost),
        sevenDayAverage: usd((2 * cost) / 3),
        thirtyDayAverage: usd((2 * cost) / 3),
        unpricedTokens: 0,
        unpricedTokensSoFar: 77,
        sevenDayUnpricedTokens: 77,
        thirtyDayUnpricedTokens: 77,
      },
    ],
    models: [
      {
        model: PRICED,
        inputTokens: 2 * once.inputTokens,
        outputTokens: 2 * once.outputTokens,
        cacheCreationTokens: 2 * once.cacheCreationTokens,
        cacheReadTokens: 2 * once.cacheReadTokens,
        totalTokens: 20_000,
        totalCost: usd(2 * cost),
        unpricedTokens: 0,
      },
      {
        model: UNPRICED,
        inputTokens: 7,
        outputTokens: 70,
        cacheCreationTokens: 0,
        cacheReadTokens: 0,
        totalTokens: 77,
        totalCost: null,
        unpricedTokens: 77,
      },
    ],
    projects: [
      {
        project: "-web",
        slug: "-web",
        daysWithUsage: 2,
        totalTokens: 10_077,
        totalCost: usd(cost),
        unpricedTokens: 77,
      },
      {
        project: "-app",
        slug: "-app",
        daysWithUsage: 1,
        totalTokens: 10_000,
        totalCost: usd(cost),
        unpricedTokens: 0,
      },
    ],
    sessions: [
      {
        sessionId: "two",
        title: null,
        project: "-web",
        lastActivity: "2025-03-05",
        totalTokens: 10_077,
        totalCost: usd(cost),
        unpricedTokens: 77,
      },
      {
        sessionId: "one",
        title: null,
        project: "-app",
        lastActivity: "2025-03-03",
        totalTokens: 10_000,
        totalCost: usd(cost),
        unpricedTokens: 0,
      },
    ],
  });
});

test("a range takes the days from --since to --until, both included", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const daysOf = async (...flags: string[]): Promise<string[]> => {
    const { stdout } = await home.run(["stats", "--json", ...flags]);
    const { trend }: { trend: { date: string }[] } = JSON.parse(stdout);
    return trend.map(({ date }) => date.slice(-2));
  };
  expect(await daysOf("--since", "2025-03-11")).toEqual(["11", "12", "13", "14"]);
  expect(await daysOf("--until", "2025-03-03")).toEqual(["01", "02", "03"]);
  expect(await daysOf("--since=2025-03-03", "--until=2025-03-06")).toEqual(["03", "05", "06"]);
  expect(await daysOf("--since", "2025-03-05", "--until", "2025-03-05")).toEqual(["05"]);
  expect(await daysOf("--since", "20250311", "--until", "20250312")).toEqual(["11", "12"]);
  // The 4th and the 9th had no usage; --days counts days of the calendar.
  expect(await daysOf("--days", "3", "--until", "2025-03-05")).toEqual(["03", "05"]);
  expect(await daysOf("--days", "1", "--until", "2025-03-09")).toEqual([]);
});

test("a range holds for the models, projects, sessions and the cache as for the total", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const { stdout } = await home.run([
    ...["stats", "--json", "--since", "2025-03-05", "--until", "2025-03-06"],
  ]);
  expect(JSON.parse(stdout)).toMatchObject({
    range: { since: "2025-03-05", until: "2025-03-06" },
    total: {
      firstDate: "2025-03-05",
      lastDate: "2025-03-06",
      daysWithUsage: 2,
      inputTokens: 10_000,
      cacheCreationTokens: 80_000,
      cacheReadTokens: 300_000,
    },
    models: [
      { model: PRICED, inputTokens: 9000 },
      { model: HAIKU, inputTokens: 1000 },
    ],
    projects: [
      { project: "-home-dev-storefront", daysWithUsage: 1 },
      { project: "-docs", daysWithUsage: 1 },
    ],
    sessions: [{ lastActivity: "2025-03-06" }, { lastActivity: "2025-03-05" }],
  });
});

const DAY = 86_400_000;

/** A zone where it is neither late nor early now, so that no midnight passes while a test runs. */
const middayZone = new Date().getUTCHours() < 12 ? "Etc/GMT-6" : "Etc/GMT+6";

/** The date some days ago in a zone. */
function dateAgo(days: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone });
  return format.format(new Date(Date.now() - days * DAY));
}

test("today, this week, this month and --days end with today", async () => {
  const home = newHome({ timezone: middayZone });
  for (let ago = 0; ago <= 40; ago += 1) {
    const at = new Date(Date.now() - ago * DAY).toISOString();
    say(home.claude, "-app", "one", { id: `a${ago}`, at, input: 1, output: 0 });
  }
  await home.fetch();
  const { stdout } = await home.run(["stats", "--json", "--days", "3"]);
  const { periods, trend }: { periods: object; trend: { date: string }[] } = JSON.parse(stdout);
  expect(trend.map(({ date }) => date)).toEqual([2, 1, 0].map((ago) => dateAgo(ago, middayZone)));

  const today = dateAgo(0, middayZone);
  const daysSinceMonday = (new Date(today).getUTCDay() + 6) % 7;
  expect(periods).toMatchObject({
    today: { totalTokens: 1 },
    thisWeek: { totalTokens: daysSinceMonday + 1 },
    thisMonth: { totalTokens: Number(today.slice(-2)) },
  });
});

test("a week begins on Monday, and what is dated later than today is not today's", async () => {
  const home = newHome();
  for (const day of ["23", "24", "25", "26", "27", "28"]) writeDay(home, `2025-02-${day}`);
  for (const day of ["01", "02", "03", "04", "06"]) writeDay(home, `2025-03-${day}`);
  await home.fetch();
  const books = new Database(home.db, { readonly: true });
  const on = (today: string): number[] => {
    const { periods } = readSummary(
      books,
      { ...ALL, since: today, until: today },
      { today: today, timezone: "UTC" },
    );
    return [periods.today, periods.thisWeek, periods.thisMonth].map((sum) => sum.totalTokens);
  };
  try {
    const march = 1 + 2 + 3 + 4 + 6;
    expect(on("2025-03-02"), "a Sunday").toEqual([2, 24 + 25 + 26 + 27 + 28 + 1 + 2, march]);
    expect(on("2025-03-03"), "a Monday").toEqual([3, 3 + 4 + 6, march]);
    expect(on("2025-03-04"), "a Tuesday").toEqual([4, 3 + 4 + 6, march]);
    expect(on("2025-03-05"), "a day off").toEqual([0, 3 + 4 + 6, march]);
  } finally {
    books.close();
  }
});

/** The summary as it is on a day. */
function statsOn(home: Home, today: string, since: string | null = null): Summary {
  const books = new Database(home.db, { readonly: true });
  try {
    return readSummary(books, { ...ALL, since }, { today: today, timezone: "UTC" });
  } finally {
    books.close();
  }
}

/** Its words, on one line. */
function wordsOn(home: Home, today: string, since: string | null = null): string {
  return longSummary(statsOn(home, today, since), {
    planUsd: null,
    timezone: "UTC",
    meant: [],
  }).replaceAll(/\s+/g, " ");
}

/** $1.50 on each of the days, and on some 50 tokens without a price besides or alone. */
function writeUnpricedDays(home: Home): void {
  for (const date of ["2025-01-30", "2025-02-20", "2025-03-05"]) {
    say(home.claude, "-app", "one", {
      id: date,
      at: `${date}T10:00:00Z`,
      input: 0,
      output: 100_000,
    });
  }
  for (const date of ["2025-01-30", "2025-02-20", "2025-04-01"]) {
    const at = `${date}T11:00:00Z`;
    say(home.claude, "-app", "one", { id: `x${date}`, at, model: UNPRICED, input: 0, output: 50 });
  }
}

test("what the month comes to and its means are at least where their days lack a price", async () => {
  const home = newHome();
  writeUnpricedDays(home);
  await home.fetch();
  expect(wordsOn(home, "2025-02-24")).toContain(
    "Projected February: ≥ $2.36 (4 days left at ≥ $0.21 a day, the average of the last 7 days; ≥ $1.98 by the average of the last 30).",
  );
  // Only the last 30 days reach back to the 20th of February.
  expect(wordsOn(home, "2025-03-10")).toContain(
    "Projected March: about $6.00 (21 days left at $0.21 a day, the average of the last 7 days; ≥ $3.60 by the average of the last 30).",
  );
  expect(wordsOn(home, "2025-03-10")).toContain("2025-03-05 $1.50 ≥ $4.50 $0.21 ≥ $0.10");
  // At the month's end the mean of the last 30 days, some of them in January, is no part of it.
  expect(statsOn(home, "2025-02-28").projection).toMatchObject({
    daysLeft: 0,
    thirtyDayUnpricedTokens: 100,
    byThirtyDaysUnpricedTokens: 50,
  });
});

test("a month of nothing but unknown costs comes to nothing that can be told", async () => {
  const home = newHome();
  writeUnpricedDays(home);
  const at = "2025-03-30T10:00:00Z";
  say(home.claude, "-app", "one", { id: "a", at, input: 0, output: 100_000 });
  await home.fetch();
  expect(statsOn(home, "2025-04-03").projection).toMatchObject({
    sevenDayAverage: expect.closeTo(1.5 / 7),
    thirtyDayAverage: expect.closeTo(0.1),
    bySevenDays: null,
    byThirtyDays: null,
    byThirtyDaysUnpricedTokens: 50,
  });
  expect(wordsOn(home, "2025-04-03")).not.toContain("Projected April");
});

test("≥ is explained also where only what lies outside the range lacks a price", async () => {
  const home = newHome();
  writeUnpricedDays(home);
  await home.fetch();
  const note = "≥ means at least: tokens outside this range have no known price yet.";
  const books = new Database(home.db, { readonly: true });
  const range = { since: "2025-03-01", until: "2025-03-31" };
  const words = longSummary(
    readSummary(books, { ...ALL, ...range }, { today: "2025-03-10", timezone: "UTC" }),
    { planUsd: null, timezone: "UTC", meant: [] },
  );
  books.close();
  expect(words).toContain(note);
  expect(wordsOn(home, "2025-03-10")).not.toContain(note);
});

/** As many tokens as the day of the month says. */
function writeDay(home: Home, date: string): void {
  const input = Number(date.slice(-2));
  say(home.claude, "-app", "one", { id: date, at: `${date}T10:00:00Z`, input, output: 0 });
}

test("the week and the month up to yesterday are compared with the same days before", async () => {
  const home = newHome();
  const spend = (date: string, output: number): void =>
    say(home.claude, "-app", "one", { id: date, at: `${date}T10:00:00Z`, input: 0, output });
  // Each day costs the same, twice that from Monday the 10th of March on; the 13th has only begun.
  for (let day = 1; day <= 40; day += 1) {
    const date = new Date(Date.UTC(2025, 0, 31 + day)).toISOString().slice(0, 10);
    spend(date, date >= "2025-03-10" ? 200_000 : 100_000);
  }
  spend("2025-03-13", 1000);
  await home.fetch();
  const compared = (today: string): string[] =>
    wordsOn(home, today).match(/This (?:week|month) up to yesterday: [^.]+\./g) ?? [];
  expect(compared("2025-03-13"), "a Thursday morning").toEqual([
    "This week up to yesterday: 100% more than the same days of last week.",
    "This month up to yesterday: 25% more than the same days of last month.",
  ]);
  expect(compared("2025-03-11"), "a Tuesday").toEqual([
    "This week up to yesterday: 100% more than the same days of last week.",
    "This month up to yesterday: 10% more than the same days of last month.",
  ]);
  expect(compared("2025-03-10"), "a Monday").toEqual([
    "This month up to yesterday: as much as the same days of last month.",
  ]);
  expect(compared("2025-03-31"), "a Monday after days without usage").toEqual([
    "This month up to yesterday: 46% less than the same days of last month.",
  ]);
  expect(compared("2025-03-01"), "the first, a Saturday").toEqual([
    "This week up to yesterday: as much as the same days of last week.",
  ]);
});

test("today begins at midnight of the zone the books are kept in, not of the terminal's", async () => {
  // It is another date in this zone than in UTC, whatever the hour.
  const zone = new Date().getUTCHours() < 10 ? "Pacific/Pago_Pago" : "Pacific/Kiritimati";
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: new Date().toISOString(), input: 5, output: 0 });
  await home.fetch("--timezone", zone);
  const { stdout } = await home.run(["stats", "--json", "--days", "1"]);
  expect(JSON.parse(stdout)).toMatchObject({
    total: { firstDate: dateAgo(0, zone), totalTokens: 5 },
    periods: { today: { totalTokens: 5 } },
  });
});

test.for<[flags: string[], sentence: string]>([
  [["--days", "0"], '--days takes a whole number of at least 1, not "0".'],
  [["--days", "-3"], '--days takes a whole number of at least 1, not "-3".'],
  [["--days", "1.5"], '--days takes a whole number of at least 1, not "1.5".'],
  [["--days", "week"], '--days takes a whole number of at least 1, not "week".'],
  [
    ["--since", "2025-02-30"],
    '--since takes a day such as 2026-11-20, yesterday or 7d, not "2025-02-30".',
  ],
  [["--since", "0d"], '--since takes a day such as 2026-11-20, yesterday or 7d, not "0d".'],
  [
    ["--until", "20251301"],
    '--until takes a day such as 2026-11-20, yesterday or 7d, not "20251301".',
  ],
  [
    ["--since", "2025-03-02", "--until", "2025-03-01"],
    "--since 2025-03-02 is after --until 2025-03-01; swap them.",
  ],
  [
    ["--days", "3", "--since", "2025-03-01"],
    "--days and --since both say where to begin; give one of them.",
  ],
])("%s is wrong usage and says what is right", async ([flags, sentence]) => {
  const ran = await newHome().run(["stats", ...flags]);
  expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ran.stderr).toBe(`[error] ${sentence}`);
});

// JavaScript's calendar ends some 270,000 years back, and its dates throw beyond.
test("more days than the calendar has is no bug of ccbooks", async () => {
  const { stderr } = await newHome().run(["stats", "--days", "99999999999"]);
  expect(stderr).not.toContain("bug");
});

// Dates before the year 0 are written with more than ten characters.
test("more days than there have been still gives a date as the beginning", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const { stdout } = await home.run(["stats", "--json", "--days", "800000"]);
  const { range }: { range: { since: string } } = JSON.parse(stdout);
  expect(range.since).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});

test("empty books are said to be empty, in 80 columns", async () => {
  const home = newHome();
  await home.fetch();
  const { stdout, stderr, exitCode } = await home.run(["stats", "--all"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toBe("The books are empty so far; use Claude Code, then run `ccbooks fetch`.");
  expect(widthOf(stdout)).toBeLessThanOrEqual(80);

  const json = await home.run(["stats", "--json"]);
  expect(json).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(json.stdout)).toMatchObject({
    total: { firstDate: null, lastDate: null, daysWithUsage: 0, totalTokens: 0, hitRate: null },
    trend: [],
    models: [],
    projects: [],
    sessions: [],
  });
});

test("a range without usage is told apart from empty books", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const { stdout, exitCode } = await home.run(["stats", "--all", "--since", "2025-04-01"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^No usage in this range;/);
});

test("the sentence about a range without usage fits in 80 columns", async () => {
  const home = newHome();
  writeMarch(home);
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all", "--since", "2025-04-01"]);
  expect(widthOf(stdout)).toBeLessThanOrEqual(80);
});

test("without books it says to fetch first and makes no file", async () => {
  const home = newHome();
  const ran = await home.run(["stats", "--all"]);
  expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
  expect(ran.stderr).toContain(
    `There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`,
  );
  expect(existsSync(dirname(home.db))).toBe(false);

  const elsewhere = join(home.folder, "elsewhere", "books.db");
  const asked = await home.run(["stats", "--db", elsewhere]);
  expect(asked).toMatchObject({ exitCode: 1, stdout: "" });
  expect(asked.stderr).toContain(elsewhere);
  expect(existsSync(dirname(elsewhere))).toBe(false);
});

test("a folder given as the books is said to be a folder", async () => {
  const home = newHome();
  const { stderr } = await home.run(["stats", "--db", home.folder]);
  expect(stderr).toContain("is a folder");
});

test("a cost that lacks a price is at least, and unknown where nothing has one", async () => {
  const home = newHome();
  const at = "2025-03-03T10:00:00Z";
  say(home.claude, "-app", "priced", { id: "a", at, input: 0, output: 100_000 });
  say(home.claude, "-app", "mixed", { id: "b", at, input: 0, output: 200_000 });
  say(home.claude, "-app", "mixed", { id: "c", at, model: UNPRICED, input: 40, output: 2 });
  say(home.claude, "-web", "unpriced", { id: "d", at, model: UNPRICED, input: 8, output: 0 });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(stdout).toMatch(/^ {2}Total cost +≥ \$4\.50 /m);
  expect(stdout).toMatch(/^ {2}2025-03-03 +≥ \$4\.50 /m);
  expect(stdout).toMatch(new RegExp(`^ {2}${PRICED} +\\$4\\.50 `, "m"));
  expect(stdout).toMatch(new RegExp(`^ {2}${UNPRICED} +unknown +50 `, "m"));
  expect(stdout).toMatch(/^ {2}-app +≥ \$4\.50 /m);
  expect(stdout).toMatch(/^ {2}-web +unknown +8 /m);
  expect(stdout).toMatch(/^ {2}priced +-app +2025-03-03 +\$1\.50 /m);
  expect(stdout).toMatch(/^ {2}mixed +-app +2025-03-03 +≥ \$3\.00 /m);
  expect(stdout).toMatch(/^ {2}unpriced +-web +2025-03-03 +unknown +8$/m);
  expect(stdout).toContain("≥ means at least: 50 tokens have no known price yet.");
});

test("nothing is said of unknown prices when all are known", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2025-03-03T10:00:00Z" });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(stdout).not.toMatch(/≥|unknown|price yet/);
});

// A sum of nothing must not read as $0.00.
test("a running total of nothing but unknown costs is not free", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2025-03-03T10:00:00Z", model: UNPRICED });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(stdout).toMatch(/^ {2}2025-03-03 +unknown /m);
  expect(stdout).not.toMatch(/^ {2}2025-03-03 .*\$0\.00/m);
});

// Rounded to cents it would be.
test("a cost below a cent is not free", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2025-03-03T10:00:00Z", input: 10, output: 100 });
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  expect(stdout).not.toMatch(/^ {2}Total cost +\$0\.00/m);
});

test.skipIf(!allowsOddNames)(
  "names with escape sequences reach a terminal as harmless words",
  async () => {
    const home = newHome();
    const at = "2025-03-03T10:00:00Z";
    // Colour, a new title, a link, a second line, the other C1 introducer, a change of direction.
    const model = "claude-\u001B[31mred\u001B]8;;https://example.org\u0007\u009B1m\r\nnext";
    const project = "-app\u001B[2J\u001B]0;title\u0007\nline\u202Eback";
    say(home.claude, project, "se\u001B[31mssion", { id: "a", at, model });
    await home.fetch();
    const { stdout, stderr } = await home.run(["stats", "--all"]);
    expect(stderr).toBe("");
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(stdout).toMatch(/^ {2}claude-red··next +unknown /mu);
    expect(stdout).toMatch(/^ {2}-app·line·back +unknown /mu);

    const fetched = await home.run(["fetch", "--offline"]);
    expect(fetched.stderr).toContain("claude-red··next (110 tokens)");
    expect(fetched.stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);

    // A program gets the name as it is, in JSON's own escapes.
    const json = await home.run(["stats", "--json"]);
    expect(json.stdout).not.toContain(ESCAPE);
    expect(JSON.parse(json.stdout)).toMatchObject({ models: [{ model }], projects: [{ project }] });
  },
);

test("only the ten latest days, five projects and five sessions are listed", async () => {
  const home = newHome();
  for (const index of Array.from({ length: 12 }, (_, number) => number)) {
    const day = String(index + 1).padStart(2, "0");
    const message: Message = {
      id: `a${day}`,
      at: `2025-03-${day}T10:00:00Z`,
      output: 10_000 + index * 1000,
    };
    say(home.claude, `-project-${day}`, `work-${day}`, message);
  }
  await home.fetch();
  const { stdout } = await home.run(["stats", "--all"]);
  const found = (pattern: RegExp): string[] =>
    [...stdout.matchAll(pattern)].map((match) => match[1] ?? "");
  const upTo = (first: number, last: number): string[] =>
    Array.from({ length: last - first + 1 }, (_, index) => String(first + index).padStart(2, "0"));
  expect(found(/^ {2}2025-03-(\d\d) /gm)).toEqual(upTo(3, 12));
  expect(found(/^ {2}-project-(\d\d) /gm)).toEqual(upTo(8, 12).toReversed());
  expect(found(/^ {2}work-(\d\d) /gm)).toEqual(upTo(8, 12).toReversed());
});

test.skipIf(process.platform === "win32")(
  "`ccbooks stats | head -1` ends without an error",
  async () => {
    const home = newHome();
    writeMarch(home);
    await home.fetch();
    expect(await endingBefore(home, ["stats"], "head -1")).toEqual({
      stdout: expect.stringMatching(/^This week +\$0\.00$/),
      stderr: "ended with 0",
    });
    // `head` may read it all before it goes; `true` is gone before the first word.
    expect(await endingBefore(home, ["stats"], "true")).toEqual({
      stdout: "",
      stderr: "ended with 0",
    });
  },
);

// Only the reader's leaving is no error, not what the program had to report.
test.skipIf(process.platform === "win32")(
  "a failure is a failure even when nobody reads its words",
  async () => {
    const { stderr } = await endingBefore(newHome(), ["stats", "--json"], "true");
    expect(stderr).toContain("ended with 1");
  },
);
