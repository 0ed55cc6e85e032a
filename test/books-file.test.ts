import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import { execa, execaSync } from "execa";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";

import { newHome, root, type Home, type Ran } from "./support/home.ts";
import { say, sweep, transcriptPath } from "./support/transcripts.ts";

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

test.for([
  ["where no folder can be made", "/proc/nowhere/usage.db"],
  ["below a device", "/dev/null/usage.db"],
])("books %s are a sentence at once", async ([, db]) => {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  const { exitCode, stderr } = await home.run(["fetch", "--offline", "--db", `${db}`]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${db}`);
  expect(stderr).toContain("--db");
  expect(stderr).not.toContain("bug");
});

test("books that are a loop of links are a sentence", async () => {
  const home = newHome();
  const [one, other] = [join(home.folder, "one.db"), join(home.folder, "other.db")];
  symlinkSync(one, other);
  symlinkSync(other, one);
  for (const command of ["fetch --offline", "stats"]) {
    const { exitCode, stderr } = await home.run([...command.split(" "), "--db", one]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(one);
    expect(stderr).not.toContain("bug");
  }
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

test("a temporary folder that cannot be used is named, the books are not blamed, and nothing read is lost", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  const nowhere = join(home.folder, "nowhere");
  const { exitCode, stderr } = await home.run(["fetch", "--offline"], { TMPDIR: nowhere });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/[Tt]he temporary folder/);
  expect(stderr).toContain(`${nowhere} cannot be written`);
  expect(stderr).not.toContain("usage.db");
  sweep(home.claude, "-app", "one");
  expect(await home.fetch()).toMatchObject({ totals: { totalTokens: 110 } });
});

test.skipIf(process.platform === "win32")(
  "books in a folder that may not be entered are a sentence, for whoever reads or writes",
  async () => {
    const home = await homeWithBooks();
    for (const folder of ["", "claude", "config"]) chmodSync(join(home.folder, folder), 0o777);
    chmodSync(join(home.folder, "config", "machine.json"), 0o666);
    chmodSync(dirname(home.db), 0o600);
    for (const command of [["fetch", "--offline"], ["stats"]]) {
      const { exitCode, stderr } = await runAsUser(home, ...command);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/usage\.db cannot be (made or )?opened[:;]/);
      expect(stderr).not.toContain("    at ");
    }
    chmodSync(dirname(home.db), 0o700);
  },
);

test.skipIf(process.platform === "win32")(
  "a transcript that may not be read is named, and counts once when it may again",
  async () => {
    const home = await homeWithBooks();
    say(home.claude, "-app", "mine", { id: "m", at: message.at, input: 70, output: 0 });
    say(home.claude, "-app", "closed", { id: "c", at: message.at, input: 500, output: 0 });
    const closed = transcriptPath(home.claude, "-app", "closed");
    chmodSync(closed, 0);
    const total = (): unknown => home.query("SELECT input_tokens FROM daily_usage");
    execaSync("chmod", ["-R", "a+rwX", home.folder]);
    chmodSync(closed, 0);
    const { stderr } = await runAsUser(home, "fetch", "--offline");
    expect(stderr).toContain(closed);
    expect(total()).toEqual([{ input_tokens: 80 }]);

    for (const mode of [0o644, 0, 0o644]) {
      chmodSync(closed, mode);
      await runAsUser(home, "fetch", "--offline");
      expect(total()).toEqual([{ input_tokens: 580 }]);
    }
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

/** A disk of the given size in bytes, or undefined where one may not be made. */
function smallDisk(folder: string, size: number): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const { failed } = execaSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk], {
    reject: false,
  });
  if (failed) return undefined;
  onTestFinished(() => void execaSync("umount", [disk], { reject: false }));
  return disk;
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
  expect(stderr).toContain(`The disk that holds ${db} is full, and nothing was written`);
  expect(stderr).not.toContain("    at ");
  const books = new Database(db, { readonly: true });
  expect(books.prepare("SELECT date, total_tokens FROM daily_usage").all()).toEqual([
    { date: "2026-11-02", total_tokens: 110 },
  ]);
  expect(books.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  books.close();
});

const migrations = readdirSync(join(root, "sql", "migrations")).toSorted();

test.for(migrations.slice(1).map((_, index) => index + 1))(
  "books of schema %i are brought up to date",
  async (version) => {
    const home = newHome();
    mkdirSync(dirname(home.db), { recursive: true });
    const books = new Database(home.db);
    for (const file of migrations.slice(0, version)) {
      books.exec(readFileSync(join(root, "sql", "migrations", file), "utf8"));
    }
    books.pragma(`user_version = ${version}`);
    books.pragma(`application_id = ${0x6363626b}`);
    books.close();
    say(home.claude, "-app", "one", message);
    expect((await home.fetch()).days.added).toBe(1);
    expect(home.query("PRAGMA user_version")).toEqual([{ user_version: migrations.length }]);
  },
);

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
  expect(JSON.parse(stats.stdout).summary.totalTokens).toBe(220);
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

test("books that a killed fetch left half written can be read at once", async () => {
  const home = await homeWithBooks();
  const books = new Database(home.db);
  books.pragma("cache_size = 1");
  books.exec("BEGIN IMMEDIATE; DELETE FROM daily_usage");
  books.exec("INSERT INTO model (name) SELECT hex(randomblob(3000)) FROM sqlite_master");
  // What is on the disk in the middle of the transaction is what a kill leaves behind.
  const killed = join(home.folder, "killed.db");
  for (const end of ["", "-journal"]) copyFileSync(`${home.db}${end}`, `${killed}${end}`);
  books.exec("ROLLBACK");
  books.close();
  const { exitCode, stdout } = await home.run(["stats", "--db", killed]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("2026-11-02");
});

test("copies of the books stay usable on their own", async () => {
  const home = await homeWithBooks();
  const copy = join(home.folder, "copy.db");
  copyFileSync(home.db, copy);
  expect(existsSync(`${home.db}-wal`)).toBe(false);
  expect((await home.run(["stats", "--db", copy])).stdout).toContain("2026-11-02");
});

test("books that were moved, with their machine's configuration or without, go on", async () => {
  const home = await homeWithBooks();
  const moved = join(home.folder, "elsewhere", "books.db");
  mkdirSync(dirname(moved));
  renameSync(home.db, moved);
  say(home.claude, "-app", "one", { ...message, id: "b" });
  await home.fetch("--db", moved);
  rmSync(join(home.folder, "config"), { recursive: true });
  say(home.claude, "-app", "one", { ...message, id: "c" });
  expect(await home.fetch("--db", moved)).toMatchObject({ totals: { days: 1, totalTokens: 330 } });
  const books = new Database(moved, { readonly: true });
  expect(books.prepare("SELECT machine, total_tokens FROM daily_usage").all()).toEqual([
    { machine: "test-machine", total_tokens: 330 },
  ]);
  books.close();
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
