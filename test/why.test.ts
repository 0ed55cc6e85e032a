import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import Database from "better-sqlite3";
import { execa } from "execa";
import stringWidth from "fast-string-width";
import { expect, test } from "vitest";

import type { WhyDay, WhySession } from "../src/readers/why.ts";
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

const PARSER = "0a1b2c3d-1111-4222-8333-444455556666";
const WEBSITE = "7f7f7f7f-1111-4222-8333-444455556666";

/** What costs a dollar. */
const DOLLAR = { input: 0, output: 66_667, cwd: "/app" };

const at = (hour: number, date = "2026-11-02"): string =>
  `${date}T${`${hour}`.padStart(2, "0")}:00:00Z`;

async function why(home: Home, subject: string): Promise<string> {
  const { exitCode, stdout, stderr } = await home.run(["why", subject]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

async function whyJson<T = WhyDay>(home: Home, subject: string): Promise<T> {
  const { exitCode, stdout, stderr } = await home.run(["why", subject, "--json"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return JSON.parse(stdout);
}

async function refusal(home: Home, ...typed: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await home.run(["why", ...typed]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  return stderr.replace("[error] ", "");
}

/** Appends a line that is not a call's. */
function note(home: Home, session: string, line: object): void {
  appendFileSync(transcriptPath(home.claude, "-app", session), `${JSON.stringify(line)}\n`);
}

/** Appends a call with more on its line than `say` writes. */
function sayMore(home: Home, message: Message, more: object): void {
  const line: object = JSON.parse(transcriptLine(PARSER, message));
  note(home, PARSER, { ...line, ...more });
}

/** Appends a call of a subagent. */
function sayAsSubagent(home: Home, session: string, message: Message, requestId: string): void {
  const path = transcriptPath(home.claude, join("-app", session, "subagents"), "agent-1");
  const line: object = JSON.parse(transcriptLine(session, message));
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${JSON.stringify({ ...line, requestId, isSidechain: true })}\n`);
}

/** Does something to the books that no fetch does by itself. */
function tamper(home: Home, sql: string): void {
  const books = new Database(home.db);
  books.exec(sql);
  books.close();
}

test("which sessions make up a day, and what each of them cost", async () => {
  const home = newHome();
  say(
    home.claude,
    "-app",
    PARSER,
    { id: "a", at: at(9), ...DOLLAR },
    { id: "b", at: at(10), ...DOLLAR },
  );
  say(home.claude, "-web", WEBSITE, { id: "c", at: at(11), ...DOLLAR, cwd: "/web" });
  say(home.claude, "-web", WEBSITE, { id: "d", at: at(11, "2026-11-03"), ...DOLLAR });
  await home.fetch();
  const words = await why(home, "2026-11-02");
  expect(words).toContain("2026-11-02: $3.00, 200,001 tokens in 3 calls\n");
  expect(words).toMatch(/^ {2}0a1b2c3d +2 +133,334 +\$2\.00 +app$/m);
  expect(words).toMatch(/^ {2}7f7f7f7f +1 +66,667 +\$1\.00 +web$/m);
  expect(words).toMatch(/^ {2}test-machine +3 +200,001 +\$3\.00 +0$/m);
  expect(words).toMatch(new RegExp(`^ {2}${PRICED} +200,001 +\\$3\\.00 +ccusage$`, "m"));
  expect(words).toContain("Transcripts: 2 on disk, 0 deleted");
  expect(words).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d by ccusage 20\.0\.20, built-in prices$/m);
  expect(words).not.toContain("Revisions");
});

test("a day with many sessions shows the ten most expensive and how many more there are", async () => {
  const home = newHome();
  for (let n = 0; n < 13; n++) {
    say(home.claude, "-app", `session-${n}`, { id: `${n}`, at: at(9), input: 1000 * (n + 1) });
  }
  await home.fetch();
  const day = await whyJson(home, "2026-11-02");
  expect(day.sessions.inAll).toBe(13);
  expect(day.sessions.listed.map(({ sessionId }) => sessionId)).toEqual(
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((n) => `session-${n}`),
  );
  expect(day.transcripts).toMatchObject({ inAll: 13, onDisk: 13 });
  expect(day.transcripts.listed).toHaveLength(10);
  const words = await why(home, "2026-11-02");
  expect(words).toContain("\n  … and 3 sessions more\n");
  expect(words).toContain("\n  … and 3 transcripts more\n");
});

test("which of the transcripts are deleted by now, and since when", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  say(home.claude, "-app", WEBSITE, { id: "b", at: at(9), ...DOLLAR }, { id: "c", at: at(9) });
  await home.fetch();
  sweep(home.claude, "-app", PARSER);
  await home.fetch();
  const words = await why(home, "2026-11-02");
  const today = new Date().toISOString().slice(0, 10);
  expect(words).toContain("Transcripts: 1 on disk, 1 deleted");
  expect(words).toMatch(/^ {2}Calls {2}Deleted {5}In .*\/projects\/-app\/$/m);
  expect(words).toMatch(new RegExp(`^ {6}1  ${today}  ${PARSER}\\.jsonl$`, "m"));
  expect(words).toMatch(new RegExp(`^ {6}2  no          ${WEBSITE}\\.jsonl$`, "m"));
  expect((await whyJson<WhySession>(home, PARSER)).transcripts).toEqual({
    inAll: 1,
    onDisk: 0,
    deleted: 1,
    listed: [
      {
        path: transcriptPath(home.claude, "-app", PARSER),
        machine: "test-machine",
        subagent: null,
        calls: 1,
        deletedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ],
  });
});

test("a day whose figure grew later says when, by how much and why", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  say(home.claude, "-app", WEBSITE, { id: "b", at: at(10), ...DOLLAR });
  await home.fetch();
  const day = await whyJson(home, "2026-11-02");
  expect(day.revisions).toEqual([
    {
      date: "2026-11-02",
      agent: "claude",
      machine: "test-machine",
      revisedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      reason: "late calls",
      detail: null,
      tokensBefore: 66_667,
      costBefore: expect.closeTo(1, 4),
      tokensAfter: 133_334,
      costAfter: expect.closeTo(2, 4),
    },
  ]);
  const revised =
    /^ {2}[\d-]{10} {2}2026-11-02 {2}\$1\.00 {2}→ \$2\.00 {2}66,667 {2}→ 133,334 {2}late calls$/m;
  expect(await why(home, "2026-11-02")).toMatch(revised);
  // Of a session: those of its days.
  expect(await why(home, PARSER)).toMatch(revised);
  expect(day.counted).toHaveLength(1);
});

test("a session is found by the beginning of its id, from eight characters on", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  const whole = await why(home, PARSER);
  expect(whole).toContain(`Session ${PARSER}: $1.00, 66,667 tokens in 1 call\n`);
  expect(await why(home, PARSER.slice(0, 8))).toBe(whole);
  expect(await why(home, PARSER.slice(0, 20))).toBe(whole);
  expect(await refusal(home, PARSER.slice(0, 7))).toBe(
    `"0a1b2c3" is too short for the beginning of a session's id; give at least 8 characters of it.`,
  );
});

test("a short id that is whole needs no eight characters, nor is it taken for a beginning", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: at(9) });
  say(home.claude, "-app", "one-and-a-half", { id: "b", at: at(9) });
  await home.fetch();
  expect(await why(home, "one")).toContain("Session one: ");
});

test("a beginning that several sessions have names how many and the first of them", async () => {
  const home = newHome();
  for (const end of ["d", "a", "c", "b"]) {
    say(home.claude, "-app", `12345678-${end}`, { id: end, at: at(9) });
  }
  say(home.claude, "-app", "12345679", { id: "x", at: at(9) });
  await home.fetch();
  const sentence =
    '4 sessions begin with "12345678": 12345678-a, 12345678-b, 12345678-c, …; give more of the id.';
  expect(await refusal(home, "12345678")).toBe(sentence);
  const { stdout } = await home.run(["why", "12345678", "--json"]);
  expect(JSON.parse(stdout)).toEqual({ status: "failed", error: sentence });
});

test("what a session was about: title, project, branches, versions, subagents, when", async () => {
  const home = newHome({ timezone: "Asia/Tokyo" });
  say(home.claude, "-app", PARSER);
  note(home, PARSER, { type: "ai-title", aiTitle: "Quotes in the parser" });
  sayMore(home, { id: "a", at: at(9), ...DOLLAR }, { gitBranch: "main" });
  sayMore(home, { id: "b", at: at(16), ...DOLLAR }, { gitBranch: "fix/quotes", version: "2.1.4" });
  sayMore(home, { id: "c", at: at(17), ...DOLLAR }, { gitBranch: "fix/quotes", version: "2.1.4" });
  sayAsSubagent(home, PARSER, { id: "d", at: at(10), ...DOLLAR }, "req_d");
  await home.fetch();
  const words = await why(home, PARSER);
  expect(words).toContain("\n  Title        Quotes in the parser\n");
  expect(words).toContain("\n  Project      app (/app)\n");
  expect(words).toContain("\n  Branches     fix/quotes, main\n");
  expect(words).toContain("\n  Claude Code  2.1.0, 2.1.4\n");
  expect(words).toContain("\n  Subagents    1, 1 call\n");
  expect(words).toContain("\n  Active       2026-11-02 18:00 to 2026-11-03 02:00\n");
  expect(words).toMatch(/^ {2}2026-11-02 +2 +133,334 +\$2\.00$/m);
  expect(words).toMatch(/^ {2}2026-11-03 +2 +133,334 +\$2\.00$/m);
  expect(words).toContain("\nTimes are in Asia/Tokyo.");
  expect(words).not.toContain("Claude Code itself says");
});

test.for([
  [false, "Calls in the transcripts $1.00, Claude Code itself says $4.11."],
  [true, "Calls in the transcripts $1.00, Claude Code itself says ≥ $4.11."],
] as const)(
  "what Claude Code itself reckons is said beside the figure and not added (unknown: %s)",
  async ([hasUnknownModelCost, sentence]) => {
    const home = newHome();
    say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
    const times = { totalDuration: 5000, totalAPIDuration: 4000 };
    note(home, PARSER, { type: "cost-state", totalCostUSD: 4.11, ...times, hasUnknownModelCost });
    await home.fetch();
    const words = await why(home, PARSER);
    expect(words).toContain(`Session ${PARSER}: $1.00,`);
    expect(words.replaceAll("\n", " ")).toContain(sentence);
    expect(words.replaceAll("\n", " ").includes("had no price")).toBe(hasUnknownModelCost);
    const session = await whyJson<WhySession>(home, PARSER);
    expect(session.total.totalCost).toBeCloseTo(1, 4);
    expect(session.about.costState).toEqual({
      totalCost: 4.11,
      hasUnknownCost: hasUnknownModelCost,
      durationMs: 5000,
      apiDurationMs: 4000,
    });
  },
);

test("a subagent's replay of a message is shown beside the calls that count", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  sayAsSubagent(home, PARSER, { id: "a", at: at(9), ...DOLLAR }, "req_of_the_subagent");
  await home.fetch();
  const words = await why(home, "2026-11-02");
  expect(words).toContain("2026-11-02: $1.00, 66,667 tokens in 1 call\n");
  expect(words).toMatch(/^ {2}test-machine +1 +66,667 +\$1\.00 +1$/m);
  expect(words).toContain("1 replay is kept and not counted: another call stands for its message.");
  expect((await whyJson(home, "2026-11-02")).total).toMatchObject({ calls: 1, replays: 1 });
});

test("a copy of a session has no calls of its own and says where they are", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  say(home.claude, "-app", WEBSITE, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  const words = await why(home, WEBSITE);
  expect(words).toContain(`Session ${WEBSITE}: no calls\n`);
  expect(words.replaceAll("\n", " ")).toContain(
    "all are known from transcripts that were seen first",
  );
  expect(words).toContain("Transcripts: 1 on disk, 0 deleted");
});

test("a model without a price makes the day at least so expensive, wherever it has a part", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  say(home.claude, "-app", PARSER, { id: "b", at: at(9), model: UNPRICED, input: 70, output: 7 });
  await home.fetch();
  const words = await why(home, "2026-11-02");
  expect(words).toContain("2026-11-02: ≥ $1.00, 66,744 tokens in 2 calls\n");
  expect(words).toMatch(/^ {2}0a1b2c3d +2 +66,744 +≥ \$1\.00 +app$/m);
  expect(words).toMatch(/^ {2}test-machine +2 +66,744 +≥ \$1\.00 +0$/m);
  expect(words).toMatch(new RegExp(`^ {2}${UNPRICED} +77 +unknown +–$`, "m"));
  expect(words).toContain("≥ means at least: 77 tokens have no known price yet.");
});

test("one's own price says that it is one's own", async () => {
  const home = newHome();
  const settings = join(home.folder, "config", "settings.json");
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, JSON.stringify({ prices: { [UNPRICED]: { input: 1, output: 1 } } }));
  say(home.claude, "-app", PARSER, { id: "b", at: at(9), model: UNPRICED, input: 1e6, output: 0 });
  await home.fetch();
  expect(await why(home, "2026-11-02")).toMatch(/1,000,000 +\$1\.00 +your settings$/m);
});

test("calls that are kept and not yet counted are said to be so", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.run(["fetch", "--offline", "--ccusage", "/nowhere/ccusage"]);
  const fresh = await why(home, "2026-11-02");
  expect(fresh).toContain("2026-11-02: not counted yet, 1 call\n");
  expect(fresh).toContain("1 call is still to be counted; run `ccbooks fetch`.");
  expect(fresh).not.toContain("$0.00");
  await home.fetch();
  say(home.claude, "-app", PARSER, { id: "b", at: at(9), ...DOLLAR });
  await home.run(["fetch", "--offline", "--ccusage", "/nowhere/ccusage"]);
  const grown = await why(home, "2026-11-02");
  expect(grown).toContain("2026-11-02: $1.00, 66,667 tokens in 2 calls\n");
  expect(grown).toContain("2 calls are still to be counted; run `ccbooks fetch`.");
});

test("where ccusage does not count what the calls come to, the day says by how much", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  tamper(home, "UPDATE session_day SET differs = 1; UPDATE session_cell SET output_tokens = 50000");
  expect((await why(home, "2026-11-02")).replaceAll("\n", " ")).toContain(
    "In 1 session ccusage counts 50,000 tokens where the calls come to 66,667; ccusage's figure is shown.",
  );
  expect(await why(home, PARSER)).toContain("In 1 day ccusage counts");
});

test("lines that were set aside in its transcripts are counted with their reasons", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9) }, { id: "b", at: "never" });
  say(home.claude, "-app", PARSER, { id: "c", at: at(9), input: -1 });
  say(home.claude, "-app", WEBSITE, { id: "d", at: at(9, "2026-11-03") }, { id: "e", at: "never" });
  await home.fetch();
  const day = await whyJson(home, "2026-11-02");
  expect(day.setAside).toEqual([
    { reason: "input tokens", lines: 1, transcripts: 1 },
    { reason: "timestamp", lines: 1, transcripts: 1 },
  ]);
  expect(await why(home, "2026-11-02")).toContain(
    "2 lines with usage in its transcripts are set aside and not counted: input",
  );
});

test("a day known from a saved report alone says so, and one with calls does not use it", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  const cell = { project: "-app", model: PRICED, cost: 5, unpricedTokens: 3 };
  const save = (kind: string, subject: string): void =>
    tamper(
      home,
      `INSERT INTO saved_usage (kind, subject, agent, machine, last_activity, cells, total_tokens, saved_at)
       SELECT '${kind}', '${subject}', 'claude', id, '2026-01-05', '${JSON.stringify([cell])}', 1234,
         '2026-02-01T12:00:00.000Z' FROM machine`,
    );
  save("day", "2026-01-05");
  save("day", "2026-11-02");
  save("session", "an-old-session");
  const old = await why(home, "2026-01-05");
  expect(old).toContain("2026-01-05: ≥ $5.00, 1,234 tokens\n");
  expect(old.replaceAll("\n", " ")).toContain(
    "Known only from a ccusage report of test-machine, saved 2026-02-01: no call of it was ever seen.",
  );
  const known = await why(home, "2026-11-02");
  expect(known).toContain("2026-11-02: $1.00, 66,667 tokens in 1 call\n");
  expect(known.replaceAll("\n", " ")).toContain(
    "A ccusage report of test-machine, saved 2026-02-01 says ≥ $5.00, 1,234 tokens; it is not used, as the calls are known.",
  );
  const session = await why(home, "an-old-se");
  expect(session).toContain("Session an-old-session: ≥ $5.00, 1,234 tokens\n");
  expect(session).toContain("\n  Active       2026-01-05\n");
});

test("two machines have a line each, and what they come to together", async () => {
  const home = newHome();
  const other = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  say(
    other.claude,
    "-app",
    WEBSITE,
    { id: "b", at: at(9), ...DOLLAR },
    { id: "c", at: at(9), ...DOLLAR },
  );
  await home.fetch("--machine", "laptop");
  await home.run(["fetch", "--offline", "--machine", "desktop"], {
    CLAUDE_CONFIG_DIR: other.claude,
  });
  await home.run(["machine", "rename", "desktop", "laptop"]);
  const day = await whyJson(home, "2026-11-02");
  expect(day.total).toMatchObject({ calls: 3, totalTokens: 200_001 });
  const shares = day.machines.map(({ machine, calls }) => [machine.slice(0, 7), calls]);
  expect(shares.toSorted()).toEqual([
    ["laptop-", 1],
    ["laptop-", 2],
  ]);
  const labels = new Set(day.machines.map(({ machine }) => machine));
  expect(labels.size).toBe(2);
  const words = await why(home, "2026-11-02");
  for (const label of labels) expect(words).toMatch(new RegExp(`^ {2}${label} `, "m"));
});

/** What a terminal may be given: lines of at most 80 columns, without a character it would obey. */
function expectHarmless(words: string): void {
  expect(words.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  for (const line of words.split("\n")) {
    expect(stringWidth(line), line).toBeLessThanOrEqual(80);
    expect(line).not.toMatch(/ $/);
  }
}

const LONG = "longer ".repeat(700);
/** A machine's name is the only one of them that is typed: what cannot be seen is refused there. */
const stripped = (name: string): string => name.replace(/[\p{Cc}\p{Cf}]/gu, "").trim();

const hostile = [
  "\u001B[31mred\u001B]0;owned\u0007",
  "__proto__",
  "constructor",
  "\u202Eright",
  "漢字".repeat(50),
];

test.for(hostile)("%j as session, project, branch, title and folder is data", async (name) => {
  const home = newHome();
  const id = name.slice(0, 60);
  const line: object = JSON.parse(
    transcriptLine(id, { id: "a", at: at(9), ...DOLLAR, cwd: `/x/${name}` }),
  );
  const path = transcriptPath(home.claude, name.slice(0, 60).replaceAll("/", "-"), id);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    [
      { type: "ai-title", aiTitle: `${name} ${LONG}${"x".repeat(5000)}` },
      { ...line, gitBranch: name + "b".repeat(5000), version: `2.1.0-${name.slice(0, 40)}` },
      { type: "assistant", timestamp: at(9), message: { usage: {}, model: "m".repeat(5000) } },
    ]
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(""),
  );
  await home.fetch("--machine", `m${stripped(name).slice(0, 90)}`);
  expectHarmless(await why(home, "2026-11-02"));
  expectHarmless(await why(home, id));
  const session = await whyJson<WhySession>(home, id);
  expect(session.sessionId).toBe(id);
  expect(session.about.title?.startsWith(name.trim())).toBe(true);
  expect(session.transcripts.listed[0]?.path).toBe(path);
});

test.for(["\u001B[31mred", "__proto__", "x".repeat(5000), "", "%", "'; DROP TABLE call; --"])(
  "asking for %j is a sentence on one line",
  async (subject) => {
    const home = newHome();
    say(home.claude, "-app", PARSER, { id: "a", at: at(9) });
    await home.fetch();
    const { exitCode, stderr } = await home.run(["why", "--", subject]);
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(stderr.length).toBeLessThan(250);
  },
);

test("a day without usage, an unknown session and what is no day each say what to do next", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9) });
  await home.fetch();
  expect(await refusal(home, "2026-11-05")).toBe(
    "The books hold no usage of 2026-11-05; `ccbooks stats daily` lists what they hold.",
  );
  expect(await refusal(home, "ffffffff")).toBe(
    'The books know no session "ffffffff"; `ccbooks stats sessions` lists what they hold.',
  );
  for (const wrong of ["2026-13-01", "2026-2-3", "3.11.2026"]) {
    expect(await refusal(home, wrong)).toBe(`"${wrong}" is no day; give one as YYYY-MM-DD.`);
  }
});

test("empty books say that they are empty", async () => {
  const home = newHome();
  await home.fetch();
  const sentence = "The books are empty so far; use Claude Code, then run `ccbooks fetch`.";
  expect(await refusal(home, "2026-11-05")).toBe(sentence);
  expect(await refusal(home, "ffffffff")).toBe(sentence);
});

test("without books there is a sentence and no file", async () => {
  const home = newHome();
  expect(await refusal(home, "2026-11-05")).toBe(
    `There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`,
  );
});

test("--json has one shape for days and one for sessions", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9), ...DOLLAR });
  await home.fetch();
  const common = ["counted", "doubts", "kind", "machines", "models", "revisions", "savedReports"];
  common.push("setAside", "total", "transcripts");
  const day = await whyJson(home, "2026-11-02");
  expect(Object.keys(day).toSorted()).toEqual([...common, "date", "sessions"].toSorted());
  const figure = {
    calls: 1,
    replays: 0,
    totalTokens: 66_667,
    totalCost: expect.closeTo(1, 4),
    unpricedTokens: 0,
  };
  expect(day).toMatchObject({
    kind: "day",
    date: "2026-11-02",
    total: figure,
    machines: [{ machine: "test-machine", agent: "claude", ...figure }],
    sessions: { inAll: 1, listed: [{ sessionId: PARSER, title: null, project: "app", ...figure }] },
    models: { inAll: 1, listed: [{ model: PRICED, pricedBy: "ccusage", unpricedTokens: 0 }] },
    counted: [
      {
        command: "fetch",
        ccusageVersion: "20.0.20",
        prices: "built in",
        sessions: 1,
        days: 1,
        firstAt: expect.any(String),
        lastAt: expect.any(String),
      },
    ],
    doubts: {
      uncountedCalls: 0,
      differingParts: 0,
      differingTokens: 0,
      differingCallTokens: 0,
    },
    setAside: [],
    revisions: [],
    savedReports: [],
  });
  const session = await whyJson<WhySession>(home, PARSER);
  expect(Object.keys(session).toSorted()).toEqual(
    [...common, "about", "days", "sessionId"].toSorted(),
  );
  expect(session).toMatchObject({
    kind: "session",
    sessionId: PARSER,
    total: figure,
    days: { inAll: 1, listed: [{ date: "2026-11-02", ...figure }] },
    about: {
      title: null,
      project: "app",
      projectSlug: "-app",
      projectPath: "/app",
      firstActivityAt: "2026-11-02T09:00:00.000Z",
      lastActivityAt: "2026-11-02T09:00:00.000Z",
      branches: [],
      clientVersions: [{ name: "2.1.0", calls: 1 }],
      subagents: { transcripts: 0, calls: 0 },
      costState: null,
    },
  });
});

test("what a day and its sessions come to is what the tables say", async () => {
  const home = newHome();
  for (let n = 0; n < 5; n++) {
    say(home.claude, "-app", `session-${n % 3}`, { id: `${n}`, at: at(9 + n), input: 7 ** n });
  }
  await home.fetch();
  const day = await whyJson(home, "2026-11-02");
  const [row] = home.query<{ total_tokens: number; total_cost: number }>(
    "SELECT total_tokens, total_cost FROM daily_usage",
  );
  expect(day.total.totalTokens).toBe(row?.total_tokens);
  expect(day.total.totalCost).toBeCloseTo(row?.total_cost ?? 0, 9);
  const parts = day.sessions.listed.reduce((sum, one) => sum + one.totalTokens, 0);
  expect(parts).toBe(row?.total_tokens);
  const ccusage = await home.ccusage("daily");
  expect(day.total.totalTokens).toBe(ccusage.totals.totalTokens);
});

test("asking changes nothing in the books", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9) });
  await home.fetch();
  const before = home.query("SELECT total_changes() AS changes, * FROM import_run");
  await why(home, "2026-11-02");
  await why(home, PARSER);
  expect(home.query("SELECT total_changes() AS changes, * FROM import_run")).toEqual(before);
});

test("on a terminal the headings are bold and nothing else is different", async () => {
  const home = newHome();
  say(home.claude, "-app", PARSER, { id: "a", at: at(9) });
  await home.fetch();
  const program = `'${process.execPath}' '${join(root, "dist", "ccbooks.js")}' why 2026-11-02`;
  const { stdout } = await execa("script", ["-qec", program, "/dev/null"], {
    env: { ...home.env, TERM: "xterm" },
    extendEnv: false,
    stdin: "ignore",
  });
  expect(stdout).toContain("\u001B[1m2026-11-02\u001B[22m: ");
  const plain = stripVTControlCharacters(stdout).replaceAll("\r", "").trimEnd();
  expect(plain).toBe(await why(home, "2026-11-02"));
});
