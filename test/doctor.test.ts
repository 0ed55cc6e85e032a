import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";

import { addDays } from "../src/dates.ts";
import { newHome, type Home } from "./support/home.ts";
import { say, transcriptPath } from "./support/transcripts.ts";

interface Check {
  name: string;
  status: "ok" | "warn" | "fail";
  message: string;
}

const DAY = 86_400_000;

/** What doctor finds, by the name of the check. */
async function examined(home: Home, flags: string[] = [], more: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await home.run(["doctor", "--json", ...flags], more);
  expect(stderr).toBe("");
  const { status, checks }: { status: string; checks: Check[] } = JSON.parse(stdout);
  const hasFailed = checks.some((check) => check.status === "fail");
  expect({ status, exitCode }).toEqual(
    hasFailed ? { status: "failed", exitCode: 1 } : { status: "ok", exitCode: 0 },
  );
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

async function homeWithBooks(options: { timezone?: string } = {}): Promise<Home> {
  const home = newHome(options);
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  await home.fetch();
  return home;
}

function change(home: Home, sql: string): void {
  const books = new Database(home.db);
  books.exec(sql);
  books.close();
}

/** Everything below a folder, to be compared byte by byte. */
const contents = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return entry.isFile() ? `${path} ${readFileSync(path, "base64")}` : path;
    })
    .toSorted();

const allChecks = [
  "database",
  "schema",
  "tables",
  "ccusage",
  "transcripts",
  "retention",
  "lines",
  "sweep",
  "history",
  "fetches",
  "schedule",
  "folders",
  "machine",
  "counts",
  "audit",
];

test("after a fetch everything is in order, and looking changes nothing", async () => {
  const home = await homeWithBooks();
  const before = contents(home.folder);
  const found = await examined(home);
  expect(Object.values(found).map(({ name, status }) => [name, status])).toEqual(
    allChecks.map((name) => [name, "ok"]),
  );
  expect(found["ccusage"]?.message).toContain("20.0.20");
  expect(found["transcripts"]?.message).toMatch(/^1 transcript, \d+ bytes, in .*claude\.$/);
  expect(found["history"]?.message).toContain("1 day with usage, 2026-11-02 to 2026-11-02");
  expect(found["machine"]?.message).toContain("test-machine, days in UTC");
  expect(contents(home.folder)).toEqual(before);
});

test("the words are one check a line, wrapped at 80 columns, without colour in a pipe", async () => {
  const home = await homeWithBooks();
  writeFileSync(join(home.claude, "settings.json"), '{"cleanupPeriodDays":0}');
  const { exitCode, stdout, stderr } = await home.run(["doctor"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines.flatMap((line) => /^(?:ok|warn|fail) +(\w+) /.exec(line)?.[1] ?? [])).toEqual(
    allChecks,
  );
  expect(lines.find((line) => line.startsWith("warn"))).toMatch(/^warn {2}retention {4}\//);
  for (const line of lines) {
    // A path is never broken: it must stay fit to be copied.
    const isLong = !line
      .replace(/^(?:ok|warn|fail) +\w+/, "")
      .trim()
      .includes(" ");
    expect(line.length <= 80 || isLong, line).toBe(true);
    expect(line).not.toContain("\u001B");
  }
});

test("without books doctor fails, says to fetch, and makes none", async () => {
  const home = newHome();
  const { database, tables, machine } = await examined(home);
  expect(database).toMatchObject({
    status: "fail",
    message: `There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`,
  });
  expect(tables).toBeUndefined();
  expect(machine?.message).toContain("the next fetch keeps both");
  const words = await home.run(["doctor"]);
  expect(words).toMatchObject({ exitCode: 1, stderr: "" });
  expect(words.stdout).toMatch(/^fail {2}database {5}There are no books at/);
  expect(existsSync(dirname(home.db))).toBe(false);
});

const damages: { says: string; message: string; prepare(home: Home): void }[] = [
  {
    says: "a file that is not SQLite",
    message: "is not a SQLite file",
    prepare: (home) => writeFileSync(home.db, "Dear diary, ".repeat(1000)),
  },
  {
    says: "books cut short",
    message: "is damaged",
    prepare: (home) => truncateSync(home.db, 40_960),
  },
  {
    says: "books with an index that misses rows",
    message: "is damaged (row 1 missing from index",
    prepare: (home) => {
      const books = new Database(home.db);
      books.unsafeMode();
      books.pragma("writable_schema = ON");
      books.exec(`
        CREATE INDEX by_version ON import_run (ccbooks_version) WHERE status = 'failed';
        UPDATE sqlite_master SET sql = replace(sql, 'failed', 'ok') WHERE name = 'by_version'`);
      books.close();
    },
  },
  {
    says: "books of a newer ccbooks",
    message: "was written by a newer ccbooks",
    prepare: (home) => change(home, "PRAGMA user_version = 999"),
  },
  {
    says: "calls of a transcript that is not there",
    message: "Rows of call in",
    prepare: (home) => change(home, "PRAGMA foreign_keys = OFF; DELETE FROM transcript"),
  },
  {
    says: "a day deleted by hand",
    message: "`ccbooks recount` puts them right",
    prepare: (home) => change(home, "PRAGMA foreign_keys = OFF; DELETE FROM daily_usage"),
  },
];

test.for(damages)(
  "doctor finds $says, and leaves the file as it is",
  async ({ message, prepare }) => {
    const home = await homeWithBooks();
    prepare(home);
    const before = readFileSync(home.db);
    const { database, history } = await examined(home);
    expect(database?.status).toBe("fail");
    expect(database?.message).toContain(message);
    expect(history).toBeUndefined();
    expect(readFileSync(home.db).equals(before)).toBe(true);
  },
);

test("books of an older ccbooks are a warning, and stats brings them up to date", async () => {
  const home = await homeWithBooks();
  change(home, "DROP VIEW daily_cost");
  const { database, schema } = await examined(home);
  expect(database?.status).toBe("ok");
  expect(schema?.status).toBe("warn");
  expect(home.query("SELECT 1 FROM sqlite_master WHERE name = 'daily_cost'")).toEqual([]);
  await home.run(["stats"]);
  expect((await examined(home))["schema"]?.status).toBe("ok");
});

test("tables changed by hand are found, and a recount heals them", async () => {
  const home = await homeWithBooks();
  change(home, "UPDATE daily_usage SET total_tokens = 7");
  const { tables } = await examined(home);
  expect(tables).toMatchObject({ status: "fail" });
  expect(tables?.message).toMatch(/in 1 row \(daily_usage 2026-11-02 .*`ccbooks recount`/);
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 7 }]);
  await home.run(["recount", "--offline"]);
  expect((await examined(home))["tables"]?.status).toBe("ok");
});

test("a ccusage that is missing or not known fails", async () => {
  const home = await homeWithBooks();
  const missing = await examined(home, ["--ccusage", join(home.folder, "nowhere")]);
  expect(missing["ccusage"]).toMatchObject({
    status: "fail",
    message: expect.stringContaining("There is no ccusage program at"),
  });
  const script = join(home.folder, "ccusage.js");
  writeFileSync(script, 'console.log("ccusage 99.1.0")');
  const unknown = await examined(home, ["--ccusage", script]);
  expect(unknown["ccusage"]).toMatchObject({
    status: "fail",
    message: expect.stringContaining("ccusage 99.1.0 cannot count for ccbooks"),
  });
  writeFileSync(script, 'console.log("ccusage 18.0.11")');
  const older = await examined(home, ["--ccusage", script]);
  expect(older["ccusage"]?.message).toContain("Reports saved from 17 and 18 can be merged.");
});

test("no transcripts are a warning, and no folder of Claude Code a failure", async () => {
  const home = await homeWithBooks();
  rmSync(transcriptPath(home.claude, "-app", "one"));
  expect((await examined(home))["transcripts"]).toMatchObject({
    status: "warn",
    message: expect.stringContaining(home.claude),
  });
  rmSync(home.claude, { recursive: true });
  expect((await examined(home))["transcripts"]).toMatchObject({
    status: "fail",
    message: expect.stringContaining("CLAUDE_CONFIG_DIR"),
  });
});

/** Writes settings where Claude Code looks for them. */
function settings(home: Home, place: "user" | "project" | "local", text: string): string {
  const own = join(home.folder, ".claude");
  mkdirSync(own, { recursive: true });
  const file = {
    user: join(home.claude, "settings.json"),
    project: join(own, "settings.json"),
    local: join(own, "settings.local.json"),
  }[place];
  writeFileSync(file, text);
  return file;
}

test("the retention period is the project's before the user's, and its file is named", async () => {
  const home = newHome();
  const period = async (): Promise<string> => {
    const { retention } = await examined(home);
    expect(retention?.status).toBe("ok");
    return retention?.message ?? "";
  };
  expect(await period()).toBe("Claude Code deletes transcripts after 30 days: its default.");
  for (const [place, days] of [
    ["user", 365],
    ["project", 60],
    ["local", 7],
  ] as const) {
    const file = settings(home, place, JSON.stringify({ cleanupPeriodDays: days }));
    expect(await period()).toBe(
      `Claude Code deletes transcripts after ${days} days: cleanupPeriodDays in ${file}.`,
    );
  }
  settings(home, "local", JSON.stringify({ model: "opus" }));
  expect(await period()).toContain("after 60 days");
});

test("with several folders the shortest period counts", async () => {
  const [home, other] = [newHome(), newHome()];
  settings(home, "user", JSON.stringify({ cleanupPeriodDays: 90 }));
  const file = settings(other, "user", JSON.stringify({ cleanupPeriodDays: 10 }));
  const both = { CLAUDE_CONFIG_DIR: `${home.claude},${other.claude}` };
  expect((await examined(home, [], both))["retention"]?.message).toContain(
    `10 days: cleanupPeriodDays in ${file}`,
  );
});

test.for([
  ['{"cleanupPeriodDays":0}', "sets cleanupPeriodDays to 0, which should be a whole number"],
  ['{"cleanupPeriodDays":"90"}', 'sets cleanupPeriodDays to "90", which should be a whole number'],
  ['{"cleanupPeriodDays":30.5}', "sets cleanupPeriodDays to 30.5, which should be a whole number"],
  ['{"cleanupPeriodDays":90', "is not JSON"],
  ["null", "holds no settings"],
])("settings that hold %s are a warning", async ([text = "", wrong = ""]) => {
  const home = newHome();
  const file = settings(home, "user", text);
  const { retention } = await examined(home);
  expect(retention?.status).toBe("warn");
  expect(retention?.message).toContain(`${file} ${wrong}`);
  expect(retention?.message).toContain("30 days are assumed");
});

/** Says something in a session of its own; its transcript was last written so many days ago. */
function sayOld(home: Home, session: string, age: number): void {
  const at = new Date(Date.now() - age * DAY);
  say(home.claude, "-app", session, { id: session, at: at.toISOString() });
  utimesSync(transcriptPath(home.claude, "-app", session), at, at);
}

/** The date so many days ago, in UTC. */
const dayAgo = (days: number): string => addDays(new Date().toISOString().slice(0, 10), -days);

describe("of transcripts that were not fetched", () => {
  test.for([
    { age: 27, status: "ok", says: "1 transcript changed since the last fetch; no sweep is near" },
    {
      age: 29,
      status: "warn",
      says: `By ${dayAgo(-2)} a sweep will delete usage of 1 day you have not fetched (${dayAgo(29)}, 1 transcript)`,
    },
    {
      age: 31,
      status: "fail",
      says: "The next sweep will delete usage of 1 day you have not fetched",
    },
  ])("one of $age days is: $status", async ({ age, status, says }) => {
    const home = await homeWithBooks();
    sayOld(home, "late", age);
    const { sweep } = await examined(home);
    expect(sweep?.status).toBe(status);
    expect(sweep?.message).toContain(says);
    if (status !== "ok") expect(sweep?.message).toContain("run `ccbooks fetch`");
  });

  test("those that a longer period protects are no reason to worry", async () => {
    const home = await homeWithBooks();
    settings(home, "user", JSON.stringify({ cleanupPeriodDays: 60 }));
    sayOld(home, "late", 40);
    expect((await examined(home))["sweep"]?.status).toBe("ok");
  });

  test("the days are counted and named, and a fetch ends the worry", async () => {
    const home = await homeWithBooks();
    const days = [33, 32, 31].map((age) => {
      sayOld(home, `late-${age}`, age);
      return new Date(Date.now() - age * DAY).toISOString().slice(0, 10);
    });
    sayOld(home, "late-too", 31);
    expect((await examined(home))["sweep"]?.message).toContain(
      `3 days you have not fetched (${days[0]} to ${days[2]}, 4 transcripts)`,
    );
    await home.fetch();
    expect((await examined(home))["sweep"]).toMatchObject({
      status: "ok",
      message: "Every transcript is fetched as it is now.",
    });
  });
});

/** Notes that a good fetch was at work so many days ago. */
function fetchedAgo(home: Home, days: number): void {
  const at = new Date(Date.now() - days * DAY).toISOString();
  change(
    home,
    `INSERT INTO import_run (uid, command, status, machine, ccbooks_version, started_at, finished_at)
     SELECT '${at}', 'fetch', 'ok', id, '0', '${at}', '${at}' FROM machine`,
  );
}

test("a gap longer than transcripts are kept may hide lost days, unless fetches watched it", async () => {
  const home = newHome();
  sayOld(home, "before", 70);
  sayOld(home, "after", 1);
  await home.fetch();
  const today = new Date().toISOString().slice(0, 10);
  const { history } = await examined(home);
  expect(history?.status).toBe("warn");
  // Of the later ones transcripts would still be here.
  const [first, last] = [addDays(today, -69), addDays(today, -31)];
  expect(history?.message).toContain(`${first} to ${last} (39 days)`);

  fetchedAgo(home, 50);
  const half = (await examined(home))["history"];
  expect(half?.message).toContain(`${addDays(today, -50)} to ${last} (20 days)`);
  fetchedAgo(home, 25);
  expect((await examined(home))["history"]?.status).toBe("ok");
});

test("a gap shorter than transcripts are kept is only a holiday", async () => {
  const home = newHome();
  sayOld(home, "before", 65);
  sayOld(home, "between", 35);
  sayOld(home, "after", 5);
  await home.fetch();
  expect((await examined(home))["history"]).toMatchObject({
    status: "ok",
    message: expect.stringContaining("3 days with usage"),
  });
});

test("fetches that fail since the last good one are a warning with the reason", async () => {
  const home = await homeWithBooks();
  for (let times = 0; times < 2; times++) {
    await home.run(["fetch", "--offline", "--ccusage", join(home.folder, "nowhere")]);
  }
  const { fetches } = await examined(home);
  expect(fetches?.status).toBe("warn");
  expect(fetches?.message).toMatch(/; since then 2 failed: There is no ccusage program at .*;/);
  await home.fetch();
  expect((await examined(home))["fetches"]?.status).toBe("ok");
});

test("a last fetch longer ago than transcripts are kept is a warning", async () => {
  const home = await homeWithBooks();
  change(home, "UPDATE import_run SET command = 'merge'");
  expect((await examined(home))["fetches"]).toMatchObject({
    status: "warn",
    message: "There has been none on this machine; run `ccbooks fetch`.",
  });
  fetchedAgo(home, 40);
  expect((await examined(home))["fetches"]).toMatchObject({
    status: "warn",
    message: expect.stringContaining("40 days ago"),
  });
  fetchedAgo(home, 29);
  expect((await examined(home))["fetches"]?.status).toBe("ok");
});

test("a machine that moved to another zone goes on counting in the old one", async () => {
  const home = await homeWithBooks({ timezone: "Europe/Berlin" });
  const { machine } = await examined(home, [], { TZ: "Asia/Tokyo" });
  expect(machine?.status).toBe("ok");
  expect(machine?.message).toContain("days in Europe/Berlin");
  expect(machine?.message).toContain(
    "The system's zone is Asia/Tokyo; days are still counted in Europe/Berlin.",
  );
});

test("a machine that forgot its name and zone is the one the books know by its name", async () => {
  const home = await homeWithBooks({ timezone: "Europe/Berlin" });
  rmSync(join(home.folder, "config", "machine.json"));
  const { machine } = await examined(home, [], { TZ: "Asia/Tokyo" });
  expect(machine).toMatchObject({
    status: "ok",
    message: "test-machine, days in Europe/Berlin; the next fetch keeps both.",
  });
  const renamed = await examined(home, [], { CCBOOKS_MACHINE: "new-name" });
  expect(renamed["machine"]?.message).toContain("The books also hold test-machine.");
});

test("a zone that was changed in the machine's file is said before the next fetch moves the days", async () => {
  const home = await homeWithBooks();
  const file = join(home.folder, "config", "machine.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"UTC"', '"Asia/Tokyo"'));
  expect((await examined(home))["machine"]).toMatchObject({
    status: "warn",
    message: expect.stringContaining("the next fetch moves them to Asia/Tokyo"),
  });
});

test("lines that were set aside are counted and named, with the transcript", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  const path = transcriptPath(home.claude, "-app", "one");
  const line = readFileSync(path, "utf8").trim();
  appendFileSync(
    path,
    [line + line, line.replace('"input_tokens":10', '"input_tokens":-1'), ""].join("\n"),
  );
  await home.fetch();
  const { lines } = await examined(home);
  expect(lines?.status).toBe("warn");
  expect(lines?.message).toContain(`2 lines set aside`);
  expect(lines?.message).toContain(`${path} (1 input tokens, 1 no JSON)`);
});

test("transcripts that go before their time are a warning", async () => {
  const home = await homeWithBooks();
  say(home.claude, "-app", "two", { id: "b", at: new Date(Date.now() - DAY).toISOString() });
  await home.fetch();
  expect((await examined(home))["deletions"]).toBeUndefined();
  rmSync(transcriptPath(home.claude, "-app", "two"));
  await home.fetch();
  expect((await examined(home))["deletions"]).toMatchObject({
    status: "warn",
    message: expect.stringContaining("1 transcript of the last 60 days"),
  });
});

test("the folders of Claude Code that the books come from are named", async () => {
  const home = await homeWithBooks();
  const work = join(home.folder, "work");
  mkdirSync(join(work, "projects"), { recursive: true });
  say(work, "-web", "two", { id: "b", at: "2026-11-02T11:00:00Z" });
  await home.run(["fetch", "--offline"], { CLAUDE_CONFIG_DIR: work });
  const { folders } = await examined(home);
  expect(folders?.message).toBe(
    `The books come from ${home.claude} (1 transcript), ${work} (1 transcript).`,
  );
});

test("an audit that differs is a warning, and names what to do", async () => {
  const home = await homeWithBooks();
  // ccusage passes over a line with a key twice; a JSON parser takes the last.
  appendFileSync(
    transcriptPath(home.claude, "-app", "one"),
    readFileSync(transcriptPath(home.claude, "-app", "one"), "utf8")
      .replace("msg_a", "msg_b")
      .replace("req_a", "req_b")
      .replace('"input_tokens":10', '"input_tokens":10,"input_tokens":10'),
  );
  await home.fetch();
  expect((await examined(home))["audit"]).toMatchObject({
    status: "warn",
    message: expect.stringContaining("`ccbooks audit` lists them"),
  });
});

test.for<[text: string, says: string]>([
  ["not json", "mend it"],
  ['{"name":"desk","timezone":"UTC"}', '"id", "name" and "timezone"'],
])("a machine file that holds %s fails", async ([text, says]) => {
  const home = await homeWithBooks();
  const file = join(home.folder, "config", "machine.json");
  writeFileSync(file, text);
  const { machine } = await examined(home);
  expect(machine?.status).toBe("fail");
  expect(machine?.message).toContain(file);
  expect(machine?.message).toContain(says);
});
