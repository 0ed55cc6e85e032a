import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { UserError } from "../src/errors.ts";
import { parseDaily } from "../src/sources/ccusage/parse.ts";
import { newHome, type Home } from "./support/home.ts";
import { say, sweep } from "./support/transcripts.ts";

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

const MODEL = "claude-opus-4-8";
const counts = { inputTokens: 10, outputTokens: 100, cacheCreationTokens: 5, cacheReadTokens: 5 };
const figures = { ...counts, totalTokens: 120, totalCost: 0.5 };

function rows({ model, row, twice }: Damage, own: Fields): Fields[] {
  const modelBreakdowns = [{ ...counts, modelName: MODEL, cost: 0.5, ...model }];
  const good = { ...figures, ...own, modelBreakdowns, ...row };
  return twice ? [good, good] : [good];
}

/** The day of the calls, which are handed to ccusage as the first project's. */
const DAY = "2026-11-02";

/** A daily report of one project, one day and one model. */
function daily(damage: Damage = {}): string {
  const days = rows(damage, { date: DAY });
  return JSON.stringify({ projects: { 0: days }, totals: { ...figures, ...damage.totals } });
}

/** What the stand-in prints where it is not what a good ccusage prints. */
interface Prints {
  version?: string;
  daily?: string;
}

/**
 * Puts a stand-in for ccusage at a path: a shell script that prints the files beside it. `act` may have it do
 * something else; `$asked` is "--version" or "daily", and `print` prints the file of that.
 */
function standIn(path: string, prints: Prints, act = "print"): void {
  const beside = dirname(path);
  writeFileSync(join(beside, "--version"), prints.version ?? "ccusage 20.0.20\n");
  writeFileSync(join(beside, "daily"), prints.daily ?? daily());
  const script = `#!/bin/sh
    here="${beside}"
    case " $* " in *" --version "*) asked=--version ;; *) asked=daily ;; esac
    print() { cat -- "$here/$asked"; }
    ${act}`;
  writeFileSync(path, script, { mode: 0o755 });
}

/** An act for the stand-in: everything as it should be, but for what it does when it is asked this. */
const instead = (asked: string, action: string): string =>
  `if [ "$asked" = ${asked} ]; then ${action}\nelse print; fi`;

/** The books of one real fetch, made by the first test that needs them. */
let realBooks: Buffer | undefined;

/** A home whose books have one call, and whose transcripts have another one of the same day. */
async function homeWithBooks(): Promise<Home & { ccusagePath: string }> {
  const home = newHome();
  if (realBooks === undefined) {
    say(home.claude, "-app", "one", { id: "a", at: `${DAY}T10:00:00.000Z`, input: 70 });
    await home.fetch();
    realBooks = readFileSync(home.db);
  } else {
    mkdirSync(dirname(home.db));
    writeFileSync(home.db, realBooks);
  }
  say(home.claude, "-app", "two", { id: "b", at: `${DAY}T11:00:00.000Z` });
  return { ...home, ccusagePath: join(home.folder, "ccusage") };
}

/** Fetches: that must be refused in one sentence, which is given back, and leave all figures alone. */
async function expectRefusal(
  home: Home & { ccusagePath: string },
  sentence: { names: string; advises: string },
  ...flags: string[]
): Promise<string> {
  const before = figuresIn(home);
  expect(before.days).toMatchObject([{ total_tokens: 170 }]);

  const fetch = ["fetch", "--offline", "--json", "--ccusage", home.ccusagePath, ...flags];
  const { exitCode, stdout, stderr } = await home.run(fetch);
  const { error, ...rest } = JSON.parse(stdout);
  expect({ exitCode, ...rest }).toEqual({ exitCode: 1, status: "failed" });
  expect(stderr).toBe(`[error] ${error}`);
  expect(error).toContain(sentence.names);
  expect(error).toContain(sentence.advises);
  expect(error).toMatch(/^[^\n]+\.$/);
  expect(error).not.toMatch(/bug in ccbooks| {4}at |undefined|\[object/);

  expect(figuresIn(home)).toEqual(before);
  // What was kept by then stays kept.
  expect(home.query("SELECT 1 FROM call")).toHaveLength(2);
  expect(home.query("SELECT status, error FROM import_run ORDER BY started_at")).toEqual([
    { status: "ok", error: null },
    { status: "failed", error },
  ]);
  return error;
}

/** Every figure of the books. */
function figuresIn(home: Home): { days: unknown; all: string; cells: unknown } {
  return {
    days: home.query("SELECT total_tokens FROM daily_usage"),
    all: home.dump(),
    cells: home.query("SELECT * FROM session_cell"),
  };
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
    names: "ccusage 21.0.0 cannot count for ccbooks, which needs a 20.x",
    advises: "leave --ccusage out",
  },
  {
    that: "fails with words",
    make: (path) =>
      standIn(
        path,
        {},
        instead("daily", String.raw`printf '\nError: disk on fire\n    at x\n' >&2; exit 1`),
      ),
    names: "ccusage 20.0.20 failed with exit code 1 and said: disk on fire",
    advises: "ccusage claude daily --instances --json --timezone=UTC",
  },
  {
    that: "fails without a word",
    make: (path) => standIn(path, {}, instead("daily", "exit 70")),
    names: "ccusage 20.0.20 failed with exit code 70",
    advises: "ccusage claude daily --instances --json --timezone=UTC",
  },
  {
    that: "is killed",
    make: (path) => standIn(path, {}, instead("daily", "kill -9 $$")),
    names: "ccusage 20.0.20 was killed by SIGKILL",
    advises: "by hand to see more",
  },
  {
    that: "prints nothing",
    make: (path) => standIn(path, { daily: "\n" }),
    names: "ccusage 20.0.20 printed nothing where a report was expected",
    advises: "ccusage claude daily --instances --json --timezone=UTC",
  },
])(
  "when ccusage $that, fetch says so in a sentence and the books stay",
  async ({ make, ...sentence }) => {
    const home = await homeWithBooks();
    make(home.ccusagePath);
    await expectRefusal(home, sentence);
  },
);

test("what failed is told in words as well, and the next fetch counts what was kept", async () => {
  const home = await homeWithBooks();
  const words = await home.run(["fetch", "--offline", "--ccusage", home.ccusagePath]);
  expect(words).toMatchObject({ exitCode: 1, stdout: "" });
  expect(words.stderr).toMatch(/^\[error\] There is no ccusage program at [^\n]+\.$/);
  sweep(home.claude, "-app", "two");
  expect(await home.fetch()).toMatchObject({ effort: { filesRead: 0 }, days: { grown: 1 } });
  expect(figuresIn(home).days).toEqual([{ total_tokens: 280 }]);
});

test.for([
  { when: "when asked its version", asked: "--version", advises: "--version` by hand to see more" },
  { when: "over the report", asked: "daily", advises: "more with --timeout" },
])("a ccusage that hangs $when is stopped after --timeout", async ({ asked, advises }) => {
  const home = await homeWithBooks();
  standIn(home.ccusagePath, {}, instead(asked, "sleep 60"));
  const start = performance.now();
  const sentence = { names: "did not finish within 1 second", advises };
  await expectRefusal(home, sentence, "--timeout", "1");
  expect(performance.now() - start).toBeLessThan(20_000);
});

test("a ccusage that crashes once gets a second chance", async () => {
  const home = await homeWithBooks();
  const act = `trace="$here/crashed-$asked"; if [ -e "$trace" ]; then print; else : > "$trace"; exit 101; fi`;
  standIn(home.ccusagePath, {}, act);
  expect(await home.fetch("--ccusage", home.ccusagePath)).toMatchObject({ status: "ok" });
  expect(figuresIn(home).days).toEqual([{ total_tokens: 290 }]);
  expect(readdirSync(home.folder)).toEqual(
    expect.arrayContaining(["crashed---version", "crashed-daily"]),
  );
});

test("what a failing ccusage says cannot control the terminal", async () => {
  const home = await homeWithBooks();
  const act = instead("daily", String.raw`printf '\033[31mred \007bell' >&2; exit 1`);
  standIn(home.ccusagePath, {}, act);
  const { stderr } = await home.run(["fetch", "--offline", "--ccusage", home.ccusagePath]);
  expect(stderr).toContain("and said: red ·bell;");
});

/** How a sentence calls a field of the day, and the day itself. */
const field = "projects[0][0]";
const place = `projects["0"] on ${DAY}`;

test.for<{ report: string; printed: string; names: string }>([
  {
    report: "half a report",
    printed: daily().slice(0, 90),
    names: "daily report of ccusage 20.0.20 is not whole",
  },
  {
    report: "a report with a warning before it",
    printed: `Warning: a new release is out\n${daily()}`,
    names: 'begins with "Warning: a new release is out" instead of JSON',
  },
  {
    report: "a report without projects",
    printed: "{}",
    names: "daily report of ccusage 20.0.20 has nothing as projects,",
  },
  {
    report: "a report that is something else",
    printed: "null",
    names: "daily report of ccusage 20.0.20 has null as the whole report",
  },
  {
    report: "a report of nothing, where there was something to count,",
    printed: `{"daily":[],"totals":${JSON.stringify({ ...figures, totalTokens: 0 })}}`,
    names: "daily report of ccusage 20.0.20 has no tokens at all, where there were some to count",
  },
  {
    report: "an empty list, where there was something to count,",
    printed: "[]",
    names: "daily report of ccusage 20.0.20 has no tokens at all, where there were some to count",
  },
  {
    report: "a day that was not to be counted",
    printed: daily({ row: { date: "2026-11-01" } }),
    names: 'has projects["0"] on 2026-11-01, which was not to be counted',
  },
  {
    report: "a project that was not to be counted",
    printed: daily().replace('"0":', '"-app":'),
    names: 'has projects["-app"] on 2026-11-02, which was not to be counted',
  },
  {
    report: "a negative count",
    printed: daily({ row: { inputTokens: -10 } }),
    names: `daily report of ccusage 20.0.20 has -10 as ${field}.inputTokens`,
  },
  {
    report: "a day that does not add up",
    printed: daily({ row: { totalTokens: 121 } }),
    names: `has totalTokens 121 in ${place}, where its parts add up to 120`,
  },
])("$report is not believed, and the books stay", async ({ printed, names }) => {
  const home = await homeWithBooks();
  standIn(home.ccusagePath, { daily: printed });
  const advises = "run the fetch again, or try another release with --ccusage";
  await expectRefusal(home, { names, advises });
});

test.for<{ report: string; printed: string; names: string }>([
  {
    report: "a fractional count",
    printed: daily({ model: { outputTokens: 0.5 } }),
    names: `has 0.5 as ${field}.modelBreakdowns[0].outputTokens, where a whole number`,
  },
  {
    report: "a count in quotes",
    printed: daily({ row: { cacheReadTokens: "5" } }),
    names: `has "5" as ${field}.cacheReadTokens, where a number`,
  },
  {
    report: "a count too large to be exact",
    printed: daily({ totals: { totalTokens: 2 ** 53 } }),
    names: "has 9007199254740992 as totals.totalTokens",
  },
  {
    report: "a missing count",
    printed: daily({ row: { cacheCreationTokens: undefined } }),
    names: `has nothing as ${field}.cacheCreationTokens, where a number`,
  },
  {
    report: "a day without a cost",
    printed: daily({ row: { totalCost: undefined } }),
    names: `has nothing as ${field}.totalCost, where a number`,
  },
  {
    report: "a model without a cost",
    printed: daily({ model: { cost: undefined } }),
    names: `has nothing as ${field}.modelBreakdowns[0].cost, where a number`,
  },
  {
    report: "a null for a cost",
    printed: daily({ model: { cost: null } }),
    names: `has null as ${field}.modelBreakdowns[0].cost, where a number`,
  },
  {
    report: "a NaN for a cost",
    printed: daily().replace('"cost":0.5', '"cost":NaN'),
    names: "daily report of ccusage 20.0.20 is not whole JSON",
  },
  {
    report: "an endless cost",
    printed: daily().replace('"cost":0.5', '"cost":1e999'),
    names: `as ${field}.modelBreakdowns[0].cost, where`,
  },
  {
    report: "a negative cost",
    printed: daily({ totals: { totalCost: -0.5 } }),
    names: "has -0.5 as totals.totalCost",
  },
  {
    report: "a month 13",
    printed: daily({ row: { date: "2026-13-45" } }),
    names: `has "2026-13-45" as ${field}.date, where a date of the calendar`,
  },
  {
    report: "a 29 February of 2026",
    printed: daily({ row: { date: "2026-02-29" } }),
    names: `has "2026-02-29" as ${field}.date, where a date of the calendar`,
  },
  {
    report: "a model without a name",
    printed: daily({ model: { modelName: "" } }),
    names: `has "" as ${field}.modelBreakdowns[0].modelName, where a text`,
  },
  {
    report: "a day that is there twice",
    printed: daily({ twice: true }),
    names: `has ${place} twice`,
  },
  {
    report: "a day of fewer tokens than its models",
    printed: daily({ model: { cacheReadTokens: 6 } }),
    names: `has cacheReadTokens 5 in ${place}, less than its models add up to`,
  },
  {
    report: "a day at odds with its models' costs",
    printed: daily({ row: { totalCost: 0.51 } }),
    names: `has totalCost 0.51 in ${place}, where its models add up to 0.5`,
  },
  {
    report: "a total of more tokens than the days",
    printed: daily({ totals: { outputTokens: 101 } }),
    names: "has totals.outputTokens 101, where its rows add up to 100",
  },
  {
    report: "a total of less than the days cost",
    printed: daily({ totals: { totalCost: 0.49 } }),
    names: "has totals.totalCost 0.49, where its rows add up to 0.5",
  },
])("$report is not believed either", ({ printed, names }) => {
  const believe = (): unknown => parseDaily(printed, "20.0.20");
  expect(believe).toThrow(UserError);
  expect(believe).toThrow(names);
});

test.for([
  {
    size: "200 MB that end in the middle",
    names: "daily report of ccusage 20.0.20 is not whole",
    act: `printf '{"projects":{"0":['; head -c 200000000 /dev/zero | tr "\\0" x`,
  },
  {
    size: "more than can be read",
    names: "printed more than 500 MB, which is no usage report",
    act: "truncate -s 501000000 /dev/stdout",
  },
])("a report of $size is not believed, and the books stay", async ({ names, act }) => {
  const home = await homeWithBooks();
  standIn(home.ccusagePath, {}, instead("daily", act));
  await expectRefusal(home, { names, advises: "" });
});

test("a report of 200 MB is read like any other", async () => {
  const home = await homeWithBooks();
  const act = instead("daily", `print; head -c 200000000 /dev/zero | tr "\\0" " "`);
  standIn(home.ccusagePath, {}, act);
  expect(await home.fetch("--ccusage", home.ccusagePath)).toMatchObject({ status: "ok" });
  expect(figuresIn(home).days).toEqual([{ total_tokens: 290 }]);
});

const free = { model: { cost: 0 }, row: { totalCost: 0 }, totals: { totalCost: 0 } };
const extra = { isNew: true, more: { cost: "?" } };

test.for<{ oddity: string; printed: string; cost: number | null }>([
  { oddity: "nothing odd", printed: daily(), cost: 0.5 },
  {
    oddity: "fields nobody knows",
    printed: daily({ model: extra, row: extra, totals: extra }),
    cost: 0.5,
  },
  {
    oddity: "a cost of minus zero",
    printed: daily(free).replaceAll(/(ost":)0/g, "$1-0.0"),
    cost: null,
  },
])("a report with $oddity is harmless", async ({ printed, cost }) => {
  const home = newHome();
  const path = join(home.folder, "ccusage");
  // What the report says, so that it is the sum of the calls.
  say(home.claude, "-app", "one", {
    ...{ id: "a", at: `${DAY}T10:00:00.000Z`, model: MODEL },
    ...{ input: 10, output: 100, cacheCreation: 5, cacheRead: 5 },
  });
  standIn(path, { daily: printed });
  expect(await home.fetch("--ccusage", path)).toMatchObject({ status: "ok", differing: [] });
  expect(home.query("SELECT total_tokens, total_cost FROM daily_usage")).toEqual([
    { total_tokens: 120, total_cost: cost },
  ]);
});

test("a home without a call is not a question for ccusage", async () => {
  const home = newHome();
  const path = join(home.folder, "ccusage");
  standIn(path, {}, instead("daily", ': > "$here/asked"; exit 70'));
  expect(await home.fetch("--ccusage", path)).toMatchObject({ status: "ok" });
  expect(existsSync(join(home.folder, "asked"))).toBe(false);
});

test.for([
  { like: "quotes", model: `"it's" \`quoted\`` },
  { like: "an emoji", model: "claude-🦀-👩‍👩‍👧" },
  { like: "SQL", model: "'); DROP TABLE model_breakdown; --" },
  { like: "a prototype", model: "__proto__" },
])("a model named like $like is kept as it is", async ({ model }) => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: `${DAY}T10:00:00.000Z`, model });
  expect(await home.fetch()).toMatchObject({ differing: [] });
  expect(home.query("SELECT model_name, input_tokens FROM model_breakdown")).toEqual([
    { model_name: model, input_tokens: 10 },
  ]);
  expect(home.query("SELECT models_used FROM daily_usage")).toEqual([
    { models_used: JSON.stringify([model]) },
  ]);
});
