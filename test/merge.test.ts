import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { joinReadings } from "../src/ledger/join.ts";
import { merge, readCopy } from "../src/ledger/merge.ts";
import { migrate } from "../src/ledger/migrate.ts";
import type { Books } from "../src/ledger/open.ts";
import { differences } from "../src/ledger/rebuild.ts";
import type { Reading } from "../src/ledger/readings.ts";
import { cell } from "./support/cells.ts";
import { newHome, seedTables, type Home } from "./support/home.ts";
import { say, sweep } from "./support/transcripts.ts";

const message = { id: "a", at: "2026-11-02T10:00:00Z", input: 500, output: 0 };

const total = (home: Home): unknown =>
  home.query("SELECT date, machine, total_tokens FROM daily_usage ORDER BY date, machine");

test("another machine's books add up, and merging again changes nothing", async () => {
  const [home, other] = [newHome(), newHome()];
  say(home.claude, "-app", "one", message);
  say(other.claude, "-app", "two", { ...message, id: "b", input: 30 });
  await home.fetch("--machine", "laptop");
  await other.fetch("--machine", "desktop");
  const theirs = readFileSync(other.db);

  const { stdout } = await home.run(["merge", other.db, "--json"]);
  expect(JSON.parse(stdout)).toEqual({
    status: "ok",
    merged: [{ file: other.db, days: 1, sessions: 1, runs: 1 }],
  });
  expect(total(home)).toEqual([
    { date: "2026-11-02", machine: "desktop", total_tokens: 30 },
    { date: "2026-11-02", machine: "laptop", total_tokens: 500 },
  ]);
  const once = home.dump();
  expect((await home.run(["merge", other.db, home.db])).stderr).toContain("held nothing new");
  expect(home.dump()).toBe(once);
  expect(readFileSync(other.db).equals(theirs)).toBe(true);
});

test("a backup brings its days back", async () => {
  const home = newHome();
  say(home.claude, "-app", "old", message);
  await home.fetch();
  const backup = join(home.folder, "backup.db");
  copyFileSync(home.db, backup);
  const before = home.dump();
  rmSync(home.db);
  sweep(home.claude, "-app", "old");
  say(home.claude, "-app", "new", { ...message, id: "b", at: "2026-11-05T10:00:00Z", input: 7 });
  await home.fetch();
  await home.run(["merge", backup]);
  expect(total(home)).toEqual([
    { date: "2026-11-02", machine: "test-machine", total_tokens: 500 },
    { date: "2026-11-05", machine: "test-machine", total_tokens: 7 },
  ]);
  for (const line of before.split("\n")) expect(home.dump()).toContain(line);
  await home.fetch();
  expect(home.query("SELECT SUM(total_tokens) AS tokens FROM daily_usage")).toEqual([
    { tokens: 507 },
  ]);
});

test("two copies of one machine's books that drifted apart give the same in either order", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  await home.fetch();
  const copy = join(home.folder, "copy.db");
  copyFileSync(home.db, copy);
  say(home.claude, "-app", "two", { ...message, id: "b", input: 30 });
  await home.fetch("--db", copy);
  say(home.claude, "-web", "three", { ...message, id: "c", at: "2026-11-03T10:00:00Z", input: 7 });
  sweep(home.claude, "-app", "two");
  await home.fetch();

  const [ab, ba] = [join(home.folder, "ab.db"), join(home.folder, "ba.db")];
  await home.run(["merge", home.db, copy, "--db", ab]);
  await home.run(["merge", copy, home.db, "--db", ba]);
  expect(dump(new Database(ab))).toBe(dump(new Database(ba)));
  expect(new Database(ab).prepare("SELECT SUM(total_tokens) FROM daily_usage").pluck().get()).toBe(
    537,
  );
});

test("a machine counted in two time zones is refused, and nothing is taken", async () => {
  const [home, other] = [newHome(), newHome({ timezone: "Asia/Tokyo" })];
  say(home.claude, "-app", "one", message);
  say(other.claude, "-app", "one", message);
  await home.fetch();
  await other.fetch();
  const before = home.dump();
  const { exitCode, stderr } = await home.run(["merge", other.db]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/test-machine are counted in \S+ in one file and in \S+ in the other/);
  expect(home.dump()).toBe(before);
});

test.for<[file: string, says: string]>([
  ["nowhere.db", "There is no file"],
  ["letter.txt", "is not a SQLite file; restore it from a copy, or name another file."],
  ["letter.json", "save it anew with `ccusage claude daily --json`."],
  ["", "is a folder; name the files in it that are to be merged."],
  ["folder.json", "is a folder; name the files in it that are to be merged."],
])("merging %j is a sentence", async ([file, says]) => {
  const home = newHome();
  for (const name of ["letter.txt", "letter.json"]) {
    writeFileSync(join(home.folder, name), "Dear diary");
  }
  mkdirSync(join(home.folder, "folder.json"));
  const { exitCode, stderr } = await home.run(["merge", join(home.folder, file)]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain("    at ");
});

/** Saves a report of this home's transcripts, as people did before ccbooks. */
async function save(home: Home, file: string, report: "daily" | "session", ...flags: string[]) {
  const path = join(home.folder, file);
  writeFileSync(path, JSON.stringify(await home.ccusage(report, ...flags)));
  return path;
}

test("saved reports bring back days and sessions from before the first fetch", async () => {
  const home = newHome();
  say(home.claude, "-app", "old", { ...message, id: "z", at: "2026-01-02T10:00:00Z" });
  say(home.claude, "-app", "one", message);
  const files = [
    await save(home, "daily.json", "daily"),
    await save(home, "projects.json", "daily", "--instances"),
    await save(home, "session.json", "session"),
  ];
  sweep(home.claude, "-app", "old");
  await home.fetch();
  const { stdout } = await home.run(["merge", ...files, "--json"]);
  expect(JSON.parse(stdout).merged[0]).toMatchObject({ days: 2, sessions: 0, runs: 0 });
  const both = [
    { date: "2026-01-02", machine: "test-machine", total_tokens: 500 },
    { date: "2026-11-02", machine: "test-machine", total_tokens: 500 },
  ];
  expect(total(home)).toEqual(both);
  // The report that knows the projects counts for more than the one that does not.
  expect(home.query("SELECT DISTINCT project_path FROM project_usage")).toEqual([
    { project_path: "-app" },
  ]);
  expect(home.query("SELECT session_id FROM session_cost ORDER BY 1")).toEqual([
    { session_id: "old" },
    { session_id: "one" },
  ]);
  const once = home.dump();
  expect((await home.run(["merge", ...files.toReversed()])).stderr).toContain("held nothing new");
  expect(home.dump()).toBe(once);

  // A fetch goes on from what it read itself, not from a file.
  const now = new Date().toISOString();
  say(home.claude, "-app", "one", { ...message, id: "b", at: now, input: 7 });
  await home.fetch();
  expect(total(home)).toEqual([
    ...both,
    { date: now.slice(0, 10), machine: "test-machine", total_tokens: 7 },
  ]);
  expect((await home.run(["rebuild"])).stderr).toContain("No difference");
});

test.for<[shell: string, encoded: (text: string) => Buffer]>([
  ["PowerShell", (text) => Buffer.from(`\uFEFF${text}`, "utf16le")],
  ["an editor with a byte order mark", (text) => Buffer.from(`\uFEFF${text}`)],
])("a report saved by %s is read", async ([, encoded]) => {
  const home = newHome();
  say(home.claude, "-app", "one", message);
  const path = await save(home, "daily.json", "daily");
  writeFileSync(path, encoded(readFileSync(path, "utf8")));
  expect((await home.run(["merge", path])).stderr).toContain("1 day and 0 sessions taken in");
});

test("a saved report never lowers a day that was fetched, nor is it added to it", async () => {
  const home = newHome();
  const now = new Date().toISOString();
  say(home.claude, "-app", "one", { ...message, at: now });
  const early = await save(home, "early.json", "daily");
  say(home.claude, "-app", "one", { ...message, id: "b", at: now, input: 30 });
  await home.fetch();
  await home.run(["merge", early]);
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 530 }]);
  say(home.claude, "-app", "one", { ...message, id: "c", at: now, input: 7 });
  await home.fetch();
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 537 }]);
});

test.for<[report: unknown, says: string]>([
  [{ blocks: [] }, "neither a daily nor a session report"],
  [[1], "neither a daily nor a session report"],
  [
    { daily: [{ period: "2026-11-02", agent: "all", metadata: { agents: ["claude", "codex"] } }] },
    "covers other agents than Claude (codex)",
  ],
  [{ daily: [{ date: "2026-11-02" }], totals: {} }, "has nothing as projects"],
])("a file that holds %j is not taken in", async ([report, says]) => {
  const home = newHome();
  const path = join(home.folder, "report.json");
  writeFileSync(path, JSON.stringify(report));
  const { exitCode, stderr } = await home.run(["merge", path]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(says);
});

function dump(books: Books): string {
  return seedTables
    .flatMap((table) => books.prepare(`SELECT * FROM ${table}`).raw().all())
    .map((row) => JSON.stringify(row))
    .join("\n");
}

const cells = fc
  .uniqueArray(fc.constantFrom("app", "web", "api"), { maxLength: 3 })
  .chain((projects) =>
    fc.tuple(
      ...projects.map((project) =>
        fc
          .record({ inputTokens: fc.nat(20), outputTokens: fc.nat(20), priced: fc.boolean() })
          .map(({ priced, ...figures }) =>
            cell({
              ...figures,
              inputTokens: figures.inputTokens + 1,
              project,
              ...(priced ? {} : { cost: null }),
            }),
          ),
      ),
    ),
  )
  .map((list) => JSON.stringify(list.toSorted((a, b) => (a.project < b.project ? -1 : 1))));

const instant = fc
  .integer({ min: 1, max: 28 })
  .map((day) => `2026-11-${`${day}`.padStart(2, "0")}T12:00:00.000Z`);

const reading: fc.Arbitrary<Reading> = fc.record({
  kind: fc.constant("day"),
  subject: fc.constantFrom("2026-11-02", "2026-11-03"),
  project_path: fc.constant(""),
  agent: fc.constant("claude"),
  machine: fc.constantFrom("laptop", "desktop"),
  method: fc.constantFrom("18", "20"),
  reported: cells,
  carried: cells,
  whole: fc.constantFrom<0 | 1>(0, 1),
  shown: fc.constant<0 | 1>(0),
  first_activity: fc.constant(null),
  last_activity: fc.constant(null),
  last_activity_at: fc.constant(null),
  first_read_at: instant,
  read_at: instant,
  last_read_at: instant,
});

test("joining two readings of one key is the same in any order and any number of times", () => {
  const sameKey = fc
    .tuple(reading, reading, reading)
    .map((list) =>
      list.map((each) => ({ ...each, subject: "2026-11-02", machine: "laptop", method: "20" })),
    );
  fc.assert(
    fc.property(sameKey, ([a, b, c]) => {
      if (!a || !b || !c) throw new Error("three are made");
      expect(joinReadings(a, b)).toEqual(joinReadings(b, a));
      expect(joinReadings(a, joinReadings(b, c))).toEqual(joinReadings(joinReadings(a, b), c));
      expect(joinReadings(a, a)).toEqual(a);
    }),
    { numRuns: 3000 },
  );
});

test("random books merged in any order, any number of times, are the same books", () => {
  const runs = Number(process.env["CCBOOKS_MERGES"] ?? 150);
  const readings = fc.uniqueArray(reading, {
    maxLength: 6,
    selector: ({ subject, machine, method }) => `${subject} ${machine} ${method}`,
  });
  fc.assert(
    fc.property(fc.array(readings, { minLength: 2, maxLength: 3 }), fc.nat(5), (copies, turn) => {
      const files = copies.map(booksOf);
      const forth = merged(files);
      const shuffled = [
        ...files.slice(turn % files.length),
        ...files.slice(0, turn % files.length),
      ];
      const back = merged([...shuffled.toReversed(), ...files, ...shuffled]);
      expect(dump(back)).toBe(dump(forth));
      expect(differences(forth)).toEqual([]);
      for (const books of [...files, forth, back]) books.close();
    }),
    { numRuns: runs },
  );
  process.stdout.write(`${runs} random merges, all the same in any order\n`);
});

function empty(): Books {
  const books = new Database(":memory:");
  books.pragma("foreign_keys = ON");
  migrate(books, ":memory:");
  return books;
}

function merged(files: readonly Books[]): Books {
  const books = empty();
  for (const file of files) merge(books, readCopy(file));
  return books;
}

/** Books that hold these readings, settled. */
function booksOf(readings: readonly Reading[]): Books {
  const [books, copy] = [empty(), readCopy(empty())];
  merge(books, {
    ...copy,
    methods: ["18", "20"].map((name) => ({
      name,
      ccusage_version: name,
      cost_mode: "auto",
      timezone: "UTC",
    })),
    readings: [...readings],
  });
  return books;
}
