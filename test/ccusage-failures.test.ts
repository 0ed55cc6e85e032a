import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { newHome, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

/** What a ccusage can do wrong, played by a stand-in where the real one cannot be made to do it. */

type Fields = Record<string, unknown>;

/** What stands in a report instead of something good; undefined takes the field out. */
interface Damage {
  model?: Fields;
  row?: Fields;
  totals?: Fields;
  /** The same row twice. */
  twice?: boolean;
}

const counts = { inputTokens: 10, outputTokens: 100, cacheCreationTokens: 5, cacheReadTokens: 5 };
const figures = { ...counts, totalTokens: 120, totalCost: 0.5 };

function rows({ model, row, twice }: Damage, own: Fields): Fields[] {
  const modelBreakdowns = [{ ...counts, modelName: "claude-opus-4-8", cost: 0.5, ...model }];
  const good = { ...figures, ...own, modelBreakdowns, ...row };
  return twice ? [good, good] : [good];
}

/** A daily report of one project, one day and one model. */
function daily(damage: Damage = {}): string {
  const days = rows(damage, { date: "2026-11-02" });
  return JSON.stringify({ projects: { "-app": days }, totals: { ...figures, ...damage.totals } });
}

/** A session report of one session with one model. */
function session(damage: Damage = {}): string {
  const own = { sessionId: "one", projectPath: "-app", lastActivity: "2026-11-02T10:00:00.000Z" };
  const sessions = rows(damage, own);
  return JSON.stringify({ sessions, totals: { ...figures, ...damage.totals } });
}

/** What the stand-in prints where it is not what a good ccusage prints. */
interface Prints {
  version?: string;
  daily?: string;
  session?: string;
}

/**
 * Puts a stand-in for ccusage at a path. It prints the files beside it; `act` may have it do something
 * else, knowing what is `asked` ("--version", "daily" or "session") and how to `print()` that.
 */
function standIn(path: string, prints: Prints, act = "print();"): void {
  const beside = dirname(path);
  writeFileSync(join(beside, "--version"), prints.version ?? "ccusage 20.0.20\n");
  writeFileSync(join(beside, "daily"), prints.daily ?? daily());
  writeFileSync(join(beside, "session"), prints.session ?? session());
  const script = `#!/usr/bin/env node
    const { readFileSync, writeFileSync, existsSync } = require("node:fs");
    const asked = ["--version", "daily", "session"].find((word) => process.argv.includes(word));
    const print = () => process.stdout.write(readFileSync(__dirname + "/" + asked));
    ${act}`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}

/** An act for the stand-in: everything as it should be, but for one report. */
const instead = (report: string, action: string): string =>
  `if (asked === "${report}") { ${action} } else print();`;

/** The books of one real fetch, made by the first test that needs them. */
let realBooks: Buffer | undefined;

async function homeWithBooks(): Promise<Home & { ccusagePath: string }> {
  const home = newHome();
  if (realBooks === undefined) {
    say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z", input: 70 });
    await home.fetch();
    realBooks = readFileSync(home.db);
  } else {
    mkdirSync(dirname(home.db));
    writeFileSync(home.db, realBooks);
  }
  return { ...home, ccusagePath: join(home.folder, "ccusage") };
}

/** Every row of the books but those of the runs. */
function rowsBesidesRuns(home: Home): unknown {
  const tables = home.query<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'import_run' ORDER BY name",
  );
  return tables.map(({ name }) => [name, home.query(`SELECT * FROM ${name}`)]);
}

/** Fetches: that must be refused in one sentence, which is given back, and leave the books alone. */
async function expectRefusal(
  home: Home & { ccusagePath: string },
  sentence: { names: string; advises: string },
  ...flags: string[]
): Promise<string> {
  const before = rowsBesidesRuns(home);
  expect(before).toContainEqual(["daily_usage", [expect.objectContaining({ total_tokens: 170 })]]);

  const fetch = ["fetch", "--offline", "--json", "--ccusage", home.ccusagePath, ...flags];
  const { exitCode, stdout, stderr } = await home.run(fetch);
  const { error, ...rest } = JSON.parse(stdout);
  expect({ exitCode, ...rest }).toEqual({ exitCode: 1, status: "failed" });
  expect(stderr).toBe(`[error] ${error}`);
  expect(error).toContain(sentence.names);
  expect(error).toContain(sentence.advises);
  expect(error).toMatch(/^[^\n]+\.$/);
  expect(error).not.toMatch(/bug in ccbooks| {4}at |undefined|\[object/);

  expect(rowsBesidesRuns(home)).toEqual(before);
  expect(home.query("SELECT status, error FROM import_run ORDER BY started_at")).toEqual([
    { status: "ok", error: null },
    { status: "failed", error },
  ]);
  return error;
}

test.for<{ that: string; make: (path: string) => void; names: string; advises: string }>([
  {
    that: "is not there",
    make: () => undefined,
    names: "There is no ccusage program at /",
    advises: "correct --ccusage",
  },
  {
    that: "is a folder",
    make: (path) => mkdirSync(path),
    names: "is a folder",
    advises: "name the ccusage program in it",
  },
  {
    that: "may not be executed",
    make: (path) => writeFileSync(path, "#!/usr/bin/env node\n", { mode: 0o644 }),
    names: "ccusage may not be run",
    advises: "chmod +x /",
  },
  {
    that: "does not know its version",
    make: (path) => standIn(path, { version: "at your service\n" }),
    names: "ccusage does not say its version when asked with --version",
    advises: "correct --ccusage",
  },
  {
    that: "is of an unknown version",
    make: (path) => standIn(path, { version: "ccusage 21.0.0\n" }),
    names: "ccusage 21.0.0 is not known to ccbooks, which reads 17, 18, 20",
    advises: "leave --ccusage out",
  },
  {
    that: "fails with words",
    make: (path) =>
      standIn(
        path,
        {},
        instead("daily", `console.error("\\nError: disk on fire\\n    at x"); process.exit(1);`),
      ),
    names: "ccusage 20.0.20 failed with exit code 1 and said: disk on fire",
    advises: "ccusage claude daily --instances --json --timezone=UTC",
  },
  {
    that: "fails without a word",
    make: (path) => standIn(path, {}, instead("session", "process.exit(70);")),
    names: "ccusage 20.0.20 failed with exit code 70",
    advises: "ccusage claude session --json --timezone=UTC",
  },
  {
    that: "is killed",
    make: (path) => standIn(path, {}, instead("daily", `process.kill(process.pid, "SIGKILL");`)),
    names: "ccusage 20.0.20 was killed by SIGKILL",
    advises: "by hand to see more",
  },
  {
    that: "prints nothing",
    make: (path) => standIn(path, { session: "\n" }),
    names: "ccusage 20.0.20 printed nothing where a report was expected",
    advises: "ccusage claude session --json --timezone=UTC",
  },
])(
  "when ccusage $that, fetch says so in a sentence and the books stay",
  async ({ make, ...sentence }) => {
    const home = await homeWithBooks();
    make(home.ccusagePath);
    const error = await expectRefusal(home, sentence);

    const words = await home.run(["fetch", "--offline", "--ccusage", home.ccusagePath]);
    expect(words).toMatchObject({ exitCode: 1, stdout: "", stderr: `[error] ${error}` });
  },
);

test.for([
  { when: "when asked its version", act: instead("--version", "setInterval(() => {}, 1000);") },
  {
    when: "over a report, deaf to SIGTERM,",
    act: instead("daily", `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`),
  },
])("a ccusage that hangs $when is stopped after --timeout", async ({ act }) => {
  const home = await homeWithBooks();
  standIn(home.ccusagePath, {}, act);
  const start = performance.now();
  const sentence = { names: "did not finish within 1 second", advises: "more with --timeout" };
  await expectRefusal(home, sentence, "--timeout", "1");
  expect(performance.now() - start).toBeLessThan(5000);
});

// A wrapper script leaves its child holding the pipe, and that is still read to its end.
test("a ccusage whose child hangs is stopped after --timeout as well", async () => {
  const home = await homeWithBooks();
  writeFileSync(
    home.ccusagePath,
    `#!/bin/sh\n[ "$1" = --version ] && echo 20.0.20 && exit\nsleep 4\necho {}\n`,
    { mode: 0o755 },
  );
  const start = performance.now();
  await home.run(["fetch", "--ccusage", home.ccusagePath, "--timeout", "1"]);
  expect(performance.now() - start).toBeLessThan(3000);
});

test("when one report fails the other is not waited for", async () => {
  const home = await homeWithBooks();
  const act = `if (asked === "daily") process.exit(70);
    else if (asked === "session") setInterval(() => {}, 1000);
    else print();`;
  standIn(home.ccusagePath, {}, act);
  const start = performance.now();
  const sentence = { names: "failed with exit code 70", advises: "by hand to see more" };
  await expectRefusal(home, sentence, "--timeout", "20");
  expect(performance.now() - start).toBeLessThan(10_000);
});

test("a ccusage that crashes once gets a second chance", async () => {
  const home = newHome();
  const path = join(home.folder, "ccusage");
  const act = `const trace = __dirname + "/crashed-" + asked;
    if (existsSync(trace)) print();
    else { writeFileSync(trace, ""); process.exit(101); }`;
  standIn(path, {}, act);
  const result = await home.fetch("--ccusage", path);
  expect(result).toMatchObject({ status: "ok", totals: { totalTokens: 120, sessions: 1 } });
  expect(readdirSync(home.folder)).toEqual(
    expect.arrayContaining(["crashed---version", "crashed-daily", "crashed-session"]),
  );
});

test("what a failing ccusage says cannot control the terminal", async () => {
  const home = await homeWithBooks();
  const act = instead("daily", `console.error("\\u001b[31mred \\u0007bell"); process.exit(1);`);
  standIn(home.ccusagePath, {}, act);
  const { stderr } = await home.run(["fetch", "--offline", "--ccusage", home.ccusagePath]);
  expect(stderr).toContain("and said: red ·bell;");
});

const day = 'projects["-app"]';

test.for<{ report: string; prints: Prints; names: string }>([
  {
    report: "half a daily report",
    prints: { daily: daily().slice(0, 90) },
    names: "daily report of ccusage 20.0.20 is not whole",
  },
  {
    report: "half a session report",
    prints: { session: session().slice(0, 90) },
    names: "session report of ccusage 20.0.20 is not whole",
  },
  {
    report: "a report with a warning before it",
    prints: { daily: `Warning: a new release is out\n${daily()}` },
    names: 'begins with "Warning: a new release is out" instead of JSON',
  },
  {
    report: "a report without projects",
    prints: { daily: "{}" },
    names: "daily report of ccusage 20.0.20 has nothing as projects,",
  },
  {
    report: "a report that is something else",
    prints: { session: "null" },
    names: "session report of ccusage 20.0.20 has null as the whole report",
  },
  {
    report: "a negative count",
    prints: { daily: daily({ row: { inputTokens: -10 } }) },
    names: `daily report of ccusage 20.0.20 has -10 as ${day}[0].inputTokens`,
  },
  {
    report: "a fractional count",
    prints: { daily: daily({ model: { outputTokens: 0.5 } }) },
    names: `has 0.5 as ${day}[0].modelBreakdowns[0].outputTokens, where a whole number`,
  },
  {
    report: "a count in quotes",
    prints: { session: session({ row: { cacheReadTokens: "5" } }) },
    names: 'has "5" as sessions[0].cacheReadTokens, where a number',
  },
  {
    report: "a count too large to be exact",
    prints: { session: session({ totals: { totalTokens: 2 ** 53 } }) },
    names: "has 9007199254740992 as totals.totalTokens",
  },
  {
    report: "a missing count",
    prints: { daily: daily({ row: { cacheCreationTokens: undefined } }) },
    names: `has nothing as ${day}[0].cacheCreationTokens, where a number`,
  },
  {
    report: "a day without a cost",
    prints: { daily: daily({ row: { totalCost: undefined } }) },
    names: `has nothing as ${day}[0].totalCost, where a number`,
  },
  {
    report: "a model without a cost",
    prints: { daily: daily({ model: { cost: undefined } }) },
    names: `has nothing as ${day}[0].modelBreakdowns[0].cost, where a number`,
  },
  {
    report: "a cost in quotes",
    prints: { session: session({ row: { totalCost: "$0.50" } }) },
    names: 'has "$0.50" as sessions[0].totalCost, where a number',
  },
  {
    report: "a null for a cost",
    prints: { daily: daily({ model: { cost: null } }) },
    names: `has null as ${day}[0].modelBreakdowns[0].cost, where a number`,
  },
  {
    report: "a NaN for a cost",
    prints: { daily: daily().replace('"cost":0.5', '"cost":NaN') },
    names: "daily report of ccusage 20.0.20 is not whole JSON",
  },
  {
    report: "an endless cost",
    prints: { daily: daily().replace('"cost":0.5', '"cost":1e999') },
    names: `as ${day}[0].modelBreakdowns[0].cost, where`,
  },
  {
    report: "a negative cost",
    prints: { daily: daily({ totals: { totalCost: -0.5 } }) },
    names: "has -0.5 as totals.totalCost",
  },
  {
    report: "a month 13",
    prints: { daily: daily({ row: { date: "2026-13-45" } }) },
    names: `has "2026-13-45" as ${day}[0].date, where a date of the calendar`,
  },
  {
    report: "a 29 February of 2026",
    prints: { daily: daily({ row: { date: "2026-02-29" } }) },
    names: `has "2026-02-29" as ${day}[0].date, where a date of the calendar`,
  },
  {
    report: 'a session of "yesterday"',
    prints: { session: session({ row: { lastActivity: "yesterday" } }) },
    names: 'has "yesterday" as sessions[0].lastActivity, where a date or an instant',
  },
  {
    report: "a session without a name",
    prints: { session: session({ row: { sessionId: undefined } }) },
    names: "has nothing as sessions[0].sessionId, where a text",
  },
  {
    report: "a day that is there twice",
    prints: { daily: daily({ twice: true }) },
    names: `has ${day} on 2026-11-02 twice`,
  },
  {
    report: "a session that is there twice",
    prints: { session: session({ twice: true }) },
    names: "has session one of -app twice",
  },
  {
    report: "a day that does not add up",
    prints: { daily: daily({ row: { totalTokens: 121 } }) },
    names: `has totalTokens 121 in ${day} on 2026-11-02, where its parts add up to 120`,
  },
  {
    report: "a day of fewer tokens than its models",
    prints: { daily: daily({ model: { cacheReadTokens: 6 } }) },
    names: `has cacheReadTokens 5 in ${day} on 2026-11-02, less than its models add up to`,
  },
  {
    report: "a session at odds with its models' costs",
    prints: { session: session({ row: { totalCost: 0.51 } }) },
    names: "has totalCost 0.51 in session one of -app, where its models add up to 0.5",
  },
  {
    report: "a total of more tokens than the days",
    prints: { daily: daily({ totals: { outputTokens: 101 } }) },
    names: "has totals.outputTokens 101, where its rows add up to 100",
  },
  {
    report: "a total of less than the sessions cost",
    prints: { session: session({ totals: { totalCost: 0.49 } }) },
    names: "has totals.totalCost 0.49, where its rows add up to 0.5",
  },
])("$report is not believed, and the books stay", async ({ prints, names }) => {
  const home = await homeWithBooks();
  standIn(home.ccusagePath, prints);
  const advises = "run the fetch again, or try another release with --ccusage";
  await expectRefusal(home, { names, advises });
});

test.for([
  {
    size: "200 MB that end in the middle",
    names: "session report of ccusage 20.0.20 is not whole",
    act: `process.stdout.write('{"sessions":["' + "x".repeat(2e8));`,
  },
  {
    size: "more than can be read",
    names: "printed more than 500 MB, which is no usage report",
    act: `require("node:fs").ftruncateSync(1, 501e6);`,
  },
])("a report of $size is not believed, and the books stay", async ({ names, act }) => {
  const home = await homeWithBooks();
  standIn(home.ccusagePath, {}, instead("session", act));
  await expectRefusal(home, { names, advises: "" });
});

test("a report of 200 MB is read like any other", async () => {
  const home = newHome();
  const path = join(home.folder, "ccusage");
  standIn(path, {}, instead("session", `print(); process.stdout.write(" ".repeat(2e8));`));
  expect(await home.fetch("--ccusage", path)).toMatchObject({ totals: { sessions: 1 } });
});

const nothing = { ...figures, ...Object.fromEntries(Object.keys(figures).map((key) => [key, 0])) };
const free = { model: { cost: 0 }, row: { totalCost: 0 }, totals: { totalCost: 0 } };
const extra = { isNew: true, more: { cost: "?" } };
const named = (modelName: string): Damage => ({ model: { modelName } });

test.for<{ oddity: string; prints: Prints; holds: unknown[] }>([
  { oddity: "nothing odd", prints: {}, holds: [{ total_tokens: 120, total_cost: 0.5 }] },
  {
    oddity: "fields nobody knows",
    prints: {
      daily: daily({ model: extra, row: extra, totals: extra }),
      session: session({ model: extra, row: extra, totals: extra }),
    },
    holds: [{ total_tokens: 120, total_cost: 0.5 }],
  },
  {
    oddity: "a cost of minus zero",
    prints: { daily: daily(free).replaceAll(/(ost":)0/g, "$1-0.0") },
    holds: [{ total_tokens: 120, total_cost: null }],
  },
  {
    oddity: "an empty list of days",
    prints: { daily: `{"daily":[],"totals":${JSON.stringify(nothing)}}`, session: "[]" },
    holds: [],
  },
  { oddity: "bare empty lists", prints: { daily: "[]", session: "[]" }, holds: [] },
])("a report with $oddity is harmless", async ({ prints, holds }) => {
  const home = newHome();
  const path = join(home.folder, "ccusage");
  standIn(path, prints);
  expect(await home.fetch("--ccusage", path)).toMatchObject({ status: "ok" });
  expect(home.query("SELECT total_tokens, total_cost FROM daily_usage")).toEqual(holds);
});

test.for([
  { like: "quotes", model: `"it's" \`quoted\`` },
  { like: "an emoji", model: "claude-🦀-👩‍👩‍👧" },
  { like: "SQL", model: "'); DROP TABLE model_breakdown; --" },
  { like: "a novel of 10 kB", model: "claude ".repeat(1500) },
])("a model named like $like is kept as it is", async ({ model }) => {
  const home = newHome();
  const path = join(home.folder, "ccusage");
  standIn(path, { daily: daily(named(model)), session: session(named(model)) });
  await home.fetch("--ccusage", path);
  expect(home.query("SELECT model_name, cost FROM model_breakdown")).toEqual([
    { model_name: model, cost: 0.5 },
  ]);
  expect(home.query("SELECT models_used FROM daily_usage")).toEqual([
    { models_used: JSON.stringify([model]) },
  ]);
});
