import { spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

const message = { id: "a", at: "2026-11-02T10:00:00Z" };

async function homeWithBooks(): Promise<Home> {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  await home.fetch();
  return home;
}

/** Every row of every table, and what SQLite says of the file. */
function everything(path: string) {
  const books = new Database(path, { readonly: true });
  try {
    const tables = books
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    return {
      schema: books.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY name").all(),
      marks: ["user_version", "application_id"].map((mark) => books.pragma(mark)),
      rows: tables.map((table) => [table, books.prepare(`SELECT * FROM ${table}`).raw().all()]),
      integrity: books.pragma("integrity_check", { simple: true }),
    };
  } finally {
    books.close();
  }
}

test("a backup holds everything the books hold, and works as books", async () => {
  const home = await homeWithBooks();
  const file = join(home.folder, "Sicherung 'x' ✓.db");
  const { exitCode, stdout, stderr } = await home.run(["backup", file]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
  expect(stderr).toMatch(/^The books are backed up in .*✓\.db \([\d.]+ kB\)\.$/);
  expect(everything(file)).toEqual(everything(home.db));
  expect(everything(file)).toMatchObject({ integrity: "ok" });
  const [ours, theirs] = await Promise.all([
    home.run(["stats", "--json"]),
    home.run(["stats", "--json", "--db", file]),
  ]);
  expect(theirs).toMatchObject({ exitCode: 0, stdout: ours.stdout });
});

test("a backup may be named from the current folder or with ~", async () => {
  const home = await homeWithBooks();
  await home.run(["backup", "near.db"]);
  await home.run(["backup", "~/at-home.db"]);
  for (const name of ["near.db", "at-home.db"]) {
    expect(existsSync(join(home.folder, name)), name).toBe(true);
  }
});

test("--json gives the path and size as data, and --quiet says nothing", async () => {
  const home = await homeWithBooks();
  const path = join(home.folder, "one.db");
  const json = await home.run(["backup", "one.db", "--json"]);
  expect(json).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(json.stdout)).toEqual({ status: "ok", path, bytes: statSync(path).size });
  expect(await home.run(["backup", "two.db", "--quiet"])).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
  expect(existsSync(join(home.folder, "two.db"))).toBe(true);
});

test("a backup leaves out the space that deleted rows held", async () => {
  const home = await homeWithBooks();
  const books = new Database(home.db);
  books.exec(`
    CREATE TABLE bulk AS SELECT zeroblob(1000000) AS space;
    DROP TABLE bulk`);
  books.close();
  await home.run(["backup", "small.db"]);
  expect(statSync(home.db).size).toBeGreaterThan(1_000_000);
  expect(statSync(join(home.folder, "small.db")).size).toBeLessThan(500_000);
});

test.skipIf(process.platform === "win32")(
  "a backup is readable by its owner alone, whatever the umask",
  async () => {
    const home = await homeWithBooks();
    const before = process.umask(0);
    try {
      await home.run(["backup", "mine.db"]);
    } finally {
      process.umask(before);
    }
    expect(statSync(join(home.folder, "mine.db")).mode & 0o777).toBe(0o600);
  },
);

const refusals: { says: string; file: string; sentence: string; prepare(home: Home): void }[] = [
  {
    says: "a file that exists",
    file: "old.db",
    sentence: "old.db exists, and a backup replaces nothing; name another file",
    prepare: (home) => writeFileSync(join(home.folder, "old.db"), "precious"),
  },
  {
    says: "a link to nowhere",
    file: "link.db",
    sentence: "link.db exists, and a backup replaces nothing; name another file",
    prepare: (home) => symlinkSync(join(home.folder, "nowhere"), join(home.folder, "link.db")),
  },
  {
    says: "a folder",
    file: "claude",
    sentence: "claude is a folder; name a file in it",
    prepare: () => undefined,
  },
  {
    says: "a file in no folder",
    file: "nowhere/x.db",
    sentence: "There is no folder",
    prepare: () => undefined,
  },
  {
    says: "a file below a file",
    file: "plain/x.db",
    sentence: "There is no folder",
    prepare: (home) => writeFileSync(join(home.folder, "plain"), ""),
  },
  {
    says: "the books",
    file: "data/usage.db",
    sentence: "usage.db is the books themselves; name another file",
    prepare: () => undefined,
  },
  {
    says: "the books by another name",
    file: "same.db",
    sentence: "same.db is the books themselves; name another file",
    prepare: (home) => linkSync(home.db, join(home.folder, "same.db")),
  },
  {
    says: "the books through a link",
    file: "link.db",
    sentence: "link.db is the books themselves; name another file",
    prepare: (home) => symlinkSync(home.db, join(home.folder, "link.db")),
  },
];

test.for(refusals)(
  "a backup is never written over or into $says",
  async ({ file, sentence, prepare }) => {
    const home = await homeWithBooks();
    prepare(home);
    const [books, names] = [readFileSync(home.db), readdirSync(home.folder)];
    const { exitCode, stdout, stderr } = await home.run(["backup", file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(readFileSync(home.db).equals(books)).toBe(true);
    expect(readdirSync(home.folder)).toEqual(names);
    if (file === "old.db") expect(readFileSync(join(home.folder, file), "utf8")).toBe("precious");
  },
);

test("without books there is nothing to back up, and nothing is made", async () => {
  const home = newHome();
  const { exitCode, stderr } = await home.run(["backup", "x.db"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`);
  expect(existsSync(join(home.folder, "x.db"))).toBe(false);
  expect(existsSync(dirname(home.db))).toBe(false);
});

test("a backup without a file to write is wrong usage", async () => {
  const home = await homeWithBooks();
  const { exitCode, stderr } = await home.run(["backup"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("`ccbooks backup --help`");
});

test.for<[says: string, sentence: string, prepare: (path: string) => void]>([
  [
    "damaged books",
    "is damaged",
    (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  ],
  ["a diary", "is not a SQLite file", (path) => writeFileSync(path, "Dear diary, ".repeat(1000))],
  [
    "another program's SQLite file",
    "not one of ccbooks",
    (path) => {
      writeFileSync(path, "");
      new Database(path).exec("CREATE TABLE other (a)").close();
    },
  ],
])("of %s no backup is made", async ([, sentence, prepare]) => {
  const home = await homeWithBooks();
  prepare(home.db);
  const names = readdirSync(home.folder);
  const { exitCode, stderr } = await home.run(["backup", "x.db"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(home.db);
  expect(stderr).toContain(sentence);
  expect(readdirSync(home.folder)).toEqual(names);
});

// A limit on the size of files fails in the middle of writing, as a full disk does.
test.skipIf(process.platform === "win32")(
  "a backup that fails half way is a sentence and leaves nothing behind",
  async () => {
    const home = await homeWithBooks();
    const names = readdirSync(home.folder);
    const program = join(root, "dist", "ccbooks.js");
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", 'ulimit -f 8; exec "$@"', "sh", process.execPath, program, "backup", "x.db"],
      { cwd: home.folder, env: home.env, encoding: "utf8" },
    );
    expect(stderr).toMatch(/^\[error\] .*x\.db could not be written .*; check the disk/);
    expect(status).toBe(1);
    expect(readdirSync(home.folder)).toEqual(names);
  },
);

test("backups taken while fetches write are whole, each as of one moment", async () => {
  const home = newHome();
  writeTranscripts(home.claude, { ...shapes.demo, days: 6, seed: 3, until: new Date() });
  await home.fetch();
  const runs = [0, 1, 2, 3].flatMap((index) => {
    say(home.claude, "-app", `new-${index}`, { ...message, id: `new-${index}`, input: 1000 });
    return [
      home.run(["fetch", "--offline", "--quiet"]),
      home.run(["backup", "--quiet", `b${index}.db`]),
    ];
  });
  for (const ran of await Promise.all(runs)) expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  for (const index of [0, 1, 2, 3]) {
    const backup = new Database(join(home.folder, `b${index}.db`), { readonly: true });
    const sums = backup
      .prepare<[], { days: number; projects: number }>(
        `SELECT (SELECT SUM(total_tokens) FROM daily_usage) AS days,
           (SELECT SUM(total_tokens) FROM project_usage) AS projects`,
      )
      .get();
    expect(sums?.days).toBeGreaterThan(0);
    expect(sums?.projects).toBe(sums?.days);
    expect(backup.pragma("integrity_check", { simple: true })).toBe("ok");
    backup.close();
  }
});
