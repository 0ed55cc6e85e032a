import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { Dice } from "../src/demo/dice.ts";
import { unkeptCalls } from "../src/guard/unkept.ts";
import { findMachine } from "../src/ledger/machines.ts";
import { newHome, type Home } from "./support/home.ts";
import { say, transcriptLine, transcriptPath, UNPRICED } from "./support/transcripts.ts";

/** $5 per million input tokens. */
const OPUS = "claude-opus-4-5-20251101";

const now = (): string => new Date().toISOString();

/** A call of so many dollars, now. */
function spend(
  home: Home,
  id: string,
  usd: number,
  session = "agent",
  project = "-dev-shop",
): void {
  const input = usd * 200_000;
  say(home.claude, project, session, { id, at: now(), model: OPUS, input, output: 0 });
}

/** What Claude Code hands its hook before an agent goes on. */
function handed(home: Home, session = "agent", project = "-dev-shop"): string {
  return JSON.stringify({
    session_id: session,
    transcript_path: transcriptPath(home.claude, project, session),
    cwd: "/dev/shop",
    permission_mode: "acceptEdits",
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command: "ls" },
    tool_use_id: "toolu_01",
  });
}

/** What the guard answers; null: the agent goes on. */
async function asked(home: Home, input = handed(home)) {
  const { exitCode, stdout, stderr } = await home.run(["guard"], {}, input);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout === "" ? null : JSON.parse(stdout);
}

/** Books with $2 of $10 a day. */
async function guarded(...limits: string[]): Promise<Home> {
  const home = newHome();
  spend(home, "first", 2);
  await home.fetch();
  await home.run(["budget", "set", "day", "--amount", "10", "--stop", ...limits]);
  return home;
}

describe("an agent that runs away", () => {
  test("is stopped by calls that no fetch has seen, and told how to go on", async () => {
    const home = await guarded();
    expect(await asked(home)).toBeNull();
    spend(home, "second", 7.9);
    expect(await asked(home)).toBeNull();
    spend(home, "third", 0.5);
    expect(await asked(home)).toEqual({
      continue: false,
      stopReason:
        "day is over $10 today: $10.40. Raise it with `ccbooks budget set day --amount 20 --stop`, or go on for now with `ccbooks guard off 30m`.",
    });
    await home.fetch();
    expect(await asked(home)).toMatchObject({ continue: false });
    await home.run(["budget", "set", "day", "--amount", "20", "--stop"]);
    expect(await asked(home)).toBeNull();
  });

  test("is stopped for what its subagents use", async () => {
    const home = await guarded();
    const path = join(
      dirname(transcriptPath(home.claude, "-dev-shop", "agent")),
      ...["agent", "subagents", "agent-7.jsonl"],
    );
    mkdirSync(dirname(path), { recursive: true });
    const call = { id: "sub", at: now(), model: OPUS, input: 1_800_000, output: 0 };
    appendFileSync(path, `${transcriptLine("agent", { ...call, isSidechain: true })}\n`);
    expect(await asked(home)).toMatchObject({ continue: false });
  });

  test("is stopped by a budget of what it works on, and by no other", async () => {
    const home = await guarded("--project=-dev-shop", "--model=opus");
    spend(home, "else", 20, "other", "-dev-docs");
    expect(await asked(home, handed(home, "other", "-dev-docs"))).toBeNull();
    spend(home, "second", 9);
    expect((await asked(home)).stopReason).toContain(
      "`ccbooks budget set day --amount 20 --stop --project=-dev-shop --model=opus`",
    );
    await home.run(["budget", "set", "day", "--amount", "3", "--branch", "pay", "--stop"]);
    expect(await asked(home)).toBeNull();
  });

  test("is stopped in a project that no fetch has seen, by its name and its path", async () => {
    const home = await guarded("--project", "newproj");
    const call = { at: now(), model: OPUS, input: 3_000_000, output: 0, cwd: "/home/dev/newproj" };
    say(home.claude, "-home-dev-newproj", "new", { ...call, id: "new" });
    const hook = handed(home, "new", "-home-dev-newproj");
    expect(await asked(home, hook)).toMatchObject({ continue: false });
    await home.run([
      "budget",
      "set",
      "day",
      "--amount",
      "10",
      "--stop",
      "--project",
      "/home/dev/newproj",
    ]);
    expect(await asked(home, hook)).toMatchObject({ continue: false });
    await home.run(["budget", "set", "day", "--amount", "10", "--stop", "--project", "other"]);
    expect(await asked(home, hook)).toBeNull();
  });

  test("is stopped by an answer that has grown since it was kept", async () => {
    const home = await guarded();
    const line = { id: "grows", at: now(), model: OPUS, input: 10 };
    say(home.claude, "-dev-shop", "agent", { ...line, output: 1 });
    await home.fetch();
    expect(await asked(home)).toBeNull();
    say(home.claude, "-dev-shop", "agent", { ...line, output: 400_000 });
    expect((await asked(home)).stopReason).toContain("day is over $10 today: $12.00.");
  });

  test("is told a limit that helps", async () => {
    const home = await guarded();
    spend(home, "much", 90.3);
    expect((await asked(home)).stopReason).toContain(
      "`ccbooks budget set day --amount 120 --stop`",
    );
    const resets_at = Math.floor(Date.now() / 1000) + 3600;
    const told = { rate_limits: { five_hour: { used_percentage: 100, resets_at } } };
    await home.run(["statusline"], {}, JSON.stringify(told));
    await home.run(["budget", "set", "day", "--limit", "five_hour", "--stop"]);
    expect((await asked(home)).stopReason).toBe(
      "day is over the 5-hour limit: 100%. Go on for now with `ccbooks guard off 30m`.",
    );
  });

  test("is stopped by what is known where tokens have no known price, which is said", async () => {
    const home = await guarded();
    say(home.claude, "-dev-shop", "agent", { id: "odd", at: now(), model: UNPRICED, input: 9e6 });
    expect(await asked(home)).toBeNull();
    spend(home, "second", 8.5);
    expect((await asked(home)).stopReason).toMatch(
      /day is over \$10 today: ≥ \$10\.50 \(9,000,100 tokens have no known price\)\./,
    );
  });

  test("is stopped by tokens, and by a limit of the plan", async () => {
    const home = await guarded();
    await home.run(["budget", "set", "day", "--amount", "2M", "--unit", "tokens", "--stop"]);
    expect(await asked(home)).toBeNull();
    spend(home, "second", 8.1);
    expect((await asked(home)).stopReason).toContain("day is over 2M tokens today: 2.02M.");

    const resets_at = Math.floor(Date.now() / 1000) + 3600;
    const told = { rate_limits: { five_hour: { used_percentage: 91, resets_at } } };
    await home.run(["statusline"], {}, JSON.stringify(told));
    await home.run(["budget", "set", "day", "--limit", "five_hour", "--amount", "90", "--stop"]);
    expect((await asked(home)).stopReason).toContain("day is over 90% of the 5-hour limit: 91%.");
  });
});

describe("nobody is stopped by mistake", () => {
  test("calls that the books hold count once, wherever their lines are", async () => {
    const home = await guarded();
    spend(home, "second", 6);
    await home.fetch();
    // Forked: the same lines in another session's transcript.
    const lines = readFileSync(transcriptPath(home.claude, "-dev-shop", "agent"), "utf8");
    const fork = transcriptPath(home.claude, "-dev-shop", "fork");
    writeFileSync(fork, lines + lines);
    expect(await asked(home, handed(home, "fork"))).toBeNull();
  });

  test("budgets that do not stop, and yesterday's calls, are passed over", async () => {
    const home = await guarded();
    await home.run(["budget", "set", "small", "--amount", "1"]);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    const call = { id: "late", at: yesterday, model: OPUS, input: 9e6, output: 0 };
    say(home.claude, "-dev-shop", "agent", call);
    expect(await asked(home)).toBeNull();
  });

  test("books that cannot be read are said once a session", async () => {
    const home = await guarded();
    spend(home, "second", 9);
    renameSync(home.db, `${home.db}-away`);
    expect(await asked(home)).toEqual({
      systemMessage: `The guard of ccbooks stops nobody for now: There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`,
    });
    expect(await asked(home)).toBeNull();
    expect(await asked(home, handed(home, "another"))).toHaveProperty("systemMessage");
    expect(await asked(home)).toBeNull();
    expect(await asked(home, handed(home, "another"))).toBeNull();
    writeFileSync(home.db, "no books at all, and long enough to look like some".repeat(50));
    expect(await asked(home, handed(home, "third"))).toHaveProperty("systemMessage");
    renameSync(`${home.db}-away`, home.db);
    expect(await asked(home)).toMatchObject({ continue: false });
  });

  test("a fetch that writes is not waited for", async () => {
    const home = await guarded();
    spend(home, "second", 9);
    const books = new Database(home.db);
    onTestFinished(() => void books.close());
    books.exec("BEGIN EXCLUSIVE");
    expect(await asked(home)).toBeNull();
    books.exec("COMMIT");
    expect(await asked(home)).toMatchObject({ continue: false });
  });

  test.for<[string, string]>([
    ["nothing", ""],
    ["no JSON", "oops"],
    ["a list", "[]"],
    ["no transcript", '{"session_id":"x"}'],
    ["a transcript that is none", '{"session_id":"x","transcript_path":"/etc/passwd"}'],
    ["a transcript that is gone", '{"session_id":"x","transcript_path":"/nowhere/x.jsonl"}'],
    ["more than anybody reads", `{"session_id":"${"x".repeat(2_000_000)}"}`],
  ])("a hook that is handed %s lets the agent go on", async ([, input]) => {
    const home = await guarded();
    expect(await asked(home, input)).toBeNull();
  });
});

test("the guard is off for a while, and on again", async () => {
  const home = await guarded();
  spend(home, "second", 9);
  expect(await home.run(["guard", "off", "30m"])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^The guard is off until \d{4}-\d\d-\d\d \d\d:\d\d; /),
  });
  expect(await asked(home)).toBeNull();
  await home.run(["guard", "on"]);
  expect(await asked(home)).toMatchObject({ continue: false });
  await home.run(["guard", "off", "1s"]);
  const state = join(home.env["CCBOOKS_CONFIG_DIR"] ?? "", "guard.json");
  writeFileSync(state, JSON.stringify({ offUntil: new Date(Date.now() - 1).toISOString() }));
  expect(await asked(home)).toMatchObject({ continue: false });
  writeFileSync(state, "oops");
  expect(await asked(home)).toMatchObject({ continue: false });
});

test("what no fetch has seen is counted as the next fetch counts it", async () => {
  const dice = new Dice(41);
  let compared = 0;
  const seeds = Number(process.env["CCBOOKS_GUARD_SEEDS"] ?? 2);
  for (let seed = 1; seed <= seeds; seed += 1) {
    const home = newHome();
    writeTranscripts(home.claude, { ...shapes.demo, seed, until: new Date() });
    const projects = join(home.claude, "projects");
    const files = readdirSync(projects, { recursive: true, encoding: "utf8" })
      .filter((name) => name.split("/").length === 2 && name.endsWith(".jsonl"))
      .map((name) => join(projects, name));
    for (let round = 0; round < 2; round += 1) {
      const path = files[dice.between(0, files.length - 1)] ?? "";
      const whole = readFileSync(path, "utf8");
      const lines = whole.split("\n");
      writeFileSync(path, lines.slice(0, dice.between(0, lines.length - 2)).join("\n"));
      rmSync(home.db, { force: true });
      await home.fetch();
      writeFileSync(path, whole);
      const sums = "SUM(total_tokens) AS tokens, SUM(total_cost) AS cost";
      const [before] = home.query<Sums>(`SELECT ${sums} FROM daily_usage`);
      const books = new Database(home.db, { readonly: true });
      const machine = findMachine(books, { name: "test-machine" });
      if (machine === undefined) throw new Error("no machine");
      const calls = unkeptCalls(books, {
        ...{ transcriptPath: path, machine, prices: {}, now: Date.now() },
      });
      books.close();
      await home.fetch();
      const [after] = home.query<Sums>(`SELECT ${sums} FROM daily_usage`);
      const kinds = ["input", "output", "cache_creation", "cache_read"] as const;
      const tokens = calls.reduce(
        (sum, call) => sum + kinds.reduce((all, kind) => all + Number(call[`${kind}_tokens`]), 0),
        0,
      );
      const cost = calls.reduce((sum, call) => sum + Number(call.cost), 0);
      expect((before?.tokens ?? 0) + tokens).toBe(after?.tokens);
      expect((before?.cost ?? 0) + cost).toBeCloseTo(after?.cost ?? 0, 6);
      compared += calls.length;
    }
  }
  process.stderr.write(
    `${compared} calls that no fetch had seen, as the next fetch counts them.\n`,
  );
  expect(compared).toBeGreaterThan(20);
});

interface Sums {
  tokens: number;
  cost: number;
}

describe("in Claude Code's settings", () => {
  const file = (home: Home): string => join(home.claude, "settings.json");
  const settings = (home: Home) => JSON.parse(readFileSync(file(home), "utf8"));

  /** With hooks of other programs, for one of the things that the guard waits for, and another. */
  const before = {
    model: "opus",
    hooks: {
      PostToolUse: [{ matcher: "Edit", hooks: [{ type: "command", command: "format" }] }],
      Stop: [{ hooks: [{ type: "command", command: "chime" }] }],
    },
  };

  test("the hooks stand beside those that are there, run whatever the PATH, and go", async () => {
    const home = await guarded();
    spend(home, "second", 9);
    writeFileSync(file(home), JSON.stringify(before));
    const { stderr, exitCode } = await home.run(["guard", "install"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('+ "hooks": {');
    expect(stderr).toContain("It stops an agent that is over day ($10 a day).");
    const { hooks, model } = settings(home);
    expect(model).toBe("opus");
    expect(hooks.Stop).toEqual(before.hooks.Stop);
    expect(hooks.PostToolUse).toHaveLength(2);
    expect(hooks.PostToolUse[0]).toEqual(before.hooks.PostToolUse[0]);
    expect(hooks.UserPromptSubmit).toEqual([hooks.PostToolUse[1]]);
    const [{ command, timeout }] = hooks.UserPromptSubmit[0].hooks;
    expect(timeout).toBe(10);
    const { stdout } = await execa("/bin/sh", ["-c", command], {
      ...{ env: { ...home.env, PATH: "" }, extendEnv: false, input: handed(home) },
    });
    expect(JSON.parse(stdout)).toMatchObject({ continue: false });

    const again = await home.run(["guard", "install"]);
    expect(again.stderr).toContain("has it already, and was left as it is.");
    await home.run(["guard", "remove"]);
    expect(settings(home)).toEqual(before);
    expect((await home.run(["guard", "remove"])).stderr).toContain("was left as it is.");
  });

  test("hooks of others are not taken for ours, whatever is in them", async () => {
    const home = newHome();
    const others = {
      hooks: {
        PostToolUse: [{ hooks: [{ type: "command", command: "cd ~/ccbooks && bin/my guard" }] }],
        SessionEnd: [{ hooks: [{ type: "command", command: "cd ~/ccbooks && git fetch -q" }] }],
        Stop: [{ hooks: [{ type: "command", command: "/opt/tool guard" }] }],
      },
    };
    writeFileSync(file(home), JSON.stringify(others));
    expect((await home.run(["schedule"])).stdout).not.toContain("Claude Code fetches");
    await home.run(["schedule", "install", "--hook"]);
    await home.run(["schedule", "remove"]);
    expect(settings(home)).toEqual(others);
    // It may be installed before there are books.
    expect((await home.run(["guard", "install"])).exitCode).toBe(0);
    expect((await home.run(["schedule"])).stdout).not.toContain("Claude Code fetches");
    await home.run(["guard", "remove"]);
    expect(settings(home)).toEqual(others);
  });

  test("a file that had no hooks has none afterwards", async () => {
    const home = await guarded();
    await home.run(["guard", "install", "--db", home.db]);
    expect(JSON.stringify(settings(home))).toContain(`--db ${home.db}`);
    await home.run(["guard", "remove"]);
    expect(settings(home)).toEqual({});
  });

  test.for<[string, string]>([
    ["hooks that are a list", '{"hooks":[1]}'],
    ["hooks of a kind that are no list", '{"hooks":{"Stop":"chime"}}'],
    ["what is no JSON", "{ oops"],
  ])("%s are left as they are", async ([, text]) => {
    const home = await guarded();
    writeFileSync(file(home), text);
    const { exitCode, stderr } = await home.run(["guard", "install"]);
    expect({ exitCode, lines: stderr.split("\n").length }).toEqual({ exitCode: 1, lines: 1 });
    expect(readFileSync(file(home), "utf8")).toBe(text);
  });
});

test.for<[string, string[], string]>([
  ["no time", ["off"], "Missing how long the guard is off"],
  ["a time that is none", ["off", "soon"], "takes a time such as 30s, 15m or 2h"],
  ["a time of nothing", ["off", "0m"], "takes a time such as 30s"],
  ["a time without off", ["on", "30m"], "A time goes with `ccbooks guard off`"],
  ["a word that is none", ["instal"], "did you mean `ccbooks guard install`?"],
])("%s is wrong usage", async ([, args, sentence]) => {
  const { exitCode, stderr } = await newHome().run(["guard", ...args]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(sentence);
});
