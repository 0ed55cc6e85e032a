import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import type { CommandDef } from "citty";
import { execa } from "execa";
import { expect, test } from "vitest";

import { checkFlags } from "../src/commands/flags/check.ts";
import { newHome, root, type Home } from "./support/home.ts";

/** Every flag of every command, without those all of them take. */
const flags = {
  fetch: [
    ...["db", "machine", "timezone", "offline", "ccusage", "json", "quiet", "timeout", "full"],
    ...["titles", "check"],
  ],
  stats: [
    "against",
    "agent",
    "all",
    "branch",
    "by",
    "days",
    "db",
    "every",
    "fetch",
    "format",
    "json",
    "limit",
    "machine",
    "model",
    "plan",
    "project",
    "session",
    "since",
    "sort",
    "source",
    "until",
    "watch",
  ],
  session: ["db", "json"],
  report: [
    ...["db", "out", "open", "png", "days", "since", "until", "plan"],
    ...["source", "machine", "agent", "project", "model", "branch", "session"],
  ],
  label: ["remove", "db", "json"],
  pull: [
    ...[
      "days",
      "since",
      "until",
      "date",
      "type",
      "api",
      "bucket",
      "raw",
      "from-raw",
      "pricing-json",
    ],
    ...["base-url", "allow-http", "db", "json", "quiet"],
  ],
  merge: ["machine", "timezone", "db", "ccusage", "offline", "timeout", "json"],
  recount: ["since", "reprice", "timezone", "db", "ccusage", "offline", "timeout", "json"],
  audit: ["db", "ccusage", "timeout", "json"],
  why: ["db", "json"],
  budget: [
    ...["amount", "unit", "period", "warn", "count-cache", "limit", "stop", "yes"],
    ...["db", "json"],
    ...["source", "machine", "agent", "project", "model", "branch"],
  ],
  alert: ["dry-run", "db", "json"],
  schedule: [
    ...["every", "at", "print", "hook", "scheduler", "source", "job", "log", "db", "json"],
    ...["serve", "port"],
  ],
  watch: ["every", "burn", "session-max", "offline", "db", "json"],
  guard: ["db"],
  statusline: ["format", "db"],
  runs: ["failed", "limit", "db", "json"],
  machine: ["db", "json"],
  backup: ["db", "json", "quiet"],
  export: [
    ...[
      "format",
      "out",
      "lake",
      "partition",
      "days",
      "since",
      "until",
      "bom",
      "raw",
      "db",
      "quiet",
    ],
    ...["source", "machine", "agent", "project", "model", "branch", "session"],
  ],
  doctor: ["db", "ccusage", "json"],
  serve: [
    ...["port", "host", "tls-cert", "tls-key", "behind-proxy", "allow-host", "allow-origin"],
    ...["keep-content", "jsonl", "db", "quiet"],
  ],
  telemetry: ["url", "print", "db"],
  token: ["role", "project", "db", "json"],
  forget: ["content", "db"],
  calls: [
    ...["days", "since", "until", "source", "project", "model", "task", "worker", "detail"],
    ...["failed", "slow", "limit", "format", "db", "json"],
  ],
  run: ["task", "worker", "project", "jsonl", "db"],
  db: ["db", "host", "open", "path", "port"],
  demo: ["keep"],
};

const commands = Object.keys(flags);

test("no command at all shows the help and ends well", async () => {
  const home = newHome();
  const ran = await home.run([]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  for (const command of commands) expect(ran.stdout).toMatch(new RegExp(`^ +${command} `, "m"));
  for (const asking of ["--help", "-h", "help"]) {
    expect(await home.run([asking])).toMatchObject({ exitCode: 0, stdout: ran.stdout, stderr: "" });
  }
});

test.for(Object.entries(flags))(
  "`ccbooks %s --help` mentions every flag and does nothing else",
  async ([command, known]) => {
    const home = newHome();
    const { exitCode, stdout, stderr } = await home.run([command, "--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain(`ccbooks ${command}`);
    const mentioned = [...stdout.matchAll(/^ +--([a-z-]+)/gm)].map((match) => match[1]);
    expect(mentioned.toSorted()).toEqual([...known, "verbose"].toSorted());
    expect((await home.run([command, "-h"])).stdout).toBe(stdout);
    expect(existsSync(home.db)).toBe(false);
  },
);

// It is taken by every command, and the sentence about a bug asks for it.
test("--help mentions --verbose", async () => {
  const home = newHome();
  const all = await Promise.all(commands.map((command) => home.run([command, "--help"])));
  for (const { stdout } of all) expect(stdout).toContain("--verbose");
});

test("the help fits in 80 columns, without spaces at the ends of lines", async () => {
  const home = newHome();
  const asking = [[], ...commands.map((command) => [command])];
  const all = await Promise.all(asking.map((command) => home.run([...command, "--help"])));
  for (const line of all.flatMap(({ stdout }) => stdout.split("\n"))) {
    expect(line.length, line).toBeLessThanOrEqual(80);
    expect(line, line).not.toMatch(/ $/);
  }
});

test("the help of a command is what `help COMMAND` says too, and ends with examples that are right", async () => {
  for (const command of commands) {
    const home = newHome();
    const { stdout } = await home.run([command, "--help"]);
    expect((await home.run(["help", command])).stdout).toBe(stdout);
    const [, shown = ""] = stdout.split("EXAMPLES\n\n");
    const typed = shown.split("\n").map((line) => line.trim().split(" "));
    const { default: loaded }: { default: CommandDef } = await import(
      `../src/commands/${command}.ts`
    );
    const args = await (typeof loaded.args === "function" ? loaded.args() : loaded.args);
    for (const [program, name, ...words] of typed) {
      expect([program, name]).toEqual(["ccbooks", command]);
      expect(() => checkFlags(words, args ?? {}, command)).not.toThrow();
    }
  }
  expect(await newHome().run(["help", "nonsense"])).toMatchObject({ exitCode: 2 });
});

test("the help of all names the files, the environment and the exit codes", async () => {
  const home = newHome();
  const { stdout } = await home.run([]);
  expect(stdout).toContain(`books     ${home.db}`);
  for (const name of ["CCBOOKS_DB", "CCBOOKS_CONFIG_DIR", "CLAUDE_CONFIG_DIR", "NO_COLOR"]) {
    expect(stdout).toContain(name);
  }
  expect(stdout).toContain("2 wrong usage");
});

test("--version is that of the package, of ccusage and of the schema", async () => {
  const home = newHome();
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const ran = await home.run(["--version"]);
  const stdout = `ccbooks ${version}, ccusage 20.0.20, schema 6`;
  expect(ran).toMatchObject({ exitCode: 0, stdout, stderr: "" });
  expect(await home.run(["-v"])).toMatchObject({ exitCode: 0, stdout, stderr: "" });
});

test.for<[typed: string[], says: string]>([
  [["fetsh"], 'There is no command "fetsh"; did you mean `ccbooks fetch`?'],
  [["stat"], 'There is no command "stat"; did you mean `ccbooks stats`?'],
  [["reconcile"], 'There is no command "reconcile"; `ccbooks --help` lists them.'],
  [["stats", "--josn"], "`ccbooks stats` has no flag --josn; did you mean --json?"],
  [
    ["stats", "--offline"],
    "`ccbooks stats` has no flag --offline; `ccbooks stats --help` shows what it takes.",
  ],
  [["fetch", "--ofline"], "`ccbooks fetch` has no flag --ofline; did you mean --offline?"],
  [["db", "--pat"], "`ccbooks db` has no flag --pat; did you mean --path?"],
  [
    ["demo", "--db", "x.db"],
    "`ccbooks demo` has no flag --db; `ccbooks demo --help` shows what it takes.",
  ],
  [["stats", "--days"], "--days needs a value. `ccbooks stats --help` shows what it takes."],
  [["stats", "--since="], "--since needs a value. `ccbooks stats --help` shows what it takes."],
  [["db", "--db"], "--db needs a value. `ccbooks db --help` shows what it takes."],
  [
    ["stats", "daily", "--project", "--watch"],
    "--project needs a value. `ccbooks stats --help` shows what it takes.",
  ],
  [
    ["stats", "daily", "--model", "-home-dev-web"],
    "--model needs a value. `ccbooks stats --help` shows what it takes.",
  ],
  [["stats", "--json=yes"], '--json takes no value; leave out "yes".'],
  [["fetch", "--offline=true"], '--offline takes no value; leave out "true".'],
  [
    ["stats", "march"],
    'There is no table "march"; there are daily, weekly, monthly, models, projects, sessions, branches, machines, hours, blocks, cache, limits, compare and reconcile.',
  ],
  [["stats", "modles"], 'There is no table "modles"; did you mean `ccbooks stats models`?'],
  [
    ["stats", "daily", "models"],
    'Unexpected argument "models". `ccbooks stats --help` shows what it takes.',
  ],
  [
    ["stats", "--sort", "cost"],
    "--sort goes with a table; say which, for example `ccbooks stats daily --sort …`.",
  ],
  [
    ["stats", "daily", "--by", "model"],
    "--by goes with `ccbooks stats cache`, or with no table; leave one out.",
  ],
  [
    ["stats", "cache", "--by", "hour"],
    'Of the cache, --by takes day, model or project, not "hour".',
  ],
  [
    ["stats", "daily", "--format", "xml"],
    '--format takes table, json, csv or markdown, not "xml".',
  ],
  [
    ["stats", "--format", "csv"],
    "The summary is no single table; --format csv goes with a table, for example `ccbooks stats daily --format csv`.",
  ],
  [
    ["stats", "models", "--sort", "colour"],
    '--sort takes one of model, totalCost, costShare, daysWithUsage, inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens, totalTokens, unpricedTokens, firstDate, lastDate, with :asc or :desc behind it or not; not "colour".',
  ],
  [["stats", "--plan", "much"], '--plan takes US dollars a month, such as 200, not "much".'],
  [["stats", "daily", "--plan", "200"], "--plan goes with the summary: `ccbooks stats --plan …`."],
  [["stats", "--watch"], "--watch draws on a terminal, and this is none; leave it out."],
  [["stats", "--every", "5"], "--every goes with --watch; add that."],
  [
    ["fetch", "--quiet", "yes"],
    'Unexpected argument "yes". `ccbooks fetch --help` shows what it takes.',
  ],
  [["why"], "Missing argument: day-or-session. `ccbooks why --help` shows what it takes."],
  [
    ["why", "2026-11-02", "2026-11-03"],
    'Unexpected argument "2026-11-03". `ccbooks why --help` shows what it takes.',
  ],
  [["backup"], "Missing argument: file. `ccbooks backup --help` shows what it takes."],
  [["fetch", "--timeout", "soon"], '--timeout takes a whole number of at least 1, not "soon".'],
  [["fetch", "--timeout", "3000000"], "--timeout takes at most 2147483 seconds, not 3000000."],
  [["fetch", "--timeout", "0"], '--timeout takes a whole number of at least 1, not "0".'],
])("%s is wrong usage and says what is meant or right", async ([typed, says]) => {
  const home = newHome();
  const { exitCode, stdout, stderr } = await home.run(typed);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toBe(`[error] ${says}`);
  expect(existsSync(home.db)).toBe(false);
});

// Commands are looked up in an object, which knows these words from elsewhere.
test.for(["toString", "constructor", "__proto__"])(
  "%s is no command, even if JavaScript knows the word",
  async (word) => {
    const { exitCode, stderr } = await newHome().run([word]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`There is no command "${word}"`);
  },
);

// The same logs would count once more, as those of a machine called "--offline".
test("a flag is not the value of the flag before it", async () => {
  const home = newHome();
  const { exitCode, stderr } = await home.run(["fetch", "--machine", "--offline"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--machine needs a value");
});

test("a mistyped flag in the place of a command is called a flag", async () => {
  const { stderr } = await newHome().run(["--vresion"]);
  expect(stderr).toContain("did you mean --version?");
});

// Two letters away is near for a long word, and anything at all for one letter.
test("a letter is not taken for a flag that does not have it", async () => {
  const { stderr } = await newHome().run(["stats", "-j"]);
  expect(stderr).not.toContain("--db");
});

test("with --json a failure is an object on stdout and the same sentence on stderr", async () => {
  const home = newHome();
  for (const [typed, code] of [
    [["stats"], 1],
    [["stats", "--days", "0"], 2],
    [["fetch", "--machin", "desk"], 2],
    [["fetsh"], 2],
    [["fetch", "--ccusage", "/nowhere/ccusage"], 1],
  ] as const) {
    const { exitCode, stdout, stderr } = await home.run([...typed, "--json"]);
    expect(exitCode, typed.join(" ")).toBe(code);
    const failure: { status: string; error: string } = JSON.parse(stdout);
    expect(failure).toEqual({ status: "failed", error: expect.stringMatching(/^[^[].*[.?]$/) });
    expect(stderr).toBe(`[error] ${failure.error}`);
  }
});

test("a surprise is called a bug, and its stack is for those who ask", async () => {
  const home = newHome();
  await home.fetch();
  const books = new Database(home.db);
  books.exec("ALTER TABLE daily_usage RENAME TO days");
  books.close();
  const { exitCode, stdout, stderr } = await home.run(["stats"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^\[error\] This is a bug in ccbooks: .*daily_usage.*--verbose.*\.$/);
  const stack = /\n +at .*:\d+:\d+/;
  expect((await home.run(["stats", "--verbose"])).stderr).toMatch(stack);
  expect((await home.run(["stats"], { DEBUG: "1" })).stderr).toMatch(stack);
});

test("`ccbooks db --path` says where the books are and makes none", async () => {
  const home = newHome();
  const where = async (typed: string[], more: Record<string, string> = {}): Promise<string> => {
    const { exitCode, stdout, stderr } = await home.run(["db", "--path", ...typed], more);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    return stdout;
  };
  expect(await where([])).toBe(home.db);
  expect(await where([], { CCBOOKS_DB: "~/books.db" })).toBe(join(home.folder, "books.db"));
  expect(await where(["--db", "books.db"])).toBe(join(home.folder, "books.db"));
  const byDefault = await where([], { CCBOOKS_DB: "" });
  expect(byDefault).toMatch(/ccbooks.*usage\.db$/);
  expect(byDefault.startsWith(home.folder)).toBe(true);
  for (const path of [home.db, byDefault]) expect(existsSync(dirname(path))).toBe(false);
});

test("`ccbooks db` without books says to fetch first", async () => {
  const home = newHome();
  const { exitCode, stdout, stderr } = await home.run(["db"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toBe(`[error] There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`);
  expect(existsSync(dirname(home.db))).toBe(false);
});

test("the demo shows a fetch and its summary, and touches nothing of yours", async () => {
  const home = newHome();
  const before = readdirSync(home.folder, { recursive: true });
  const elsewhere = newHome();
  const { exitCode, stdout, stderr } = await home.run(["demo"], { TMPDIR: elsewhere.folder });
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/Made up \d+ transcripts in/);
  expect(stderr).toContain("$ ccbooks fetch --offline");
  expect(stderr).toMatch(/\d+ days in the books since .*: \$\d+\.\d\d at list price/);
  expect(stderr).toContain("$ ccbooks stats");
  expect(stdout).toMatch(/^This week +\$\d+\.\d\d/m);
  expect(stdout).toContain("What rose");
  expect(stderr).not.toContain("No price is known");
  expect(readdirSync(home.folder, { recursive: true })).toEqual(before);
  expect(readdirSync(elsewhere.folder)).not.toContainEqual(expect.stringContaining("demo"));
});

test("the demo leaves its books to whoever wants to keep them", async () => {
  const home = newHome();
  const { exitCode, stderr } = await home.run(["demo", "--keep"]);
  expect(exitCode, stderr).toBe(0);
  const books = /These books are (\S+):/.exec(stderr)?.[1] ?? "";
  expect(books.startsWith(home.folder)).toBe(true);
  expect((await home.run(["stats", "--all", "--db", books])).stdout).toContain("days with usage");
});

const OLD_NODE = "/usr/bin/node";

/** The version of an installed Node too old for ccbooks. */
function oldNode(): string | undefined {
  const { stdout } = spawnSync(OLD_NODE, ["--version"], { encoding: "utf8" });
  const version = /^v((\d+)\.\d+\.\d+)/.exec(stdout ?? "");
  return version !== null && Number(version[2]) < 22 ? version[1] : undefined;
}

/** What npm installs, on an old Node, in a folder of its own. */
async function runOnOldNode(home: Home, ...args: string[]) {
  const folder = join(home.folder, "installed");
  for (const part of ["dist", "sql", "package.json"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  return execa(OLD_NODE, [join(folder, "dist", "ccbooks.js"), ...args], {
    env: home.env,
    extendEnv: false,
    reject: false,
  });
}

test.skipIf(oldNode() === undefined)("an old Node is turned away with one sentence", async () => {
  const ran = await runOnOldNode(newHome(), "stats");
  expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
  expect(ran.stderr).toBe(
    `ccbooks needs Node 22.18 or later and this is ${oldNode()}; install a newer one from https://nodejs.org.`,
  );
});

test.skipIf(oldNode() === undefined)(
  "a checkout runs on its own Node where that of the machine is old",
  async () => {
    const home = newHome();
    mkdirSync(join(home.folder, "installed"));
    symlinkSync(join(root, "node_modules"), join(home.folder, "installed", "node_modules"));
    expect(await runOnOldNode(home, "db", "--path")).toMatchObject({
      exitCode: 0,
      stdout: home.db,
    });
    expect(await runOnOldNode(home, "fetsh")).toMatchObject({ exitCode: 2 });
  },
);
