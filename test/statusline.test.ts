import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";

import { newHome, root, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

const program = join(root, "dist", "ccbooks.js");

/** Runs `ccbooks statusline` with something on its input, and gives what it prints. */
async function statusline(home: Home, input: unknown, ...flags: string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [program, "statusline", ...flags],
    {
      ...{ env: home.env, extendEnv: false, reject: false },
      input: typeof input === "string" ? input : JSON.stringify(input),
    },
  );
  return { exitCode, stdout, stderr };
}

const soon = Math.floor(Date.now() / 1000) + 7200;

/** As Claude Code 2.1 hands it over, with the fields that are of no use here. */
function handed(fiveHour: number | null, sevenDay: number | null = 41.2, resetsAt = soon) {
  const limit = (used: number | null) =>
    used === null ? undefined : { used_percentage: used, resets_at: resetsAt };
  return {
    session_id: "0f6b1c52-7a3e-4d18-9c55-2e8d1b7a9034",
    transcript_path: "/home/me/.claude/projects/-home-me-nimbus/0f6b1c52.jsonl",
    model: { id: "claude-opus-5-5", display_name: "Opus 5.5" },
    cost: { total_cost_usd: 0.214303 },
    prompt_cache: { warm: true },
    rate_limits: { five_hour: limit(fiveHour), seven_day: limit(sevenDay) },
  };
}

/** Today's books: $3 of $10, with a cache. */
async function homeWithBooks(): Promise<Home> {
  const home = newHome();
  const at = new Date().toISOString();
  const call = { at, model: "claude-opus-4-5-20251101", output: 0 };
  say(home.claude, "-dev-shop", "one", { id: "a", ...call, input: 600_000, cacheRead: 400_000 });
  await home.fetch();
  await home.run(["budget", "set", "day", "--amount", "10"]);
  await home.run(["budget", "set", "month", "--amount", "1000", "--period", "month"]);
  return home;
}

const kept = (home: Home): unknown[] =>
  home.query("SELECT name, used_percent AS used FROM plan_limit ORDER BY seen_at, name");

const until = new Date(soon * 1000).toISOString().slice(11, 16);

test("the line says the model, today, the budget, the limits and the cache", async () => {
  const home = await homeWithBooks();
  expect(await statusline(home, handed(61.4))).toEqual({
    exitCode: 0,
    stdout: `opus-5-5 · $3.20 today · 32% of $10 · 5h 61% until ${until} · week 41% · cache 40%`,
    stderr: "",
  });
  const { stdout } = await statusline(home, handed(61.4), "--format", "week, today");
  expect(stdout).toBe("week 41% · $3.20 today");
});

test("limits are kept when they change, and told again where nobody hands them over", async () => {
  const home = await homeWithBooks();
  await statusline(home, handed(10));
  await statusline(home, handed(10));
  await statusline(home, handed(10, 42));
  await statusline(home, handed(95, null));
  expect(kept(home)).toEqual([
    { name: "five_hour", used: 10 },
    { name: "seven_day", used: 41.2 },
    { name: "seven_day", used: 42 },
    { name: "five_hour", used: 95 },
  ]);
  const { stdout } = await statusline(home, "");
  expect(stdout).toBe(`$3.20 today · 32% of $10 · 5h 95% until ${until} · week 42% · cache 40%`);
  expect(
    home.query("SELECT name, used_percent, windows_over_90 FROM plan_limit_peak ORDER BY 1"),
  ).toEqual([
    { name: "five_hour", used_percent: 95, windows_over_90: 1 },
    { name: "seven_day", used_percent: 42, windows_over_90: 0 },
  ]);
});

test("a limit that has been reset is not shown", async () => {
  const home = await homeWithBooks();
  const { stdout } = await statusline(home, handed(80, 50, soon - 14_400));
  expect(stdout).toBe("opus-5-5 · $3.20 today · 32% of $10 · cache 40%");
  expect(kept(home)).toHaveLength(2);
});

test("merged books have the limits of both machines, once", async () => {
  const [home, other] = [await homeWithBooks(), await homeWithBooks()];
  await statusline(other, handed(10));
  await home.run(["merge", "--offline", other.db]);
  await home.run(["merge", "--offline", other.db]);
  expect(kept(home)).toEqual([
    { name: "five_hour", used: 10 },
    { name: "seven_day", used: 41.2 },
  ]);
});

test("days that were not fetched are unknown, not free", async () => {
  const home = await homeWithBooks();
  const books = new Database(home.db);
  books.exec("UPDATE import_run SET finished_at = '2026-01-01T00:00:00Z'");
  books.close();
  expect((await statusline(home, "", "--format", "today")).stdout).toBe("today unknown");
});

test.for<[string, (home: Home) => unknown, string]>([
  ["no books", () => handed(61), `opus-5-5 · 5h 61% until ${until} · week 41%`],
  ["no JSON", () => "oops", ""],
  ["another JSON", () => [1, 2], ""],
  ["fields of other kinds", () => ({ model: 7, rate_limits: "full" }), ""],
  [
    "limits beyond all",
    () => ({ ...handed(61), rate_limits: { five_hour: { used_percentage: -1, resets_at: 1e99 } } }),
    "opus-5-5",
  ],
  [
    "a name with escape sequences",
    () => ({ model: { id: "claude-\u001B[31m\n\u202Eevil" } }),
    "··evil",
  ],
  [
    "books that are no books",
    (home) => {
      mkdirSync(join(home.folder, "data"), { recursive: true });
      writeFileSync(
        home.db,
        "this is no SQLite file, but long enough to be taken for one".repeat(99),
      );
      return handed(61);
    },
    `opus-5-5 · 5h 61% until ${until} · week 41%`,
  ],
])("with %s there is no error on the prompt", async ([, prepare, line]) => {
  const home = newHome();
  const input = prepare(home);
  expect(await statusline(home, input)).toEqual({ exitCode: 0, stdout: line, stderr: "" });
});

test("--verbose says what went wrong", async () => {
  const home = newHome();
  const { exitCode, stderr } = await statusline(home, handed(61), "--verbose");
  expect(exitCode).toBe(0);
  expect(stderr).toContain("There are no books");
});

test("a fetch that holds the books is not waited for", async () => {
  const home = await homeWithBooks();
  const books = new Database(home.db);
  onTestFinished(() => void books.close());
  books.exec("BEGIN IMMEDIATE");
  const { stdout, exitCode } = await statusline(home, handed(61));
  expect({ stdout, exitCode }).toEqual({ exitCode: 0, stdout: expect.stringContaining("5h 61%") });
  books.exec("COMMIT");
  expect(kept(home)).toEqual([]);
});

test("a piece that is none is wrong usage", async () => {
  const home = newHome();
  expect(await statusline(home, "", "--format", "today,weak")).toEqual({
    exitCode: 2,
    stdout: "",
    stderr:
      '[error] --format takes model,today,budget,five_hour,week,cache, not "weak"; did you mean week?',
  });
});

describe("in Claude Code's settings", () => {
  const file = (home: Home): string => join(home.claude, "settings.json");
  const settings = (home: Home): unknown => JSON.parse(readFileSync(file(home), "utf8"));

  test("it is installed once, runs whatever the PATH, and removed without a trace", async () => {
    const home = await homeWithBooks();
    const before = '{ "cleanupPeriodDays": 90,\n\t"env": {"A": "b"} }';
    writeFileSync(file(home), before, { mode: 0o640 });
    const { stderr, exitCode } = await home.run(["statusline", "install", "--format", "week"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('+ "statusLine": {"type":"command","command":"');
    const command = /"command":"([^"]*)"\}/.exec(stderr)?.[1] ?? "";
    expect(settings(home)).toEqual({
      ...JSON.parse(before),
      statusLine: { type: "command", command },
    });
    expect(statSync(file(home)).mode & 0o777).toBe(0o640);
    const copies = readdirSync(home.claude).filter((name) => name.endsWith(".before-ccbooks"));
    expect(copies.map((name) => readFileSync(join(home.claude, name), "utf8"))).toEqual([before]);
    expect(stderr).toContain(`it is kept in ${home.claude}/settings.json.20`);
    const { stdout } = await execa("/bin/sh", ["-c", command], {
      ...{ env: { ...home.env, PATH: "" }, extendEnv: false, input: JSON.stringify(handed(1)) },
    });
    expect(stdout).toBe("week 41%");
    const again = await home.run(["statusline", "install", "--format", "week"]);
    expect(again.stderr).toContain("has it already, and was left as it is.");
    await home.run(["statusline", "remove"]);
    expect(settings(home)).toEqual(JSON.parse(before));
    expect((await home.run(["statusline", "remove"])).stderr).toContain("was left as it is.");
  });

  test("a link into a folder of dotfiles stays one", async () => {
    const home = newHome();
    writeFileSync(join(home.folder, "dotfile.json"), "{}");
    symlinkSync(join(home.folder, "dotfile.json"), file(home));
    await home.run(["statusline", "install"]);
    expect(lstatSync(file(home)).isSymbolicLink()).toBe(true);
    expect(settings(home)).toHaveProperty("statusLine");
  });

  test("a link that leads nowhere yet stays one", async () => {
    const home = newHome();
    symlinkSync("dotfile.json", file(home));
    await home.run(["statusline", "install"]);
    expect(lstatSync(file(home)).isSymbolicLink()).toBe(true);
    expect(settings(home)).toHaveProperty("statusLine");
  });

  test.for<[string, string, string]>([
    [
      "another program's line",
      '{"statusLine":{"type":"command","command":"mine"}}',
      "another status line",
    ],
    ["what is no JSON", "{ oops", "holds no settings, and was left as it is"],
    ["a list", "[]", "holds no settings, and was left as it is"],
  ])("%s is left as it is", async ([, text, says]) => {
    const home = newHome();
    writeFileSync(file(home), text);
    const { exitCode, stderr } = await home.run(["statusline", "install"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr.split("\n")).toHaveLength(1);
    await home.run(["statusline", "remove"]);
    expect(readFileSync(file(home), "utf8")).toBe(text);
  });

  test("a word that is neither is wrong usage", async () => {
    const home = newHome();
    const { exitCode, stderr } = await home.run(["statusline", "instal"]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: '[error] `ccbooks statusline` cannot "instal"; did you mean install?',
    });
  });
});
