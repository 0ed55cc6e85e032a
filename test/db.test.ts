import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import Database from "better-sqlite3";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { withBooks } from "../src/ledger/open.ts";
import { newHome, root, type Home } from "./support/home.ts";

const shipped = join(root, "sql", "datasette.yml");

async function homeWithBooks(): Promise<Home> {
  const home = newHome();
  await withBooks(home.db, () => undefined);
  return home;
}

/** Puts a shell script in a folder of programs, which it gives. */
function install(home: Home, program: string, script: string): string {
  const folder = join(home.folder, "bin");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, program);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return folder;
}

/** Notes what it is given and the settings, as they are while it runs. */
const noteAll = `printf '%s\\n' "$@" > "$HOME/given"
while [ "$1" != --metadata ]; do shift; done
cp "$2" "$HOME/settings"
ls -ld "$(dirname "$2")" "$2" > "$HOME/modes"`;

/** A Datasette of that version, which then does as the script says. */
function datasette(version: string, script = noteAll): string {
  return `[ "$1" = --version ] && { echo 'datasette, version ${version}'; exit; }\n${script}`;
}

/** The first generation of settings had no file of configuration. */
const older = datasette(
  "0.65.1",
  `for word; do case $word in -c|--config) echo "No such option: $word" >&2; exit 2; esac; done
${noteAll}`,
);

const newer = datasette("1.0a19");

/** Opens books under a path in Datasette: what that was given, and what the settings said. */
async function open(home: Home, script: string, db = home.db, flags: readonly string[] = []) {
  const programs = install(home, "datasette", script);
  const { exitCode, stdout, stderr } = await home.run(["db", "--db", db, ...flags], {
    PATH: [programs, home.env["PATH"]].join(delimiter),
  });
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  const given = readFileSync(join(home.folder, "given"), "utf8").trimEnd().split("\n");
  return { given, settings: readFileSync(join(home.folder, "settings"), "utf8") };
}

/** Ends by no signal but the one that ccbooks hands on. */
const stopsItsCaller = `trap '' INT
trap 'exit 130' TERM
kill -INT $PPID
while kill -0 $PPID; do sleep 0.05; done`;

const temporary = (home: Home): string[] =>
  readdirSync(home.folder).filter((name) => name.startsWith("ccbooks-"));

const patience = [
  ...["--setting", "sql_time_limit_ms", "5000"],
  ...["--setting", "facet_time_limit_ms", "1000"],
  ...["--setting", "truncate_cells_html", "200"],
];

test("without Datasette and uvx `ccbooks db` says how to get it", async () => {
  const home = await homeWithBooks();
  const empty = join(home.folder, "empty");
  mkdirSync(empty);
  const { exitCode, stdout, stderr } = await home.run(["db"], { PATH: empty });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("Datasette is not installed; get it with `uv tool install datasette`");
  expect(stderr).toContain(
    `or do without: \`ccbooks stats\`, \`ccbooks report\`, or \`sqlite3 ${home.db}\`.`,
  );
});

// The stand-ins are shell scripts.
describe.skipIf(process.platform === "win32")("with Datasette", () => {
  test("0.65 gets the books and the settings as metadata", async () => {
    const home = await homeWithBooks();
    const { given } = await open(home, older);
    expect(given).toEqual([home.db, "--metadata", shipped, ...patience, "--open"]);
  });

  test("it is told where to listen, to leave the browser alone, and what stands behind --", async () => {
    const home = await homeWithBooks();
    const { given } = await open(home, older, home.db, [
      ...[
        "--port",
        "8123",
        "--host",
        "0.0.0.0",
        "--no-open",
        "--",
        "--cors",
        "--setting",
        "x",
        "1",
      ],
    ]);
    expect(given).toEqual([
      ...[home.db, "--metadata", shipped, ...patience, "--port", "8123", "--host", "0.0.0.0"],
      ...["--cors", "--setting", "x", "1"],
    ]);
    const ran = await home.run(["db", "word"]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toContain('Unexpected argument "word".');
    expect((await home.run(["db", "--port", "many"])).stderr).toContain(
      '--port takes a whole number of at least 0, not "many".',
    );
  });

  test("1.0 gets the settings as configuration as well", async () => {
    const home = await homeWithBooks();
    const { given } = await open(home, newer);
    const files = ["--metadata", shipped, "--config", shipped];
    expect(given).toEqual([home.db, ...files, ...patience, "--open"]);
  });

  test("one that does not say its version is treated as 0.65", async () => {
    const home = await homeWithBooks();
    const { given } = await open(home, noteAll.replace("while", "[ $1 = --version ] || while"));
    expect(given).not.toContain("--config");
  });

  // Settings are found by the file's name without its ending.
  test.for([
    ["work.db", "work"],
    ["2026.11.db", "2026.11"],
    ["null.sqlite", "null"],
    ["my books: 2026.db", "my books: 2026"],
    [`- it's "#1" \\ {of} [2] & $& *.db`, `- it's "#1" \\ {of} [2] & $& *`],
    ["Bücher 📚.db", "Bücher 📚"],
    ["tab\tline\u2028dead\u007fstart.db", "tab\tline\u2028dead\u007fstart"],
  ] as const)("books called %j keep their settings", async ([name, stem]) => {
    const home = await homeWithBooks();
    const path = join(home.folder, name);
    copyFileSync(home.db, path);
    const { given, settings } = await open(home, newer, path);
    const [db, , metadata, , config] = given;
    expect(db).toBe(path);
    expect(config).toBe(metadata);

    const original = parse(readFileSync(shipped, "utf8"));
    const { usage, ...others } = original.databases;
    expect(others).toEqual({});
    expect(parse(settings, { version: "1.1" })).toEqual({
      ...original,
      databases: { [stem]: usage },
    });
    // A number or null of that name would be another key.
    const asTyped: Map<string, Map<unknown, unknown>> = parse(settings, { mapAsMap: true });
    expect([...(asTyped.get("databases")?.keys() ?? [])]).toEqual([stem]);
    // Read in the encoding of the system.
    expect(settings).toMatch(/^[\n -~]*$/);

    const modes = readFileSync(join(home.folder, "modes"), "utf8").split("\n");
    expect(modes.map((line) => line.slice(0, 10))).toEqual(["drwx------", "-rw-------", ""]);
    expect(temporary(home)).toEqual([]);
  });

  test("books of that name with another ending need no copy of the settings", async () => {
    const home = await homeWithBooks();
    const path = join(home.folder, "usage.sqlite");
    copyFileSync(home.db, path);
    expect((await open(home, newer, path)).given).toContain(shipped);
  });

  test.for([
    ["is not there", () => undefined],
    ["may not be run", (path: string) => writeFileSync(path, "#!/bin/sh\n", { mode: 0o600 })],
    ["lost its Python", (path: string) => writeFileSync(path, "#!/gone/python\n", { mode: 0o755 })],
  ] as const)("uvx brings one where Datasette %s", async ([, prepare]) => {
    const home = await homeWithBooks();
    const asUvx = `[ "$1" = datasette ] || exit 9\nshift\n${newer}`;
    const programs = install(home, "uvx", asUvx);
    prepare(join(programs, "datasette"));
    for (const tool of ["cp", "ls", "dirname"]) symlinkSync(`/bin/${tool}`, join(programs, tool));
    const { exitCode, stderr } = await home.run(["db"], { PATH: programs });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const given = readFileSync(join(home.folder, "given"), "utf8").split("\n");
    expect(given.slice(0, 5)).toEqual([home.db, "--metadata", shipped, "--config", shipped]);
  });

  test("`ccbooks db` ends as Datasette does, and leaves nothing behind", async () => {
    const home = await homeWithBooks();
    const path = join(home.folder, "other.db");
    copyFileSync(home.db, path);
    const endsAfter = async (script: string): Promise<number | undefined> => {
      const programs = install(home, "datasette", datasette("0.65.1", script));
      return (await home.run(["db", "--db", path], { PATH: programs })).exitCode;
    };
    expect(await endsAfter("exit 3")).toBe(3);
    expect(await endsAfter("kill -INT $$")).toBe(0);
    expect(await endsAfter("kill -TERM $$")).toBe(1);
    expect(temporary(home)).toEqual([]);
  });

  test.for<[says: string, stop: (pid: number) => void]>([
    ["Ctrl-C, which both are sent", (pid) => process.kill(-pid, "SIGINT")],
    ["SIGINT", (pid) => process.kill(pid, "SIGINT")],
    ["SIGTERM", (pid) => process.kill(pid, "SIGTERM")],
    ["a closed terminal", (pid) => process.kill(-pid, "SIGHUP")],
  ])("%s ends Datasette and is a good end", async ([, stop]) => {
    const home = await homeWithBooks();
    const path = join(home.folder, "other.db");
    copyFileSync(home.db, path);
    const lasting = `exec 2> /dev/null
trap 'echo bye > "$HOME/bye"; exit 130' INT TERM HUP
echo up > "$HOME/up"
while :; do sleep 0.05; done`;
    const programs = install(home, "datasette", datasette("1.0a19", lasting));
    const running = execa(
      process.execPath,
      [join(root, "dist", "ccbooks.js"), "db", "--db", path],
      {
        env: { ...home.env, PATH: [programs, home.env["PATH"]].join(delimiter) },
        extendEnv: false,
        reject: false,
        stdin: "ignore",
        detached: true,
      },
    );
    while (!existsSync(join(home.folder, "up"))) await pause(20);
    expect(temporary(home)).toHaveLength(1);
    stop(running.pid ?? 0);
    const { exitCode, stderr } = await running;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(existsSync(join(home.folder, "bye"))).toBe(true);
    expect(temporary(home)).toEqual([]);
  });

  // The first thing this Datasette does is what Ctrl-C at that moment would.
  test.for<[says: string, script: string, end: number]>([
    ["at once signals ccbooks, and goes on until it is told to stop", stopsItsCaller, 0],
    ["at once signals ccbooks, and ends", "kill -INT $PPID; exit 3", 0],
    ["ends at once", "exit 3", 3],
  ])("a Datasette that %s is waited for, 20 times", async ([, script, end]) => {
    const home = await homeWithBooks();
    const path = join(home.folder, "other.db");
    copyFileSync(home.db, path);
    const programs = install(home, "datasette", datasette("0.65.1", script));
    for (let time = 1; time <= 20; time += 1) {
      const { exitCode, stderr } = await home.run(["db", "--db", path], {
        PATH: [programs, home.env["PATH"]].join(delimiter),
      });
      expect({ exitCode, stderr, time }).toEqual({ exitCode: end, stderr: "", time });
      expect(temporary(home)).toEqual([]);
    }
  });

  test("books of an older ccbooks are brought up to date before they are shown", async () => {
    const home = await homeWithBooks();
    const views = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY name";
    const before = home.query(views);
    const books = new Database(home.db);
    books.exec("DROP VIEW project_cost; DROP VIEW daily_cost; CREATE VIEW daily_cost AS SELECT 1");
    books.close();
    expect(home.query(views)).not.toEqual(before);
    await open(home, older);
    expect(home.query(views)).toEqual(before);
  });

  test("a file that is no books is not handed to Datasette", async () => {
    const home = newHome();
    const diary = join(home.folder, "diary.db");
    writeFileSync(diary, "Dear diary, ".repeat(1000));
    const programs = install(home, "datasette", older);
    const { exitCode, stderr } = await home.run(["db", "--db", diary], { PATH: programs });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("diary.db is not a SQLite file");
    expect(existsSync(join(home.folder, "given"))).toBe(false);
  });
});
