import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { inconsistencies } from "../src/ledger/consistency.ts";
import { dumpOf } from "./support/books.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

/** Somebody else's books: nothing in them runs, hangs, or comes in that a scan could not have brought. */

const MACHINE = { id: "0123456789abcdef", name: "laptop", timezone: "UTC" };
const OTHER = { id: "fedcba9876543210", name: "desktop", timezone: "UTC" };

const made = newHome({ after: afterAll });
const theirs = join(made.folder, "theirs.db");
const ours = join(made.folder, "ours.db");

beforeAll(async () => {
  delete made.env["CCBOOKS_MACHINE"];
  configure(made, OTHER);
  say(made.claude, "-app", "two", { id: "b", at: "2026-11-02T11:00:00Z", input: 30, output: 1 });
  say(made.claude, "-app", "odd", { id: "c", at: "2026-11-02T12:00:00Z", input: 7, output: 1 });
  await made.fetch("--db", theirs);
  configure(made, MACHINE);
  made.env["CLAUDE_CONFIG_DIR"] = join(made.folder, "mine");
  say(join(made.folder, "mine"), "-app", "one", {
    id: "a",
    at: "2026-11-02T10:00:00Z",
    input: 500,
  });
  await made.fetch("--db", ours);
});

function configure(home: Home, machine: object): void {
  const folder = join(home.folder, "config");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "machine.json"), JSON.stringify(machine));
}

/** A home with books of one call, and beside them those of another machine with two. */
function homeBesideOther(): { home: Home; other: string } {
  const home = newHome();
  delete home.env["CCBOOKS_MACHINE"];
  configure(home, MACHINE);
  mkdirSync(dirname(home.db), { recursive: true });
  copyFileSync(ours, home.db);
  const other = join(home.folder, "other.db");
  copyFileSync(theirs, other);
  return { home, other };
}

/** Does to a file what its owner may do who means harm. */
function craft(path: string, sql: string | ((books: Database.Database) => void)): void {
  const books = new Database(path);
  books.unsafeMode(true);
  books.pragma("foreign_keys = OFF");
  books.pragma("writable_schema = ON");
  if (typeof sql === "string") books.exec(sql);
  else sql(books);
  books.close();
}

/** Merges; what takes longer than this hangs. */
async function merge(home: Home, other: string, user: { uid?: number } = {}) {
  const { stdout, stderr, exitCode, timedOut } = await execa(
    process.execPath,
    [join(root, "dist", "ccbooks.js"), "merge", other, "--offline", "--json"],
    {
      ...{ env: home.env, extendEnv: false, reject: false, stdin: "ignore", ...user },
      ...{ timeout: 50_000, killSignal: "SIGKILL" },
    },
  );
  expect(timedOut).toBe(false);
  expect(stderr).not.toContain("This is a bug");
  return { exitCode, stderr, answer: stdout === "" ? undefined : JSON.parse(stdout) };
}

/** Everything in the books; they are whole. */
function dump(path: string): string {
  const books = new Database(path);
  try {
    expect(books.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(books.pragma("foreign_key_check")).toEqual([]);
    expect(inconsistencies(books)).toEqual([]);
    return dumpOf(books);
  } finally {
    books.close();
  }
}

const inputOf = (home: Home): unknown[] =>
  home.query("SELECT machine, input_tokens AS input FROM daily_usage ORDER BY 1");

test("the books that the crafted ones are made from are let in whole", async () => {
  const { home, other } = homeBesideOther();
  const { answer } = await merge(home, other);
  expect(answer.merged).toMatchObject([{ added: 2, refused: 0 }]);
  expect(inputOf(home)).toEqual([
    { machine: "desktop", input: 37 },
    { machine: "laptop", input: 500 },
  ]);
});

const ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";
const NOT_OURS = /has a "\w+" that no ccbooks made, so nothing of it was taken; merge a file that/;

const refused: { what: string; sentence: RegExp; craft(path: string): void }[] = [
  {
    what: "a table that is a view without an end",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(path, `DROP TABLE machine; CREATE VIEW machine AS ${ENDLESS} SELECT x AS id FROM n`),
  },
  {
    what: "a table of names that is a view",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(
        path,
        `DROP TABLE model; CREATE VIEW model AS ${ENDLESS} SELECT x AS id, x AS name FROM n`,
      ),
  },
  {
    what: "a virtual table",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(path, "DROP TABLE call; CREATE VIRTUAL TABLE call USING fts5(message, request)"),
  },
  {
    what: "a generated column",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(path, "ALTER TABLE call ADD COLUMN more AS (hex(zeroblob(100000000))) VIRTUAL"),
  },
  {
    what: "a column named like SQL",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(
        path,
        `ALTER TABLE call RENAME COLUMN details TO "details FROM call; DROP TABLE call; --"`,
      ),
  },
  {
    what: "a table that is named like SQL",
    sentence: NOT_OURS,
    craft: (path) => craft(path, `ALTER TABLE session RENAME TO "session; DROP TABLE call; --"`),
  },
  {
    what: "a table without its checks",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(
        path,
        "DROP TABLE saved_usage; CREATE TABLE saved_usage (kind, subject, agent, machine)",
      ),
  },
  {
    what: "a trigger",
    sentence: NOT_OURS,
    craft: (path) =>
      craft(path, "CREATE TRIGGER harm AFTER INSERT ON machine BEGIN DELETE FROM call; END"),
  },
  {
    what: "one page as two tables",
    sentence: /is damaged, (so|and) nothing/,
    craft: (path) =>
      craft(
        path,
        `UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'branch')
         WHERE name = 'model'`,
      ),
  },
  {
    what: "one page many times in one table",
    sentence: /is damaged, (so|and) nothing/,
    craft: repeatPage,
  },
  {
    what: "a schema that is endless to read",
    sentence: /is damaged, (so|and) nothing/,
    craft: repeatSchemaPage,
  },
  {
    what: "the half of it",
    sentence: /is damaged, (so|and) nothing/,
    craft: (path) => truncateSync(path, 4096 * Math.floor(statSync(path).size / 8192)),
  },
  {
    what: "the first hundred bytes of it",
    sentence: /is (damaged|not a SQLite file)/,
    craft: (path) => truncateSync(path, 100),
  },
  {
    what: "noise where its pages were",
    sentence: /is damaged, (so|and) nothing/,
    craft: (path) => {
      const bytes = readFileSync(path);
      bytes.fill(0xff, 8192, bytes.length - 4096);
      writeFileSync(path, bytes);
    },
  },
  {
    what: "another program's mark",
    sentence: /is a SQLite file, but not one of ccbooks; name another file/,
    craft: (path) => craft(path, "PRAGMA application_id = 7"),
  },
  {
    what: "a newer schema",
    sentence: /was written by a newer ccbooks \(schema 999.*update ccbooks to read it/,
    craft: (path) => craft(path, "PRAGMA user_version = 999"),
  },
  {
    what: "a schema from before the first",
    sentence: /is a SQLite file, but not one of ccbooks; name another file/,
    craft: (path) => craft(path, "PRAGMA user_version = 0"),
  },
  {
    what: "a schema of less than nothing",
    sentence: /ccbooks/,
    craft: (path) => craft(path, "PRAGMA user_version = -5"),
  },
  {
    what: "nothing",
    sentence: /is empty; name another file/,
    craft: (path) => writeFileSync(path, ""),
  },
];

/** Has every child of a table's first page be the same one. */
function repeatPage(path: string): void {
  let page = 0;
  craft(path, (books) => {
    const columns = books
      .prepare<[], string>(
        "SELECT name FROM pragma_table_info('call') WHERE name NOT IN ('id', 'message')",
      )
      .pluck()
      .all()
      .join(", ");
    books.exec(
      `${ENDLESS} INSERT INTO call (message, ${columns})
       SELECT 1000000 + x, ${columns} FROM (SELECT x FROM n LIMIT 5000), (SELECT * FROM call LIMIT 1)`,
    );
    const first = books.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'call'");
    page = Number(first.pluck().get());
  });
  const bytes = readFileSync(path);
  const start = (page - 1) * 4096;
  const INTERIOR = 5;
  expect(bytes[start]).toBe(INTERIOR);
  const cells = bytes.readUInt16BE(start + 3);
  const childAt = (cell: number): number => start + bytes.readUInt16BE(start + 12 + 2 * cell);
  const child = bytes.readUInt32BE(childAt(0));
  for (let cell = 1; cell < cells; cell++) bytes.writeUInt32BE(child, childAt(cell));
  writeFileSync(path, bytes);
}

const PAGE = 4096;

/**
 * Adds pages to the schema: one with a row that SQLite takes any number of times, one that has that page 400
 * times, one that has that one 400 times, and so on.
 */
function repeatSchemaPage(path: string): void {
  const bytes = readFileSync(path);
  const pages: Buffer[] = [];
  const numberOfNext = (): number => bytes.length / PAGE + pages.length + 1;
  const interior = (children: readonly number[]): number => {
    const page = Buffer.alloc(PAGE);
    const [last = 0, ...others] = children;
    page[0] = 5;
    page.writeUInt16BE(others.length, 3);
    const cells = PAGE - 6 * others.length;
    page.writeUInt16BE(cells, 5);
    page.writeUInt32BE(last, 8);
    for (const [index, child] of others.entries()) {
      page.writeUInt16BE(cells + 6 * index, 12 + 2 * index);
      page.writeUInt32BE(child, cells + 6 * index);
      page[cells + 6 * index + 4] = 1;
    }
    pages.push(page);
    return numberOfNext() - 1;
  };
  // Without any SQL: the index that a UNIQUE column has.
  const text = Buffer.from("indexsqlite_autoindex_machine_1machine");
  const header = Buffer.from([6, 13 + 2 * 5, 13 + 2 * 26, 13 + 2 * 7, 1, 0]);
  const record = Buffer.concat([header, text, Buffer.from([3])]);
  const leaf = Buffer.alloc(PAGE);
  const start = PAGE - record.length - 2;
  leaf[0] = 13;
  leaf.writeUInt16BE(1, 3);
  leaf.writeUInt16BE(start, 5);
  leaf.writeUInt16BE(start, 8);
  leaf[start] = record.length;
  leaf[start + 1] = 1;
  record.copy(leaf, start + 2);
  pages.push(leaf);
  let child = numberOfNext() - 1;
  for (let depth = 0; depth < 6; depth++)
    child = interior(Array.from({ length: 400 }, () => child));
  const RIGHTMOST = 108;
  const joined = interior([child, bytes.readUInt32BE(RIGHTMOST)]);
  expect(bytes[100]).toBe(5);
  bytes.writeUInt32BE(joined, RIGHTMOST);
  const whole = Buffer.concat([bytes, ...pages]);
  whole.writeUInt32BE(whole.length / PAGE, 28);
  writeFileSync(path, whole);
}

test.for(refused)("books with $what are refused, and nothing of them is taken", async (how) => {
  const { home, other } = homeBesideOther();
  how.craft(other);
  const bytes = readFileSync(other);
  const before = dump(home.db);
  const { exitCode, stderr, answer } = await merge(home, other);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(other);
  expect(stderr).toMatch(how.sentence);
  expect(stderr).not.toContain("    at ");
  expect(answer.status).toBe("failed");
  expect(dump(home.db)).toBe(before);
  expect(readFileSync(other).equals(bytes)).toBe(true);
});

const ODD =
  "(SELECT c.id FROM call AS c JOIN session_day AS d ON d.id = c.session_day JOIN session AS s ON s.id = d.session WHERE s.session_id = 'odd')";

/** What becomes of the one odd call: `set` is what its row says instead. */
const oddCalls: [what: string, set: string][] = [
  ["negative tokens", "input_tokens = -500000000"],
  ["more tokens than any call has", "input_tokens = 9007199254740993"],
  ["a part of a token", "output_tokens = 1.5"],
  ["tokens that are a text", "cache_read_tokens = 'many'"],
  ["tokens that are bytes", "cache_creation_5m_tokens = x'00ff'"],
  ["an infinite cost", "line_cost = 9e999"],
  ["a negative cost", "line_cost = -5"],
  ["a cost that is a text", "line_cost = 'free'"],
  ["the year 9999", `at = ${Date.parse("9999-12-31T23:00:00Z")}`],
  ["the year 1999", `at = ${Date.parse("1999-12-31T23:00:00Z")}`],
  ["a day next week", `at = ${Date.now() + 7 * 86_400_000}`],
  ["a time that is none", "at = 'yesterday'"],
  ["a time beyond all times", "at = 9e15"],
  ["a negative identity", "message = -1"],
  ["a speed that nobody knows", "speed = 'warp'"],
  ["a flag of five", "is_sidechain = 5"],
  ["details that are no JSON", "details = '{\"a\":'"],
  ["details that are a list", "details = '[1]'"],
  ["details of ten thousand letters", `details = '{"a":"' || hex(zeroblob(5000)) || '"}'`],
  ["details that say its tokens again", `details = '{"input_tokens":999999}'`],
  ["details that say them twice", `details = '{"a":1,"a":2}'`],
  ["details with a line of their own", `details = '{"a":' || char(10) || '1}'`],
  ["a service tier of ten thousand letters", "service_tier = hex(zeroblob(5000))"],
  ["no transcript", "transcript = 999"],
  ["no day", "session_day = 999"],
  ["no model", "model = 999"],
  ["a branch that is a number", "branch = (SELECT id FROM branch WHERE name = 7)"],
];

describe("of books with one call that no scan could have brought the others are taken", () => {
  test.for(oddCalls)("where it has %s", async ([, set]) => {
    const { home, other } = homeBesideOther();
    craft(other, "INSERT INTO branch (name) VALUES (x'07')");
    craft(
      other,
      `UPDATE call SET ${set.replace("WHERE name = 7", "WHERE name = x'07'")} WHERE id = ${ODD}`,
    );
    const { exitCode, answer } = await merge(home, other);
    expect(exitCode).toBe(0);
    expect(answer.merged).toMatchObject([{ added: 1, refused: 1 }]);
    dump(home.db);
    expect(inputOf(home)).toEqual([
      { machine: "desktop", input: 30 },
      { machine: "laptop", input: 500 },
    ]);
    expect(home.query("SELECT id FROM call")).toHaveLength(2);
  });
});

/** What else may be odd, and which calls come in all the same. */
const oddRows: [what: string, sql: string, added: number][] = [
  ["a model of ten thousand letters", "UPDATE model SET name = hex(zeroblob(5000))", 0],
  ["a model that is bytes", "UPDATE model SET name = x'00'", 0],
  ["a version of ten thousand letters", "UPDATE client_version SET name = hex(zeroblob(5000))", 0],
  [
    "a session of ten thousand letters",
    "UPDATE session SET session_id = hex(zeroblob(5000)) WHERE session_id = 'odd'",
    1,
  ],
  ["a session without a name", "UPDATE session SET session_id = '' WHERE session_id = 'odd'", 1],
  [
    "a session of another agent",
    "UPDATE session SET agent = 'someone' WHERE session_id = 'odd'",
    1,
  ],
  [
    "a title of ten thousand letters",
    "UPDATE session SET title = hex(zeroblob(5000)), title_seen_at = first_seen_at WHERE session_id = 'odd'",
    1,
  ],
  [
    "a cost state without an end",
    "INSERT INTO cost_state SELECT id, 9e999, NULL, NULL, 0 FROM session WHERE session_id = 'odd'",
    1,
  ],
  [
    "a project of ten thousand letters",
    "UPDATE session SET project_path = hex(zeroblob(5000)) WHERE session_id = 'odd'",
    1,
  ],
  [
    "a path of ten thousand letters",
    "UPDATE transcript SET path = hex(zeroblob(5000)) WHERE path LIKE '%odd%'",
    1,
  ],
  ["a machine with another id", "UPDATE machine SET uid = '../../etc/passwd'", 0],
  ["a machine of ten thousand letters", "UPDATE machine SET name = hex(zeroblob(5000))", 0],
  ["a machine in no zone", "UPDATE machine SET timezone = 'CET-1CEST'", 0],
  ["a machine that never changed", "UPDATE machine SET changed_at = 'never'", 0],
  ["a saved day of the year 9999", saved("'9999-01-02'", "'[]'"), 2],
  ["a saved day of 1999", saved("'1999-01-02'", "'[]'"), 2],
  ["a saved day that is none", saved("'2026-02-30'", "'[]'"), 2],
  ["saved cells that are no list", saved("'2026-01-02'", "'{}'"), 2],
  ["saved cells with negative tokens", saved("'2026-01-02'", savedCells(-5, "1")), 2],
  ["saved cells with an infinite cost", saved("'2026-01-02'", savedCells(5, "9e999")), 2],
  [
    "saved cells a million deep",
    `PRAGMA ignore_check_constraints = ON; ${saved("'2026-01-02'", "replace(hex(zeroblob(500000)), '0', '[')")}`,
    2,
  ],
  [
    "saved cells of fifty megabytes",
    saved("'2026-01-02'", `'["' || hex(zeroblob(25000000)) || '"]'`),
    2,
  ],
  [
    "a revision of the year 9999",
    revision("'9999-01-02'", "'2026-11-03T10:00:00.000Z'", "'recount'", 5),
    2,
  ],
  [
    "a revision made in the year 9999",
    revision("'2026-11-02'", "'9999-01-02T10:00:00.000Z'", "'recount'", 5),
    2,
  ],
  [
    "a revision for no reason of ours",
    revision("'2026-11-02'", "'2026-11-03T10:00:00.000Z'", "'DROP TABLE call'", 5),
    2,
  ],
  [
    "a revision to negative tokens",
    revision("'2026-11-02'", "'2026-11-03T10:00:00.000Z'", "'recount'", -5),
    2,
  ],
];

function saved(date: string, list: string): string {
  return `INSERT INTO saved_usage (kind, subject, agent, machine, cells, total_tokens, saved_at)
    SELECT 'day', ${date}, 'claude', id, ${list}, 5, '2026-01-03T10:00:00.000Z' FROM machine`;
}

function savedCells(tokens: number, cost: string): string {
  return `'[{"project":"-app","model":"opus","inputTokens":${tokens},"outputTokens":0,"cacheCreationTokens":0,"cacheReadTokens":0,"cost":${cost},"unpricedTokens":0}]'`;
}

function revision(date: string, at: string, reason: string, tokens: number): string {
  return `INSERT INTO revision SELECT ${date}, 'claude', id, ${at}, ${reason}, NULL, 0, NULL, ${tokens}, NULL FROM machine`;
}

describe("of books with a row that no scan could have brought the rest is taken", () => {
  test.for(oddRows)("where it is %s", async ([, sql, added]) => {
    const { home, other } = homeBesideOther();
    craft(other, sql);
    const before = home.query("SELECT * FROM daily_usage WHERE machine = 'laptop'");
    const { exitCode, answer } = await merge(home, other);
    expect(exitCode).toBe(0);
    expect(answer.merged).toMatchObject([{ added, saved: 0, refused: expect.any(Number) }]);
    expect(answer.merged[0].refused).toBeGreaterThan(0);
    dump(home.db);
    expect(home.query("SELECT * FROM daily_usage WHERE machine = 'laptop'")).toEqual(before);
    expect(home.query("SELECT date FROM daily_usage WHERE date NOT LIKE '2026-11-%'")).toEqual([]);
    expect(home.query("SELECT date FROM revision")).toEqual([]);
  });
});

test("a name of a megabyte, though sixty thousand calls have it, takes no time", async () => {
  const { home, other } = homeBesideOther();
  repeatCalls(other, 60_000);
  craft(other, "UPDATE model SET name = hex(zeroblob(500000))");
  const { exitCode, answer } = await merge(home, other);
  expect(exitCode).toBe(0);
  expect(answer.merged).toMatchObject([{ added: 0, refused: 60_002 }]);
});

/** Adds calls like the first one. */
function repeatCalls(path: string, times: number): void {
  craft(path, (books) => {
    const columns = books
      .prepare<[], string>(
        "SELECT name FROM pragma_table_info('call') WHERE name NOT IN ('id', 'message')",
      )
      .pluck()
      .all()
      .join(", ");
    books.exec(
      `${ENDLESS} INSERT INTO call (message, ${columns})
       SELECT 1000000 + x, ${columns} FROM (SELECT x FROM n LIMIT ${times}), (SELECT * FROM call LIMIT 1)`,
    );
  });
}

test("names that are data to others are data here", async () => {
  const { home, other } = homeBesideOther();
  craft(
    other,
    `UPDATE session SET project_path = '__proto__', session_id = '../../../x' WHERE session_id = 'odd';
     UPDATE model SET name = '"; DROP TABLE call; --';
     UPDATE machine SET name = 'constructor'`,
  );
  expect((await merge(home, other)).answer.merged).toMatchObject([{ added: 2, refused: 0 }]);
  dump(home.db);
  expect(
    home.query("SELECT DISTINCT model_name FROM model_breakdown WHERE machine = ?", "constructor"),
  ).toEqual([{ model_name: '"; DROP TABLE call; --' }]);
  expect(
    home.query("SELECT project_path FROM project_usage WHERE project_path LIKE '\\_%' ESCAPE '\\'"),
  ).toEqual([{ project_path: "__proto__" }]);
  expect((await home.run(["stats"])).exitCode).toBe(0);
});

test("machines that share name and the beginning of their ids, or have another's label for a name, keep apart", async () => {
  const { home, other } = homeBesideOther();
  craft(
    other,
    `INSERT INTO machine (uid, name, label, timezone, changed_at) VALUES
       ('0123000000000000', 'laptop', 'x1', 'UTC', '2026-11-01T00:00:00.000Z'),
       ('4567000000000000', 'laptop-0123', 'x2', 'UTC', '2026-11-01T00:00:00.000Z'),
       ('89ab000000000000', '0123456789abcdef', 'x3', 'UTC', '2026-11-01T00:00:00.000Z')`,
  );
  const { exitCode } = await merge(home, other);
  expect(exitCode).toBe(0);
  dump(home.db);
  const labels = home.query<{ label: string }>("SELECT label FROM machine");
  expect(new Set(labels.map(({ label }) => label)).size).toBe(5);
});

test("books that claim to be this machine's, under another name and zone, do so until the next fetch", async () => {
  const { home, other } = homeBesideOther();
  craft(
    other,
    `UPDATE machine SET uid = '${MACHINE.id}', name = 'theirs now', timezone = 'Pacific/Kiritimati',
       changed_at = '9999-12-31T23:59:59.999Z'`,
  );
  expect((await merge(home, other)).exitCode).toBe(0);
  home.env["CLAUDE_CONFIG_DIR"] = join(made.folder, "mine");
  await home.fetch();
  dump(home.db);
  expect(home.query("SELECT name, timezone FROM machine")).toEqual([
    { name: "laptop", timezone: "UTC" },
  ]);
  expect(home.query("SELECT DISTINCT date, machine FROM daily_usage")).toEqual([
    { date: "2026-11-02", machine: "laptop" },
  ]);
});

test("other books with a WAL file beside them are a sentence with what to do, and stay as they are", async () => {
  const { home, other } = homeBesideOther();
  const whole = join(home.folder, "whole.db");
  copyFileSync(other, whole);
  const open = new Database(whole);
  open.pragma("journal_mode = WAL");
  open.exec("UPDATE call SET input_tokens = input_tokens + 1000");
  for (const end of ["", "-wal"]) copyFileSync(`${whole}${end}`, `${other}${end}`);
  open.close();
  const bytes = readFileSync(other);
  const before = dump(home.db);
  const { exitCode, stderr } = await merge(home, other);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`run \`sqlite3 ${other} "PRAGMA journal_mode = DELETE"\` once`);
  expect(dump(home.db)).toBe(before);
  expect(readFileSync(other).equals(bytes)).toBe(true);

  const books = new Database(other);
  books.pragma("journal_mode = DELETE");
  books.close();
  expect((await merge(home, other)).answer.merged).toMatchObject([{ added: 2, refused: 0 }]);
  expect(inputOf(home)).toContainEqual({ machine: "desktop", input: 2037 });
});

test("other books that a kill left half written are a sentence with what to do", async () => {
  const { home, other } = homeBesideOther();
  const whole = join(home.folder, "whole.db");
  copyFileSync(other, whole);
  const open = new Database(whole);
  open.pragma("cache_size = 1");
  open.exec("BEGIN IMMEDIATE; DELETE FROM call");
  open.exec("INSERT INTO model (name) SELECT hex(randomblob(3000)) FROM sqlite_master");
  for (const end of ["", "-journal"]) copyFileSync(`${whole}${end}`, `${other}${end}`);
  open.exec("ROLLBACK");
  open.close();
  const before = dump(home.db);
  const { exitCode, stderr } = await merge(home, other);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`run \`ccbooks stats --db ${other}\` once`);
  expect(dump(home.db)).toBe(before);
  await home.run(["stats", "--db", other]);
  expect((await merge(home, other)).answer.merged).toMatchObject([{ added: 2 }]);
});

test.skipIf(process.platform === "win32")(
  "other books that may not be read are a sentence",
  async () => {
    const { home, other } = homeBesideOther();
    const NOBODY = 65_534;
    for (const name of readdirSync(home.folder)) chmodSync(join(home.folder, name), 0o777);
    for (const path of [home.folder, home.db, dirname(home.db)]) chmodSync(path, 0o777);
    chmodSync(join(home.folder, "config", "machine.json"), 0o666);
    chmodSync(other, 0);
    const user = process.getuid?.() === 0 ? { uid: NOBODY } : {};
    const { exitCode, stderr } = await merge(home, other, user);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${other} cannot be opened`);
    expect(stderr).toContain("name another file");
  },
);
