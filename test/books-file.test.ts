import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import { execa, execaSync } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";

import { smallDisk } from "./support/small-disk.ts";
import { newHome, root, type Home, type Ran } from "./support/home.ts";
import { say, transcriptPath } from "./support/transcripts.ts";

const message = { id: "a", at: "2026-11-02T10:00:00Z" };

async function homeWithBooks(): Promise<Home> {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  await home.fetch();
  return home;
}

/** Root may write anything, so a test of permissions needs another user: "nobody". */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

// Waits for half a minute, so it begins first and is looked at last.
const lockedHome = newHome({ after: afterAll });
let lockedOut: Promise<Ran>;
let waited = 0;

beforeAll(async () => {
  say(lockedHome.claude, "-app", "one", message);
  await lockedHome.fetch();
  say(lockedHome.claude, "-app", "one", { ...message, id: "b" });
  const other = new Database(lockedHome.db);
  other.exec("BEGIN EXCLUSIVE");
  const start = performance.now();
  lockedOut = lockedHome.run(["fetch", "--offline"]).finally(() => {
    waited = performance.now() - start;
    other.close();
  });
});

const unusable: { says: string; sentence: string; prepare(home: Home): void }[] = [
  {
    says: "a file that is not SQLite",
    sentence: "is not a SQLite file",
    prepare: (home) => writeFileSync(home.db, "Dear diary, ".repeat(1000)),
  },
  {
    says: "books cut short",
    sentence: "is damaged",
    prepare: (home) => truncateSync(home.db, Math.floor(statSync(home.db).size / 2)),
  },
  {
    says: "somebody else's SQLite file",
    sentence: "not one of ccbooks",
    prepare: (home) => {
      writeFileSync(home.db, "");
      new Database(home.db).exec("CREATE TABLE other (a)").close();
    },
  },
  {
    says: "books of a newer ccbooks",
    sentence: "was written by a newer ccbooks (schema 999",
    prepare: (home) => {
      const books = new Database(home.db);
      books.pragma("user_version = 999");
      books.close();
    },
  },
];

describe.for(unusable)("$says", ({ sentence, prepare }) => {
  test.for(["fetch --offline", "stats"])(
    "is a sentence for %s, and is left alone",
    async (command) => {
      const home = await homeWithBooks();
      prepare(home);
      const before = readFileSync(home.db);
      const { exitCode, stderr, stdout } = await home.run(command.split(" "));
      expect(exitCode).toBe(1);
      expect(stderr).toContain(home.db);
      expect(stderr).toContain(sentence);
      expect(stderr).not.toContain("    at ");
      expect(stdout).toBe("");
      expect(readFileSync(home.db).equals(before)).toBe(true);
    },
  );
});

test("a folder in the books' place is a sentence", async () => {
  const home = newHome();
  mkdirSync(home.db, { recursive: true });
  const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("--db");
  expect(stderr).not.toContain("    at ");
});

/** Paths that lead to no books, and what is said to whoever would write them and whoever would read. */
const astray: {
  says: string;
  path(home: Home): string;
  written: string;
  read: string;
  isHere?: boolean;
}[] = [
  {
    says: "in a folder that takes no new ones",
    path: () => "/proc/ccbooks/usage.db",
    written: "cannot be made there; give another path with --db.",
    read: "There are no books at",
    isHere: process.platform === "linux",
  },
  {
    says: "that is a loop of links",
    path: (home) => loopIn(home),
    written: "runs into a loop of symbolic links; fix the links, or give another path with --db.",
    read: "runs into a loop of symbolic links; fix the links, or give another path with --db.",
  },
  {
    says: "below a loop of links",
    path: (home) => join(loopIn(home), "usage.db"),
    written: "runs into a loop of symbolic links; fix the links, or give another path with --db.",
    read: "runs into a loop of symbolic links; fix the links, or give another path with --db.",
  },
  {
    says: "below a link to nowhere",
    path: (home) => {
      symlinkSync(join(home.folder, "nowhere"), join(home.folder, "link"));
      return join(home.folder, "link", "usage.db");
    },
    written: "cannot be made there; give another path with --db.",
    read: "There are no books at",
  },
  {
    says: "below a file",
    path: (home) => {
      writeFileSync(join(home.folder, "file"), "");
      return join(home.folder, "file", "more", "usage.db");
    },
    written: "is a file, not a folder; give another path with --db.",
    read: "There are no books at",
  },
  {
    says: "longer than a path may be",
    path: (home) => join(home.folder, "x".repeat(5000), "usage.db"),
    written: "is longer than a path may be; give another path with --db.",
    read: "is longer than a path may be; give another path with --db.",
  },
  {
    says: "of a pipe",
    path: (home) => {
      execaSync("mkfifo", [join(home.folder, "pipe")]);
      return join(home.folder, "pipe");
    },
    written: "is not a plain file; give another path with --db.",
    read: "is not a plain file; give another path with --db.",
  },
];

function loopIn(home: Home): string {
  const [here, there] = [join(home.folder, "here"), join(home.folder, "there")];
  symlinkSync(here, there);
  symlinkSync(there, here);
  return here;
}

describe.skipIf(process.platform === "win32").for(astray.filter(({ isHere }) => isHere !== false))(
  "a path $says",
  ({ path, written, read }) => {
    test("is a sentence for every command, at once", async () => {
      const home = await homeWithBooks();
      const db = path(home);
      const said = async (...args: string[]): Promise<string> => {
        const { exitCode, stdout, stderr } = await execa(
          process.execPath,
          [join(root, "dist", "ccbooks.js"), ...args, "--db", db],
          {
            ...{ env: home.env, extendEnv: false, cwd: home.folder },
            ...{ reject: false, stdin: "ignore", timeout: 30_000, killSignal: "SIGKILL" },
          },
        );
        expect(exitCode, args[0]).toBe(1);
        return (stdout + stderr).replaceAll(/\s+/g, " ");
      };
      for (const command of [
        ["fetch", "--offline"],
        ["merge", home.db],
      ]) {
        expect(await said(...command), command[0]).toContain(written);
      }
      for (const command of ["stats", "report", "export daily_usage", "db", "doctor", "recount"]) {
        expect(await said(...command.split(" ")), command).toContain(read);
      }
      expect(existsSync(join(home.folder, "nowhere"))).toBe(false);
    });
  },
);

test("a temporary folder that cannot be used is named, and the books are not blamed", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  const { exitCode, stderr } = await home.run(["fetch", "--offline"], {
    TMPDIR: join(home.folder, "nowhere"),
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    `The temporary folder ${join(home.folder, "nowhere")} cannot be written`,
  );
});

test.skipIf(process.platform === "win32")(
  "books in a folder that may not be entered are a sentence, for whoever reads or writes",
  async () => {
    const home = await homeWithBooks();
    for (const folder of ["", "claude", "config"]) chmodSync(join(home.folder, folder), 0o777);
    chmodSync(join(home.folder, "config", "machine.json"), 0o666);
    chmodSync(dirname(home.db), 0o600);
    const commands = ["fetch --offline", "stats", "report", "export daily_usage", "db", "doctor"];
    for (const command of commands) {
      const { exitCode, stdout, stderr } = await runAsUser(home, ...command.split(" "));
      expect(exitCode).toBe(1);
      const said = (stdout + stderr).replaceAll(/\s+/g, " ");
      expect(said, command).toMatch(/usage\.db cannot be (made or )?opened[:;]/);
      expect(said, command).not.toContain("bug");
    }
    chmodSync(dirname(home.db), 0o700);
  },
);

test.skipIf(process.platform === "win32")(
  "a transcript that may not be read is named, and counts once when it may again",
  async () => {
    const home = await homeWithBooks();
    const at = new Date().toISOString();
    say(home.claude, "-app", "mine", { id: "m", at, input: 70, output: 0 });
    say(home.claude, "-app", "closed", { id: "c", at, input: 500, output: 0 });
    execaSync("chmod", ["-R", "a+rwX", home.folder]);
    const total = (): unknown =>
      home.query("SELECT input_tokens FROM daily_usage WHERE date = ?", at.slice(0, 10));
    await runAsUser(home, "fetch", "--offline");
    expect(total()).toEqual([{ input_tokens: 570 }]);

    const closed = transcriptPath(home.claude, "-app", "closed");
    chmodSync(closed, 0);
    const { stderr } = await runAsUser(home, "fetch", "--offline");
    expect(stderr).toContain(`${closed} cannot be read, so nothing in there is in the books yet`);
    const { stdout } = await runAsUser(home, "doctor", "--json");
    expect(stdout).toContain("What cannot be read is not counted");
    expect(total()).toEqual([{ input_tokens: 570 }]);

    chmodSync(closed, 0o644);
    await runAsUser(home, "fetch", "--offline");
    expect(total()).toEqual([{ input_tokens: 570 }]);
  },
);

test("a file in the place of the books' folder is a sentence", async () => {
  const home = newHome();
  writeFileSync(dirname(home.db), "");
  const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("is a file, not a folder");
});

test.skipIf(process.platform === "win32")(
  "read-only books are a sentence, and can still be read",
  async () => {
    const home = await homeWithBooks();
    chmodSync(home.db, 0o444);
    chmodSync(dirname(home.db), 0o555);
    // Everything else is open to whoever runs the program.
    for (const folder of ["", "claude", "config"]) chmodSync(join(home.folder, folder), 0o777);
    chmodSync(join(home.folder, "config", "machine.json"), 0o666);
    const { exitCode, stderr } = await runAsUser(home, "fetch", "--offline");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/is read-only|no permission/);
    expect(stderr).not.toContain("    at ");
    expect(await runAsUser(home, "stats")).toMatchObject({ exitCode: 0 });
    chmodSync(dirname(home.db), 0o700);
  },
);

/** Runs the program as somebody whom permissions bind. */
function runAsUser(home: Home, ...args: string[]) {
  return execa(process.execPath, [join(root, "dist", "ccbooks.js"), ...args], {
    env: home.env,
    extendEnv: false,
    reject: false,
    ...(isRoot ? { uid: NOBODY } : {}),
  });
}

test("a full disk is a sentence, and the books are as before", async ({ skip }) => {
  const home = await homeWithBooks();
  const disk = smallDisk(home.folder, statSync(home.db).size + 65_536);
  if (disk === undefined) return skip();
  const db = join(disk, "usage.db");
  copyFileSync(home.db, db);
  const until = new Date("2026-11-20T20:00:00Z");
  writeTranscripts(home.claude, { ...shapes.demo, seed: 1, until });
  const { exitCode, stderr } = await home.run(["fetch", "--offline", "--db", db]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`The disk that holds ${db} is full, and nothing more was written`);
  expect(stderr).not.toContain("    at ");
  const books = new Database(db, { readonly: true });
  expect(books.prepare("SELECT date, total_tokens FROM daily_usage").all()).toEqual([
    { date: "2026-11-02", total_tokens: 110 },
  ]);
  expect(books.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  books.close();
});

const migrations = readdirSync(join(root, "sql", "migrations")).toSorted();

test.skipIf(process.platform === "win32")(
  "the books are readable by their owner alone",
  async () => {
    const home = await homeWithBooks();
    expect(statSync(home.db).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(home.db)).mode & 0o777).toBe(0o700);
    expect(statSync(join(home.folder, "config", "machine.json")).mode & 0o777).toBe(0o600);
  },
);

test("books behind a symbolic link and in a path with spaces and umlauts work", async () => {
  const home = await homeWithBooks();
  const odd = join(home.folder, "Bücher & Co – 2026 'x'");
  mkdirSync(odd);
  const link = join(odd, "ccbooks ✓.db");
  symlinkSync(home.db, link);
  say(home.claude, "-app", "two", { ...message, id: "b" });
  expect((await home.fetch("--db", link)).days.grown).toBe(1);
  const stats = await home.run(["stats", "--db", link, "--json"]);
  expect(JSON.parse(stats.stdout).total.totalTokens).toBe(220);
});

test("a view that was changed is laid anew, and a user's own view is left alone", async () => {
  const home = await homeWithBooks();
  const books = new Database(home.db);
  books.exec(`
    DROP VIEW daily_cost;
    CREATE VIEW daily_cost AS SELECT 'stale' AS date;
    CREATE VIEW my_own AS SELECT COUNT(*) AS days FROM daily_usage`);
  books.close();
  expect((await home.run(["stats"])).exitCode).toBe(0);
  expect(home.query("SELECT date FROM daily_cost")).toEqual([{ date: "2026-11-02" }]);
  expect(home.query("SELECT days FROM my_own")).toEqual([{ days: 1 }]);
});

test("a user's own view of a table that is gone stops no command", async () => {
  const home = newHome();
  mkdirSync(dirname(home.db));
  const books = new Database(home.db);
  for (const file of migrations) {
    books.exec(readFileSync(join(root, "sql", "migrations", file), "utf8"));
  }
  books.pragma(`user_version = ${migrations.length}`);
  books.pragma(`application_id = ${0x6363626b}`);
  const mine = "CREATE VIEW mine AS SELECT * FROM gone";
  books.exec(`${mine}; CREATE VIEW yours AS SELECT no_such_function(date) AS x FROM daily_usage`);
  books.close();
  const other = await homeWithBooks();
  say(home.claude, "-app", "one", message);
  for (const command of [
    ...["fetch --offline", "stats", "stats daily", "report", "export daily_cost", "doctor"],
    ...[
      "backup copy.db",
      "recount --offline",
      "why 2026-11-02",
      `merge ${other.db}`,
      "stats --db copy.db",
    ],
    `merge ${home.db} --db ${other.db}`,
  ]) {
    const { exitCode, stdout, stderr } = await home.run(command.split(" "));
    expect({ exitCode, command }, stdout + stderr).toEqual({ exitCode: 0, command });
    expect(stderr).not.toContain("[error]");
  }
  expect(home.query("SELECT sql FROM sqlite_master WHERE name = 'mine'")).toEqual([{ sql: mine }]);
});

test("books that a killed fetch left half written can be read at once", async () => {
  const home = await homeWithBooks();
  const books = new Database(home.db);
  books.pragma("cache_size = 1");
  books.exec("BEGIN IMMEDIATE; DELETE FROM daily_usage");
  books.exec(
    "INSERT INTO project (slug, name) SELECT hex(randomblob(3000)), name FROM sqlite_master",
  );
  // What is on the disk in the middle of the transaction is what a kill leaves behind.
  const killed = join(home.folder, "killed.db");
  for (const end of ["", "-journal"]) copyFileSync(`${home.db}${end}`, `${killed}${end}`);
  books.exec("ROLLBACK");
  books.close();
  const { exitCode, stdout } = await home.run(["stats", "--db", killed]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("2026-11-02");
});

test("eight fetches at once leave what one leaves", async () => {
  const home = await homeWithBooks();
  say(home.claude, "-app", "two", { ...message, id: "b" });
  const runs = await Promise.all(
    Array.from({ length: 8 }, () => home.run(["fetch", "--offline", "--quiet"])),
  );
  for (const run of runs) expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 220 }]);
  expect(home.query("SELECT id FROM call")).toHaveLength(2);
  expect(home.query("SELECT SUM(fetches) AS fetches FROM import_run WHERE status = 'ok'")).toEqual([
    { fetches: 9 },
  ]);
  expect(home.query("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});

test("copies of the books stay usable on their own", async () => {
  const home = await homeWithBooks();
  const copy = join(home.folder, "copy.db");
  copyFileSync(home.db, copy);
  expect(existsSync(`${home.db}-wal`)).toBe(false);
  expect((await home.run(["stats", "--all", "--db", copy])).stdout).toContain("2026-11-02");
});

test("every optional package for every platform is in the lock file, without an address", () => {
  const lock: {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>;
  } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter(
      (name) =>
        !(`node_modules/${name}` in lock.packages) &&
        !(`${path}/node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
  expect(
    Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith("http")),
  ).toEqual([]);
  expect(Object.keys(lock.packages)).toEqual(
    expect.arrayContaining(
      ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64", "win32-arm64"].map(
        (platform) => `node_modules/@ccusage/ccusage-${platform}`,
      ),
    ),
  );
});

test("books that another program has locked for 30 seconds are a sentence, and stay", async () => {
  const { exitCode, stderr } = await lockedOut;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/usage\.db has been locked by another program for 30 seconds.*again\.$/);
  expect(waited).toBeGreaterThan(30_000);
  expect(waited).toBeLessThan(40_000);
  expect(lockedHome.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 110 }]);
  expect(await lockedHome.fetch()).toMatchObject({ totals: { totalTokens: 220 } });
}, 60_000);
