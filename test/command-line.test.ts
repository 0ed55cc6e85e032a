import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, test } from "vitest";

import { newHome, root, type Home } from "./support/home.ts";

/** Every flag of every command, without those all of them take. */
const flags = {
  fetch: ["db", "machine", "timezone", "offline", "ccusage", "json", "quiet", "timeout"],
  stats: ["db", "days", "since", "until", "json"],
  backup: ["db", "json", "quiet"],
  export: [...["format", "out", "partition", "since", "until", "bom", "raw"], ...["db", "quiet"]],
  doctor: ["db", "ccusage", "json"],
  db: ["db", "path"],
  demo: [],
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

test("--version is the version of the package", async () => {
  const home = newHome();
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const ran = await home.run(["--version"]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: version, stderr: "" });
  expect(await home.run(["-v"])).toMatchObject({ exitCode: 0, stdout: version, stderr: "" });
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
  [["stats", "--json=yes"], '--json takes no value; leave out "yes".'],
  [["fetch", "--offline=true"], '--offline takes no value; leave out "true".'],
  [
    ["stats", "march"],
    '`ccbooks stats` has no use for "march"; leave it out. `ccbooks stats --help` shows what it takes.',
  ],
  [
    ["fetch", "--quiet", "yes"],
    '`ccbooks fetch` has no use for "yes"; leave it out. `ccbooks fetch --help` shows what it takes.',
  ],
  [
    ["db", "--", "usage.db"],
    '`ccbooks db` has no use for "usage.db"; leave it out. `ccbooks db --help` shows what it takes.',
  ],
  [["fetch", "--timeout", "soon"], '--timeout takes a whole number of at least 1, not "soon".'],
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
  books.exec("ALTER TABLE session_usage RENAME TO sessions");
  books.close();
  const { exitCode, stdout, stderr } = await home.run(["stats"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^\[error\] This is a bug in ccbooks: .*session_usage.*--verbose.*\.$/);
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

/** Puts a shell script in a folder of programs, which it gives. */
function install(home: Home, program: string, script: string): string {
  const folder = join(home.folder, "bin");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, program);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return folder;
}

const printArguments = `printf '%s\\n' "$@"`;

const hasShell = process.platform !== "win32";

test.skipIf(!hasShell)(
  "`ccbooks db` hands Datasette the books and what to say of them",
  async () => {
    const home = newHome();
    await home.fetch();
    const programs = install(home, "datasette", printArguments);
    const { exitCode, stdout, stderr } = await home.run(["db"], {
      PATH: [programs, home.env["PATH"]].join(delimiter),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const given = stdout.split("\n");
    expect(given[0]).toBe(home.db);
    const metadata = given[given.indexOf("--metadata") + 1] ?? "";
    expect(metadata).toMatch(/\.yml$/);

    // It speaks of tables and columns that the books have, and of a database named as the file is.
    const lines = readFileSync(metadata, "utf8").split("\n");
    expect(lines).toContain("  usage:");
    expect(basename(given[0] ?? "")).toBe("usage.db");
    const tables = lines.flatMap((line) => /^ {6}(\w+):$/.exec(line)?.[1] ?? []);
    expect(tables).toContain("daily_usage");
    for (const table of tables) {
      const from = lines.indexOf(`      ${table}:`);
      const sort = lines.slice(from, from + 3).join("\n");
      const column = /sort_desc: (\w+)/.exec(sort)?.[1] ?? "*";
      expect(home.query(`SELECT ${column} FROM ${table} LIMIT 1`)).toBeInstanceOf(Array);
    }
  },
);

test.skipIf(!hasShell)("without Datasette `ccbooks db` has uvx bring it", async () => {
  const home = newHome();
  await home.fetch();
  const programs = install(home, "uvx", printArguments);
  const { exitCode, stdout } = await home.run(["db"], { PATH: programs });
  expect(exitCode).toBe(0);
  expect(stdout.split("\n").slice(0, 3)).toEqual(["datasette", home.db, "--metadata"]);
});

test("without Datasette and uvx `ccbooks db` says how to get it", async () => {
  const home = newHome();
  await home.fetch();
  const empty = join(home.folder, "empty");
  mkdirSync(empty);
  const { exitCode, stdout, stderr } = await home.run(["db"], { PATH: empty });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("Datasette is not installed; get it with `uv tool install datasette`");
  expect(stderr).toContain(home.db);
});

test.skipIf(!hasShell)(
  "`ccbooks db` ends as Datasette does, and Ctrl-C is a good end",
  async () => {
    const home = newHome();
    await home.fetch();
    const endsAfter = async (script: string): Promise<number | undefined> => {
      const programs = install(home, "datasette", script);
      return (await home.run(["db"], { PATH: programs })).exitCode;
    };
    expect(await endsAfter("exit 3")).toBe(3);
    expect(await endsAfter("kill -INT $$")).toBe(0);
    expect(await endsAfter("kill -TERM $$")).toBe(1);
  },
);

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
  expect(stdout).toMatch(/^Claude Code, .* days with usage$/m);
  expect(stdout).toContain("Most expensive sessions");
  expect(readdirSync(home.folder, { recursive: true })).toEqual(before);

  const books = /These books are (\S+):/.exec(stderr)?.[1] ?? "";
  expect(books.startsWith(elsewhere.folder)).toBe(true);
  expect(existsSync(books)).toBe(true);
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
