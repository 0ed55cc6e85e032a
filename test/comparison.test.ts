import { afterAll, beforeAll, expect, test } from "vitest";

import type { Comparison } from "../src/readers/comparison.ts";
import { addDays, mondayOf } from "../src/dates.ts";
import { newHome } from "./support/home.ts";
import { say, UNPRICED } from "./support/transcripts.ts";

/** $5 a million of input, $25 of output, $0.50 read from the cache. */
const OPUS = "claude-opus-4-5-20251101";

/** A fifth of that. */
const HAIKU = "claude-haiku-4-5-20251001";

const home = newHome({ after: afterAll });

/** Two weeks of March 2026: the second with more calls, of a dearer model, and less from the cache. */
beforeAll(async () => {
  const call = (
    project: string,
    at: string,
    branch: string,
    usage: { model: string; input?: number; output?: number; cacheRead?: number },
  ): void =>
    say(home.claude, project, `${project.slice(5)}-session`, {
      ...{ id: `${project}-${at}-${usage.model}`, at, cwd: project.replaceAll("-", "/") },
      ...{ input: 0, output: 0, ...usage },
      line: { gitBranch: branch },
    });
  for (const day of ["02", "03", "04"]) {
    const at = `2026-03-${day}T10:00:00Z`;
    call("-dev-shop", at, "main", { model: HAIKU, input: 100_000, cacheRead: 900_000 });
    call("-dev-site", at, "main", { model: OPUS, output: 40_000 });
  }
  for (const day of ["09", "10", "11"]) {
    const at = `2026-03-${day}T10:00:00Z`;
    call("-dev-shop", at, "pay", { model: OPUS, input: 400_000, cacheRead: 900_000 });
    call("-dev-shop", `2026-03-${day}T11:00:00Z`, "pay", { model: HAIKU, input: 200_000 });
  }
  await home.fetch();
});

const RANGES = [
  ...["--since", "2026-03-09", "--until", "2026-03-11"],
  ...["--against", "2026-03-02..2026-03-04"],
];

async function compared(...typed: string[]): Promise<Comparison> {
  const { stdout, stderr } = await home.run(["stats", "compare", "--json", ...typed]);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

function costOf(table: string, where: string): number {
  const [row] = home.query<{ cost: number | null }>(
    `SELECT SUM(cost) AS cost FROM ${table} WHERE ${where}`,
  );
  return row?.cost ?? 0;
}

const NOW = "date BETWEEN '2026-03-09' AND '2026-03-11'";
const BEFORE = "date BETWEEN '2026-03-02' AND '2026-03-04'";

test("two ranges are compared by project, model, branch and session, the largest change first", async () => {
  const { total, totalBefore, changes } = await compared(...RANGES);
  expect(total.totalCost).toBeCloseTo(costOf("call_usage", NOW), 9);
  expect(totalBefore.totalCost).toBeCloseTo(costOf("call_usage", BEFORE), 9);
  const columns = { model: "model_name", branch: "branch", session: "session_id" } as const;
  for (const [by, column] of Object.entries(columns)) {
    for (const { name, totalCost, costBefore, rise } of changes[by as keyof typeof columns]) {
      const now = costOf("call_usage", `${NOW} AND ${column} = '${name}'`);
      const before = costOf("call_usage", `${BEFORE} AND ${column} = '${name}'`);
      expect([totalCost ?? 0, costBefore ?? 0, rise], name).toEqual(
        [now, before, now - before].map((value) => expect.closeTo(value, 9)),
      );
    }
  }
  expect(changes.project.map(({ name }) => name)).toEqual(["shop", "site"]);
  expect(changes.branch.map(({ name }) => name)).toEqual(["pay", "main"]);
});

test("calls, tokens a call, models and the price of a token add up to the change", async () => {
  const { why, total, totalBefore } = await compared(...RANGES);
  const { byCalls = 0, byTokensPerCall = 0, byModels = 0, byCache = 0 } = why ?? {};
  expect(byCalls + byTokensPerCall + byModels + byCache).toBeCloseTo(
    (total.totalCost ?? 0) - (totalBefore.totalCost ?? 0),
    9,
  );
  expect(why).toMatchObject({ calls: 6, callsBefore: 6, byCalls: 0 });
  // 4.5 million tokens instead of 3.12 in as many calls.
  expect(byTokensPerCall).toBeCloseTo((4.5 / 3.12 - 1) * (totalBefore.totalCost ?? 0), 9);
});

test("more calls of the same kind are nothing but more calls", async () => {
  const other = newHome();
  const call = (at: string): void =>
    say(other.claude, "-app", "one", { id: at, at, model: OPUS, input: 1000, output: 100_000 });
  for (const hour of ["10", "11"]) call(`2026-03-02T${hour}:00:00Z`);
  for (const hour of ["10", "11", "12", "13", "14"]) call(`2026-03-03T${hour}:00:00Z`);
  await other.fetch();
  const { stdout } = await other.run([
    ...["stats", "compare", "--json", "--since", "2026-03-03", "--until", "2026-03-03"],
  ]);
  const { why, before }: Comparison = JSON.parse(stdout);
  expect(before).toEqual({ since: "2026-03-02", until: "2026-03-02" });
  expect(why?.byCalls).toBeCloseTo(3 * 2.505, 9);
  for (const effect of ["byTokensPerCall", "byModels", "byCache"] as const) {
    expect(why?.[effect], effect).toBeCloseTo(0, 9);
  }
});

test("it is of what was asked for", async () => {
  const { total, changes } = await compared(...RANGES, "--project", "SHOP", "--branch", "pay");
  expect(total.totalCost).toBeCloseTo(costOf("call_usage", `${NOW} AND branch = 'pay'`), 9);
  expect(changes.project.map(({ name }) => name)).toEqual(["shop"]);
});

test("alone it compares the whole days of this week with the same days of the last", async () => {
  const { range, before } = await compared();
  const yesterday = addDays(new Date().toISOString().slice(0, 10), -1);
  expect(range).toEqual({ since: mondayOf(yesterday), until: yesterday });
  expect(before).toEqual({ since: addDays(range.since, -7), until: addDays(yesterday, -7) });
});

test("in words it fits 80 columns, and says what is at least", async () => {
  const other = newHome();
  const name = "a-very-long-name-".repeat(12);
  for (const [at, output] of [
    ["2026-03-02", 1e6],
    ["2026-03-03", 9e6],
  ] as const) {
    say(other.claude, `-${name}`, "0123456789abcdef", {
      ...{ id: at, at: `${at}T10:00:00Z`, model: OPUS, output },
      line: { gitBranch: name },
    });
  }
  say(other.claude, "-b", "b", { id: "b", at: "2026-03-03T10:00:00Z", model: UNPRICED, output: 9 });
  await other.fetch();
  const { stdout } = await other.run([
    "stats",
    "compare",
    "--since",
    "2026-03-03",
    "--until",
    "2026-03-03",
  ]);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(
    /^ {2}2026-03-03 +≥ \$225\.00 +about \+\$200\.00\n {2}2026-03-02 +\$25\.00$/m,
  );
  expect(stdout).toContain("≥ means at least");
  expect(stdout).toMatch(/^ {2}01234567 +\$225\.00 +\$25\.00 +\+\$200\.00$/m);
});

test.for([
  [["--until", "2026-03-11"], "A comparison needs its first day: add --since or --days."],
  [
    ["--since", "2026-03-11", "--against", "2026-03-04..2026-03-02"],
    "--against 2026-03-04..2026-03-02 ends before it begins; swap its days.",
  ],
  [
    ["--since", "2026-03-11", "--against", "march"],
    '--against takes two days such as 2026-11-01..2026-11-07, not "march".',
  ],
  [["--by", "model"], "--by does not go with `ccbooks stats compare`; leave it out."],
  [["--format", "csv"], "A comparison is no single table; --format takes table or json here."],
  [
    ["--since", "today"],
    expect.stringMatching(
      /^The books know no whole day from .* on; fetch later, or give --until\.$/,
    ),
  ],
] as [string[], string][])("compare %s says what is right", async ([typed, sentence]) => {
  const ran = await home.run(["stats", "compare", ...typed]);
  expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ran.stderr.replace("[error] ", "")).toEqual(sentence);
});

test("days that the books do not know are compared with nothing", async () => {
  const early = await home.run([
    "stats",
    "compare",
    "--since",
    "2026-03-04",
    "--until",
    "2026-03-09",
  ]);
  expect(early).toMatchObject({ exitCode: 1, stdout: "" });
  expect(early.stderr).toBe(
    "[error] The books begin on 2026-03-02, and know nothing of 2026-02-26; compare days from then on with --since and --against.",
  );
  const late = await home.run([
    "stats",
    "compare",
    "--until",
    "today",
    ...RANGES.slice(0, 2),
    ...RANGES.slice(4),
  ]);
  expect(late).toMatchObject({ exitCode: 1, stdout: "" });
  expect(late.stderr).toMatch(
    /^\[error\] .* is not over, and a part of a day compares with nothing; compare days up to \d{4}-\d\d-\d\d\.$/,
  );
  const nobody = await home.run(["stats", "compare", ...RANGES, "--project", "shp"]);
  expect(nobody.stdout).toContain("--project shp; did you mean --project shop?");
});

test("costs that nobody knows are unknown, and no part is taken of what is at least", async () => {
  const other = newHome();
  for (const [at, tokens] of [
    ["2026-03-02", 10],
    ["2026-03-03", 90],
  ] as const) {
    const when = { id: at, at: `${at}T10:00:00Z` };
    say(other.claude, "-app", "one", { ...when, model: UNPRICED, input: 0, output: tokens });
    say(other.claude, "-b", "two", {
      ...when,
      id: `b${at}`,
      model: OPUS,
      input: 0,
      output: 40_000,
    });
  }
  await other.fetch();
  const { stdout } = await other.run([
    ...["stats", "compare", "--since", "2026-03-03", "--until", "2026-03-03"],
  ]);
  expect(stdout).toMatch(/^ {2}2026-03-03 +≥ \$1\.00 +about \$0\.00$/m);
  expect(stdout).toMatch(/^ {2}-app +unknown +unknown +unknown$/m);
});
