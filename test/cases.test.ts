import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { execa } from "execa";
import { expect, test } from "vitest";

import { fetchAt } from "./support/clock.ts";
import { newHome, root, type Home } from "./support/home.ts";
import {
  PRICED,
  say,
  sweep,
  transcriptLine,
  transcriptPath,
  UNPRICED,
  type Message,
} from "./support/transcripts.ts";
import { cellsIn, daysIn, newWitness, sessionsIn } from "./support/witness.ts";
import { DOUBLES, wrapCcusage } from "./support/wrapped-ccusage.ts";

/**
 * What has happened to people's transcripts. The right value is always the sum of all calls that were
 * ever seen: told here as a number, and held to the real ccusage where that can count it. (How time zones
 * are named is in machine.test.ts, worktrees that git made in projects.test.ts.)
 */

/** A day that is over. */
const DAY = "2026-11-20";

const today = (): string => new Date().toISOString().slice(0, 10);

/** An answer of so many tokens at ten in the morning. */
function answer(id: string, tokens: number, more: Partial<Message> = {}): Message {
  return { id, at: `${DAY}T10:00:00.000Z`, input: tokens, output: 0, ...more };
}

const slugFolder = (home: Home, slug: string): string => join(home.claude, "projects", slug);

test.for<{ longer: string; outputs: [number, number]; day: string; tokens: number }>([
  { longer: "the later one", outputs: [1, 300], day: "2026-11-21", tokens: 1300 },
  { longer: "neither", outputs: [300, 300], day: DAY, tokens: 1300 },
])(
  "an answer with lines on both sides of midnight counts once, though a fetch came between them: $longer says more",
  async ({ outputs, day, tokens }) => {
    const home = newHome();
    const seen = newWitness(home);
    const [before, after] = outputs;
    const line = (at: string, output: number): Message => ({ id: "a", at, input: 1000, output });
    say(home.claude, "-app", "one", line(`${DAY}T23:59:58.000Z`, before));
    await seen.fetch();
    expect(daysIn(home)).toEqual({ [DAY]: 1000 + before });
    say(home.claude, "-app", "one", line("2026-11-21T00:00:04.000Z", after));
    const { warnings } = await seen.fetch();
    expect(warnings).toEqual([]);
    expect(daysIn(home)).toEqual({ [day]: tokens });
    expect(cellsIn(home)).toEqual({ [`${day} -app ${PRICED}`]: tokens });
    expect(sessionsIn(home)).toEqual({ one: tokens });
    await seen.expectAgreement();
  },
);

test.for<{ left: "a stub" | "nothing"; when: string; day: () => string }>([
  { left: "a stub", when: "the same day", day: today },
  { left: "a stub", when: "a day later", day: () => DAY },
  { left: "nothing", when: "the same day", day: today },
  { left: "nothing", when: "a day later", day: () => DAY },
])("a transcript cut to $left and put back $when counts as before", async ({ left, day }) => {
  const home = newHome();
  const seen = newWitness(home);
  const date = day();
  const at = `${date}T00:00:01.000Z`;
  say(home.claude, "-app", "one", answer("a", 100, { at }), answer("b", 200, { at }));
  say(home.claude, "-app", "two", answer("c", 600, { at }));
  const path = transcriptPath(home.claude, "-app", "one");
  const whole = readFileSync(path, "utf8");
  const isRight = (): void => {
    expect(daysIn(home)).toEqual({ [date]: 900 });
    expect(cellsIn(home)).toEqual({ [`${date} -app ${PRICED}`]: 900 });
    expect(sessionsIn(home)).toEqual({ one: 300, two: 600 });
  };
  await seen.fetch();
  isRight();
  writeFileSync(path, left === "nothing" ? "" : whole.slice(0, whole.indexOf("\n") + 1));
  await seen.fetch();
  isRight();
  writeFileSync(path, whole);
  await seen.fetch();
  isRight();
  await seen.expectAgreement();
});

test("a transcript that is away for one fetch and back under another folder counts once", async () => {
  const home = newHome();
  const seen = newWitness(home);
  say(home.claude, "-app", "one", answer("a", 300));
  say(home.claude, "-web", "two", answer("b", 50));
  await seen.fetch();
  const aside = join(home.folder, "aside.jsonl");
  renameSync(transcriptPath(home.claude, "-app", "one"), aside);
  await seen.fetch();
  mkdirSync(slugFolder(home, "-other"));
  renameSync(aside, transcriptPath(home.claude, "-other", "one"));
  say(home.claude, "-other", "one", answer("c", 7));
  await seen.fetch();
  expect(cellsIn(home)).toEqual({
    [`${DAY} -app ${PRICED}`]: 307,
    [`${DAY} -web ${PRICED}`]: 50,
  });
  expect(sessionsIn(home)).toEqual({ one: 307, two: 50 });
  await seen.expectAgreement();
});

test("two configuration folders that are fetched in turn add up", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const work = join(home.folder, "claude-work");
  mkdirSync(join(work, "projects"), { recursive: true });
  const fetchFrom = async (folder: string): Promise<Record<string, number>> => {
    home.env["CLAUDE_CONFIG_DIR"] = folder;
    await seen.fetch();
    return daysIn(home);
  };
  say(home.claude, "-app", "one", answer("a", 450));
  expect(await fetchFrom(home.claude)).toEqual({ [DAY]: 450 });
  say(work, "-app", "two", answer("b", 300));
  expect(await fetchFrom(work)).toEqual({ [DAY]: 750 });
  say(home.claude, "-app", "one", answer("c", 150));
  expect(await fetchFrom(home.claude)).toEqual({ [DAY]: 900 });
  say(work, "-app", "two", answer("d", 150));
  expect(await fetchFrom(work)).toEqual({ [DAY]: 1050 });
  expect(sessionsIn(home)).toEqual({ one: 600, two: 450 });
  // Nothing was deleted, so nothing is said to be kept of deleted transcripts.
  const { kept } = await home.fetch();
  expect(kept).toMatchObject({ days: 0, totalTokens: 0 });
  await seen.expectAgreement();
});

test("a session that moves into a worktree and back, on a day that lost another one, counts once", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const worktree = "/home/dev/app/.claude/worktrees/fix";
  const inside = "-home-dev-app--claude-worktrees-fix";
  say(home.claude, "-home-dev-app", "one", answer("a", 100));
  say(home.claude, "-home-dev-app", "two", answer("b", 1000));
  await seen.fetch();
  sweep(home.claude, "-home-dev-app", "two");
  mkdirSync(slugFolder(home, inside));
  const [outer, inner] = ["-home-dev-app", inside].map((slug) =>
    transcriptPath(home.claude, slug, "one"),
  );
  renameSync(outer ?? "", inner ?? "");
  say(home.claude, inside, "one", answer("c", 20, { cwd: worktree }));
  await seen.fetch();
  renameSync(inner ?? "", outer ?? "");
  say(home.claude, "-home-dev-app", "one", answer("d", 3));
  await seen.fetch();
  expect(cellsIn(home)).toEqual({ [`${DAY} -home-dev-app ${PRICED}`]: 1123 });
  expect(sessionsIn(home)).toEqual({ one: 123, two: 1000 });
  await seen.expectAgreement();
});

test("a transcript that comes late adds to a finished day that has lost another one", async () => {
  const home = newHome();
  const seen = newWitness(home);
  say(home.claude, "-app", "a", answer("a", 300));
  say(home.claude, "-app", "c", answer("c", 300));
  await seen.fetch();
  sweep(home.claude, "-app", "a");
  await seen.fetch();
  say(home.claude, "-app", "b", answer("b", 300));
  const { days, sessions } = await seen.fetch();
  expect({ days, sessions }).toMatchObject({ days: { grown: 1 }, sessions: { added: 1 } });
  expect(daysIn(home)).toEqual({ [DAY]: 900 });
  expect(sessionsIn(home)).toEqual({ a: 300, b: 300, c: 300 });
  expect(home.query("SELECT date, reason, tokens_before, tokens_after FROM revision")).toEqual([
    { date: DAY, reason: "late calls", tokens_before: 600, tokens_after: 900 },
  ]);
  await seen.expectAgreement();
});

test("a project whose folder is renamed has one session, under the name it was first seen by", async () => {
  const home = newHome();
  const seen = newWitness(home);
  say(home.claude, "-old", "one", answer("a", 100_000));
  await seen.fetch();
  renameSync(slugFolder(home, "-old"), slugFolder(home, "-new"));
  await seen.fetch();
  say(home.claude, "-new", "one", answer("b", 100_000));
  await seen.fetch();
  // Two hundred thousand tokens of input at three dollars a million.
  expect(
    home.query("SELECT session_id, project_path, total_tokens, total_cost FROM session_usage"),
  ).toEqual([{ session_id: "one", project_path: "-old", total_tokens: 200_000, total_cost: 0.6 }]);
  expect(cellsIn(home)).toEqual({ [`${DAY} -old ${PRICED}`]: 200_000 });
  await seen.expectAgreement();
});

test("a rewrite in place that drops five answers and adds three, and is larger, keeps all eight", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const ids = ["a", "b", "c", "d", "e", "f"];
  say(home.claude, "-app", "one", ...ids.map((id, index) => answer(id, 10 ** index)));
  const path = transcriptPath(home.claude, "-app", "one");
  const before = readFileSync(path, "utf8");
  await seen.fetch();
  const kept = before.split("\n")[5] ?? "";
  const padding = { line: { note: "x".repeat(before.length) } };
  const added = ["g", "h", "i"].map((id) => transcriptLine("one", answer(id, 2, padding)));
  writeFileSync(path, `${[kept, ...added].join("\n")}\n`);
  expect(readFileSync(path).length).toBeGreaterThan(before.length);
  await seen.fetch();
  // 111,111 of the first six and 6 of the three that were added.
  expect(daysIn(home)).toEqual({ [DAY]: 111_117 });
  expect(sessionsIn(home)).toEqual({ one: 111_117 });
  expect(home.query("SELECT 1 FROM call")).toHaveLength(9);
  await seen.expectAgreement();
});

test("the agents of a workflow belong to the session that started it", async () => {
  const home = newHome();
  const parts = { main: 100, "main/subagents/agent-a": 200 };
  const deep = { "main/subagents/workflows/wf_x1/agent-b": 300, "main/subagents/x/y/z/agent-c": 4 };
  for (const [place, tokens] of Object.entries({ ...parts, ...deep })) {
    const isSidechain = place !== "main";
    say(
      home.claude,
      "-app",
      place,
      answer(place, tokens, { isSidechain, line: { sessionId: "main" } }),
    );
  }
  await home.fetch();
  expect(sessionsIn(home)).toEqual({ main: 604 });
  expect(cellsIn(home)).toEqual({ [`${DAY} -app ${PRICED}`]: 604 });
  // ccusage makes sessions of them that no one has held; its day is right.
  const { daily } = await home.ccusage("daily");
  expect(daily).toMatchObject([{ date: DAY, totalTokens: 604 }]);
  expect((await home.ccusage("session")).sessions).toHaveLength(3);
});

test("linked folders and files below projects/ are read, once each", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const elsewhere = join(home.folder, "elsewhere");
  say(elsewhere, "-linked", "one", answer("a", 100));
  say(elsewhere, "-single", "two", answer("b", 20));
  symlinkSync(join(elsewhere, "projects", "-linked"), slugFolder(home, "-linked"));
  symlinkSync(join(elsewhere, "projects", "-linked"), slugFolder(home, "-linked-again"));
  mkdirSync(slugFolder(home, "-app"));
  symlinkSync(
    transcriptPath(elsewhere, "-single", "two"),
    transcriptPath(home.claude, "-app", "two"),
  );
  await seen.fetch();
  expect(cellsIn(home)).toEqual({
    [`${DAY} -app ${PRICED}`]: 20,
    [`${DAY} -linked ${PRICED}`]: 100,
  });
  say(elsewhere, "-linked", "one", answer("c", 3));
  await seen.fetch();
  expect(sessionsIn(home)).toEqual({ one: 103, two: 20 });
  // ccusage itself follows no links: it counts them as the files that they lead to.
  await seen.expectAgreement();
});

test("two records on one line, zero bytes and a cut line are set aside; a line that is completed counts", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const path = transcriptPath(home.claude, "-app", "one");
  const line = (id: string, tokens: number): string => transcriptLine("one", answer(id, tokens));
  const last = line("g", 400);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    [
      line("a", 100),
      `${line("b", 1)}${line("c", 1)}`,
      `${"\0".repeat(512)}${line("d", 1)}`,
      `${line("e", 1).slice(0, -40)}${line("f", 1)}`,
      last.slice(0, 150),
    ].join("\n"),
  );
  const { notRead, warnings } = await seen.fetch();
  expect(notRead.setAside).toEqual([{ path, reason: "no JSON", lines: 3 }]);
  expect(warnings.join()).toContain("3 lines with usage in");
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  appendFileSync(path, `${last.slice(150)}\n`);
  expect((await seen.fetch()).notRead.setAside).toEqual([{ path, reason: "no JSON", lines: 3 }]);
  expect(daysIn(home)).toEqual({ [DAY]: 500 });
  await seen.expectAgreement();
});

test("a last line without its end counts at once, and once", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const path = transcriptPath(home.claude, "-app", "one");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, transcriptLine("one", answer("a", 100)));
  await seen.fetch();
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
  appendFileSync(path, `\n${transcriptLine("one", answer("b", 20))}`);
  await seen.fetch();
  expect(daysIn(home)).toEqual({ [DAY]: 120 });
  expect(home.query("SELECT 1 FROM call")).toHaveLength(2);
  await seen.expectAgreement();
});

test("a gateway's sessions of one message id all count, and a fork of one counts once", async () => {
  const home = newHome();
  const of = (tokens: number, minute: number): Message =>
    answer("same", tokens, { requestId: null, at: `${DAY}T10:0${minute}:00.000Z` });
  say(home.claude, "-app", "one", of(100, 1));
  say(home.claude, "-app", "two", of(20, 2));
  say(home.claude, "-web", "three", of(3, 3));
  await home.fetch();
  expect(sessionsIn(home)).toEqual({ one: 100, two: 20, three: 3 });
  say(home.claude, "-app", "fork-of-two", of(20, 2));
  say(home.claude, "-app", "fork-of-two", answer("next", 5, { requestId: null }));
  await home.fetch();
  expect(sessionsIn(home)).toEqual({ one: 100, two: 20, three: 3, "fork-of-two": 5 });
  expect(daysIn(home)).toEqual({ [DAY]: 128 });
  // ccusage takes all of one message id for one.
  expect((await home.ccusage("daily")).daily).toMatchObject([{ totalTokens: 105 }]);
});

test("a fork deleted with its parent leaves the split by model exact", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const opus = { model: "claude-opus-4-8" };
  const history = [answer("a", 1000), answer("b", 500, opus)];
  say(home.claude, "-app", "parent", ...history, answer("c", 7, opus));
  say(home.claude, "-app", "zfork", ...history, answer("d", 90));
  say(home.claude, "-app", "zstays", ...history, answer("e", 4));
  await seen.fetch();
  sweep(home.claude, "-app", "parent");
  await seen.fetch();
  sweep(home.claude, "-app", "zfork");
  await seen.fetch();
  expect(cellsIn(home)).toEqual({
    [`${DAY} -app ${PRICED}`]: 1094,
    [`${DAY} -app claude-opus-4-8`]: 507,
  });
  expect(sessionsIn(home)).toEqual({ parent: 1507, zfork: 90, zstays: 4 });
  await seen.expectAgreement();
});

test("two machines of one host name are merged as two, and told apart by a part of their ids", async () => {
  const [here, there] = [newHome(), newHome()];
  say(here.claude, "-app", "one", answer("a", 100));
  say(there.claude, "-app", "two", answer("b", 20));
  await here.fetch();
  await there.fetch();
  const merged = await here.run(["merge", "--offline", "--json", there.db]);
  expect(JSON.parse(merged.stdout)).toMatchObject({ status: "ok", merged: [{ added: 1 }] });
  const uids = here.query<{ uid: string }>("SELECT uid FROM machine ORDER BY id");
  const [mine, theirs] = uids.map(({ uid }) => `test-machine-${uid.slice(0, 4)}`);
  const rows = here.query<{ machine: string; total_tokens: number }>(
    "SELECT machine, total_tokens FROM daily_usage",
  );
  expect(new Set(rows)).toEqual(
    new Set([
      { machine: mine, total_tokens: 100 },
      { machine: theirs, total_tokens: 20 },
    ]),
  );
  expect(sessionsIn(here)).toEqual({ one: 100, two: 20 });

  // And both go on fetching, each as itself.
  say(here.claude, "-app", "one", answer("c", 5));
  await here.fetch();
  expect(daysIn(here)).toEqual({ [DAY]: 125 });
  here.env["CLAUDE_CONFIG_DIR"] = `${here.claude},${there.claude}`;
  expect((await here.ccusage("daily")).daily).toMatchObject([{ date: DAY, totalTokens: 125 }]);
});

test.for<{ timezone: string; at: string; day: string }>([
  { timezone: "America/Vancouver", at: "2026-11-20T07:30:00.000Z", day: "2026-11-20" },
  { timezone: "America/Edmonton", at: "2026-11-20T06:30:00.000Z", day: "2026-11-20" },
  { timezone: "Africa/Casablanca", at: "2026-11-20T23:30:00.000Z", day: "2026-11-20" },
  { timezone: "Africa/El_Aaiun", at: "2026-11-20T23:30:00.000Z", day: "2026-11-20" },
])(
  "the days of $timezone are those of its newest rules, which ccusage does not know",
  async ({ timezone, at, day }) => {
    const home = newHome({ timezone });
    say(home.claude, "-app", "one", answer("a", 100, { at }));
    const { differing } = await home.fetch();
    expect(daysIn(home)).toEqual({ [day]: 100 });
    expect(
      home.query("SELECT first_activity, last_activity, first_activity_at FROM session_usage"),
    ).toEqual([{ first_activity: day, last_activity: day, first_activity_at: at }]);
    expect(differing).toEqual([]);
    const [other] = (await home.ccusage("daily")).daily;
    expect(other).toMatchObject({ totalTokens: 100 });
    expect(other.date).not.toBe(day);
    // Nor does an audit take that for a difference.
    expect((await home.run(["audit"])).exitCode).toBe(0);
  },
);

test("a swept day that was counted with a release that doubled is right again with the next one", async () => {
  const home = newHome();
  const seen = newWitness(home);
  say(home.claude, "-app", "one", answer("a", 100_000));
  const doubling = wrapCcusage(join(home.folder, "doubles.cjs"), "20.0.19", DOUBLES);
  const first = await seen.fetch("--ccusage", doubling);
  expect(daysIn(home)).toEqual({ [DAY]: 200_000 });
  // It is not the sum of the calls, which is said.
  expect(first.differing).toEqual([DAY]);
  sweep(home.claude, "-app", "one");
  const second = await seen.fetch();
  expect(second).toMatchObject({
    differing: [],
    days: { recounted: 1 },
    sessions: { recounted: 1 },
  });
  expect(home.query("SELECT total_tokens, total_cost FROM daily_usage")).toEqual([
    { total_tokens: 100_000, total_cost: 0.3 },
  ]);
  expect(home.query("SELECT reason, detail, tokens_before, tokens_after FROM revision")).toEqual([
    {
      ...{ reason: "release", detail: "20.0.19 to 20.0.20" },
      ...{ tokens_before: 200_000, tokens_after: 100_000 },
    },
  ]);
  await seen.expectAgreement();
});

test("a swept day of a model without a price is priced once the price is known", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", answer("a", 1_000_000, { model: UNPRICED }));
  expect(await home.fetch()).toMatchObject({ totals: { totalCost: null } });
  sweep(home.claude, "-app", "one");
  expect(await home.fetch()).toMatchObject({ totals: { totalCost: null, unpricedTokens: 1e6 } });
  writeFileSync(
    join(home.folder, "config", "settings.json"),
    JSON.stringify({ prices: { [UNPRICED]: { input: 7, output: 9 } } }),
  );
  const priced = await home.fetch();
  expect(priced).toMatchObject({
    days: { repriced: 1 },
    totals: { totalCost: 7, unpricedTokens: 0 },
    unpricedModels: [],
  });
  expect(daysIn(home)).toEqual({ [DAY]: 1_000_000 });
});

test("lines that cannot be counted are counted as such, and everything beside them goes in", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const bad = { usage: { input_tokens: -1 } };
  const lines = [
    transcriptLine("one", answer("none", 1)).replace(/"usage":\{[^}]*\}/, '"x":1'),
    transcriptLine("one", answer("null", 1)).replace(/"usage":\{[^}]*\}/, '"usage":null'),
    transcriptLine("one", answer("negative", 1, bad)),
    transcriptLine("one", answer("novel", 1, { model: "claude ".repeat(1500) })),
    transcriptLine("one", answer("noon", 1, { at: "high noon" })),
    transcriptLine("one", answer("large", 1, { usage: { input_tokens: 2 ** 53 } })),
    transcriptLine("one", answer("good", 100)),
  ];
  const path = transcriptPath(home.claude, "-app", "one");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`);
  const { status, notRead } = await home.fetch();
  expect(status).toBe("ok");
  expect(
    notRead.setAside
      .map(({ reason, lines: n }: { reason: string; lines: number }) => [reason, n])
      .toSorted(),
  ).toEqual([
    ["input tokens", 2],
    ["model", 1],
    ["no usage", 2],
    ["timestamp", 1],
  ]);
  expect(daysIn(home)).toEqual({ [DAY]: 100 });

  // Of these ccusage counts what no API call has: a model of 10 kB, and 2^53 tokens.
  writeFileSync(path, `${lines.filter((line) => !/novel|large/.test(line)).join("\n")}\n`);
  await seen.look();
  await seen.expectAgreement();
});

test("sessions held in a worktree belong to the project of its repository", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const cwd = "/home/dev/app/.claude/worktrees/fix";
  say(home.claude, "-home-dev-app", "one", answer("a", 100));
  say(home.claude, "-home-dev-app--claude-worktrees-fix", "two", answer("b", 20, { cwd }));
  await seen.fetch();
  expect(cellsIn(home)).toEqual({ [`${DAY} -home-dev-app ${PRICED}`]: 120 });
  expect(sessionsIn(home)).toEqual({ one: 100, two: 20 });
  await seen.expectAgreement();
});

test.for([
  { wrong: "2025-11-25T12:00:00Z", by: "a year behind", counted: {} },
  { wrong: "2027-11-25T12:00:00Z", by: "a year ahead", counted: { [DAY]: 100 } },
])(
  "a clock that is $by at one fetch costs nothing once it is right",
  async ({ wrong, counted }) => {
    const home = newHome();
    const seen = newWitness(home);
    say(home.claude, "-app", "one", answer("a", 100));
    await seen.look();
    await fetchAt(home, wrong);
    expect(daysIn(home)).toEqual(counted);
    await seen.fetch();
    expect(daysIn(home)).toEqual({ [DAY]: 100 });
    say(home.claude, "-app", "one", answer("b", 20));
    await seen.fetch();
    expect(daysIn(home)).toEqual({ [DAY]: 120 });
    expect(sessionsIn(home)).toEqual({ one: 120 });
    await seen.expectAgreement();
  },
);

test("today's lines in a file dated yesterday, or years ago, count", async () => {
  const home = newHome();
  const seen = newWitness(home);
  const at = `${today()}T00:00:01.000Z`;
  const path = transcriptPath(home.claude, "-app", "one");
  const dated = (when: string): void => utimesSync(path, new Date(when), new Date(when));
  say(home.claude, "-app", "one", answer("a", 100));
  await seen.fetch();
  say(home.claude, "-app", "one", answer("b", 20, { at }));
  dated("2026-11-19T10:00:00Z");
  await seen.fetch();
  expect(daysIn(home)).toEqual({ [DAY]: 100, [today()]: 20 });
  say(home.claude, "-app", "one", answer("c", 3, { at }));
  dated("1999-01-01T00:00:00Z");
  await seen.fetch();
  expect(daysIn(home)).toEqual({ [DAY]: 100, [today()]: 23 });
  await seen.expectAgreement();
});

test("a folder that is put away and back while others grow counts once", async () => {
  const home = newHome();
  const seen = newWitness(home);
  say(home.claude, "-app", "one", answer("a", 100));
  say(home.claude, "-web", "two", answer("b", 20));
  await seen.fetch();
  const aside = join(home.folder, "aside");
  renameSync(slugFolder(home, "-app"), aside);
  say(home.claude, "-web", "two", answer("c", 3));
  await seen.fetch();
  renameSync(aside, slugFolder(home, "-app"));
  say(home.claude, "-app", "one", answer("d", 4));
  await seen.fetch();
  expect(cellsIn(home)).toEqual({
    [`${DAY} -app ${PRICED}`]: 104,
    [`${DAY} -web ${PRICED}`]: 23,
  });
  await seen.expectAgreement();
});

test("copies of the books that have drifted apart are one again when they are merged", async () => {
  const home = newHome();
  const seen = newWitness(home);
  say(home.claude, "-app", "one", answer("a", 100));
  await seen.fetch();
  const copy = join(home.folder, "copy.db");
  cpSync(home.db, copy);

  // One of the copies sees "b" alone, which is swept before the other sees "c".
  say(home.claude, "-app", "two", answer("b", 20));
  await seen.fetch("--db", copy);
  sweep(home.claude, "-app", "two");
  say(home.claude, "-app", "one", answer("c", 3));
  await seen.fetch();
  for (const into of [home.db, copy]) {
    const from = into === copy ? home.db : copy;
    expect((await home.run(["merge", "--offline", from, "--db", into])).exitCode).toBe(0);
  }
  for (const db of [home.db, copy]) {
    expect(daysIn({ ...home, db })).toEqual({ [DAY]: 123 });
  }
  await seen.expectAgreement();
});

test.for(["/proc/x/usage.db", "/dev/null/usage.db"])(
  "books at %s, where no folder can be made, are a sentence at once",
  async (db) => {
    const home = newHome();
    say(home.claude, "-app", "one", answer("a", 100));
    const args = [join(root, "dist", "ccbooks.js"), "fetch", "--offline", "--db", db];
    const { exitCode, stderr, stdout } = await execa(process.execPath, args, {
      ...{ env: home.env, extendEnv: false, reject: false, timeout: 10_000 },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^\[error\] [^\n]+\.$/);
    expect(stderr).toContain(dirname(db));
    expect(stderr).not.toContain("bug in ccbooks");
  },
);
