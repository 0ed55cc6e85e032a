import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { execaSync } from "execa";
import { expect, test } from "vitest";

import { inconsistencies } from "../src/ledger/consistency.ts";
import { dumpOf } from "./support/books.ts";
import { newHome, type Home } from "./support/home.ts";
import { PRICED, say, sweep, transcriptPath, type Message } from "./support/transcripts.ts";

const message = { id: "a", at: "2026-11-02T10:00:00Z", input: 500, output: 1 };
const second: Message = { id: "b", at: "2026-11-02T11:00:00Z", input: 30, output: 1 };
const third: Message = { id: "c", at: "2026-11-03T10:00:00Z", input: 7, output: 1 };

/** A home whose machine is called so, for good. */
function homeOf(name: string, settings: Parameters<typeof newHome>[0] = {}): Home {
  const home = newHome(settings);
  delete home.env["CCBOOKS_MACHINE"];
  mkdirSync(join(home.folder, "config"), { recursive: true });
  const machine = {
    id: Buffer.from(`${home.folder.slice(-6)}id`).toString("hex"),
    name,
    timezone: home.env["TZ"],
  };
  writeFileSync(join(home.folder, "config", "machine.json"), JSON.stringify(machine));
  return home;
}

/** Merges, and gives what `--json` printed. */
async function merge(home: Home, ...args: string[]) {
  const { stdout, stderr, exitCode } = await home.run(["merge", "--offline", "--json", ...args]);
  if (exitCode !== 0) throw new Error(`merge ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout);
}

const inputOf = (home: Home): unknown[] =>
  home.query("SELECT date, machine, input_tokens AS input FROM daily_usage ORDER BY 1, 2");

/** Everything books say but when their machines, sessions and transcripts were first met. */
function dump(path: string): string[] {
  const books = new Database(path);
  try {
    expect(inconsistencies(books)).toEqual([]);
    return dumpOf(books)
      .split("\n")
      .filter((line) => !line.startsWith("machine "));
  } finally {
    books.close();
  }
}

test("another machine's books add up, and merging them again changes nothing", async () => {
  const [home, other] = [homeOf("laptop"), homeOf("desktop")];
  say(home.claude, "-app", "one", message);
  say(other.claude, "-app", "two", second);
  await home.fetch();
  await other.fetch();
  const theirs = readFileSync(other.db);

  expect(await merge(home, other.db)).toMatchObject({
    status: "ok",
    merged: [{ file: other.db, added: 1, changed: 0, saved: 0, refused: 0 }],
    totals: { days: 1, sessions: 2, totalTokens: 532 },
  });
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "desktop", input: 30 },
    { date: "2026-11-02", machine: "laptop", input: 500 },
  ]);
  const once = dump(home.db);
  const again = await home.run(["merge", "--offline", other.db, home.db]);
  expect(again).toMatchObject({ exitCode: 0, stdout: "" });
  expect(again.stderr.split("\n")).toEqual([
    expect.stringContaining(`${other.db}: nothing new.`),
    expect.stringContaining(`${home.db}: nothing new.`),
  ]);
  expect(dump(home.db)).toEqual(once);
  expect(readFileSync(other.db).equals(theirs)).toBe(true);
  // The run says what it took in.
  expect(home.query("SELECT command, status, calls_added FROM import_run ORDER BY id")).toEqual([
    { command: "fetch", status: "ok", calls_added: 1 },
    { command: "merge", status: "ok", calls_added: 1 },
    { command: "merge", status: "ok", calls_added: 0 },
  ]);
});

test("merge says in words what each file brought", async () => {
  const [home, other] = [homeOf("laptop"), homeOf("desktop")];
  say(home.claude, "-app", "one", { ...message, output: 3 });
  say(other.claude, "-app", "one", { ...message, output: 90 }, second);
  await home.fetch();
  await other.fetch();
  const { stderr, exitCode } = await home.run(["merge", "--offline", other.db]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`${other.db}: 1 new call, more of 1 known call.`);
  expect(home.query("SELECT SUM(output_tokens) AS output FROM daily_usage")).toEqual([
    { output: 91 },
  ]);
});

test("a backup brings its days back, and a fetch goes on from there", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "old", message);
  await home.fetch();
  const backup = join(home.folder, "backup.db");
  renameSync(home.db, backup);
  sweep(home.claude, "-app", "old");
  say(home.claude, "-app", "new", third);
  await home.fetch();
  await merge(home, backup);
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "laptop", input: 500 },
    { date: "2026-11-03", machine: "laptop", input: 7 },
  ]);
  say(home.claude, "-app", "new", { ...third, id: "d" });
  await home.fetch();
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "laptop", input: 500 },
    { date: "2026-11-03", machine: "laptop", input: 14 },
  ]);
});

test("copies of one machine's books that drifted apart give the same in either order", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  await home.fetch();
  const copy = join(home.folder, "copy.db");
  copyFileSync(home.db, copy);
  say(home.claude, "-app", "two", second);
  await home.fetch("--db", copy);
  sweep(home.claude, "-app", "two");
  say(home.claude, "-web", "three", third);
  await home.fetch();

  const [ab, ba] = ["ab.db", "ba.db"].map((name) => join(home.folder, name));
  await merge(home, home.db, copy, copy, "--db", `${ab}`);
  await merge(home, copy, home.db, "--db", `${ba}`);
  expect(dump(`${ab}`)).toEqual(dump(`${ba}`));
  await merge(home, copy);
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "laptop", input: 530 },
    { date: "2026-11-03", machine: "laptop", input: 7 },
  ]);
});

test("two machines of one host name keep apart, in either one's books", async () => {
  const [home, other] = [homeOf("laptop"), homeOf("laptop")];
  say(home.claude, "-app", "one", message);
  say(other.claude, "-app", "one", second);
  await home.fetch();
  await other.fetch();
  const theirs = join(other.folder, "theirs.db");
  copyFileSync(other.db, theirs);
  await merge(other, home.db);
  await merge(home, theirs);
  for (const books of [home, other]) {
    const rows = books.query<{ input: number; machine: string }>(
      "SELECT input_tokens AS input, machine FROM daily_usage ORDER BY input_tokens",
    );
    expect(rows.map(({ input }) => input)).toEqual([30, 500]);
    const labels = rows.map(({ machine }) => machine);
    expect(new Set(labels).size).toBe(2);
    for (const label of labels) expect(label).toMatch(/^laptop-[0-9a-f]+$/);
  }
  expect(dump(home.db)).toEqual(dump(other.db));
  // Each goes on as the machine it is.
  say(home.claude, "-app", "one", third);
  await home.fetch();
  expect(home.query("SELECT SUM(input_tokens) AS input FROM daily_usage")).toEqual([
    { input: 537 },
  ]);
  expect(home.query("SELECT id FROM machine")).toHaveLength(2);
});

test("a machine that was renamed has its later name everywhere, whichever books come first", async () => {
  const home = homeOf("old-name");
  say(home.claude, "-app", "one", message);
  await home.fetch();
  const early = join(home.folder, "early.db");
  copyFileSync(home.db, early);
  const config = join(home.folder, "config", "machine.json");
  writeFileSync(config, readFileSync(config, "utf8").replace("old-name", "new-name"));
  say(home.claude, "-app", "one", third);
  await home.fetch();
  const other = homeOf("desktop");
  await merge(other, home.db, early);
  await merge(other, early, home.db, "--db", join(other.folder, "back.db"));
  const names = [
    { date: "2026-11-02", machine: "new-name", input: 500 },
    { date: "2026-11-03", machine: "new-name", input: 7 },
  ];
  expect(inputOf(other)).toEqual(names);
  expect(dump(join(other.folder, "back.db"))).toEqual(dump(other.db));
  await merge(home, early);
  expect(inputOf(home)).toEqual(names);
});

test("copies counted in two zones come to the dates of the later one, in either order", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", { ...message, at: "2026-11-02T20:00:00Z" });
  await home.fetch();
  const early = join(home.folder, "early.db");
  copyFileSync(home.db, early);
  const config = join(home.folder, "config", "machine.json");
  writeFileSync(config, readFileSync(config, "utf8").replace("UTC", "Asia/Tokyo"));
  await home.fetch();
  const tokyo = [{ date: "2026-11-03", machine: "laptop", input: 500 }];
  expect(inputOf(home)).toEqual(tokyo);
  const other = homeOf("desktop");
  await merge(other, early);
  expect(inputOf(other)).toEqual([{ date: "2026-11-02", machine: "laptop", input: 500 }]);
  await merge(other, home.db);
  expect(inputOf(other)).toEqual(tokyo);
  await merge(other, early);
  expect(inputOf(other)).toEqual(tokyo);
});

test("an old laptop's Claude folder comes in as that machine's, once", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  await home.fetch();
  const old = join(home.folder, "old-laptop", ".claude");
  say(old, "-app", "two", second);
  say(old, "-app", "one", message);

  const { merged } = await merge(home, old, "--machine", "old-laptop");
  expect(merged).toEqual([{ file: old, added: 1, changed: 0, saved: 0, refused: 0 }]);
  const both = [
    { date: "2026-11-02", machine: "laptop", input: 500 },
    { date: "2026-11-02", machine: "old-laptop", input: 30 },
  ];
  expect(inputOf(home)).toEqual(both);
  const once = dump(home.db);
  // By the name of its projects/ it is the same folder.
  const again = await merge(home, old, join(old, "projects"), "--machine", "old-laptop");
  expect(again.merged.map(({ added }: { added: number }) => added)).toEqual([0, 0]);
  expect(dump(home.db)).toEqual(once);

  say(old, "-app", "two", { ...third, id: "d" });
  await merge(home, old, "--machine", "old-laptop");
  sweep(old, "-app", "two");
  await merge(home, old, "--machine", "old-laptop");
  expect(inputOf(home)).toEqual([...both, { date: "2026-11-03", machine: "old-laptop", input: 7 }]);
  // A fetch of this machine is none of the other one's.
  await home.fetch();
  expect(home.query("SELECT name FROM machine ORDER BY 1")).toEqual([
    { name: "laptop" },
    { name: "old-laptop" },
  ]);
});

test("several merges of an old laptop at once know one machine of that name", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  await home.fetch();
  const old = join(home.folder, "old-laptop", ".claude");
  say(old, "-app", "two", second);
  const once = (): Promise<unknown> => merge(home, old, "--machine", "old-laptop");
  await Promise.all([once(), once(), once(), once()]);
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "laptop", input: 500 },
    { date: "2026-11-02", machine: "old-laptop", input: 30 },
  ]);
  expect(home.query("SELECT name FROM machine")).toHaveLength(2);
});

test("the days of an old laptop begin where --timezone says", async () => {
  const home = homeOf("laptop");
  const old = join(home.folder, "old");
  say(old, "-app", "two", { ...second, at: "2026-11-02T20:00:00Z" });
  await merge(home, old, "--machine", "old-laptop", "--timezone", "asia/tokyo");
  expect(inputOf(home)).toEqual([{ date: "2026-11-03", machine: "old-laptop", input: 30 }]);
  const args = ["merge", old, "--machine", "old-laptop", "--timezone", "Europe/Berlin"];
  const { stderr, exitCode } = await home.run([...args, "--offline"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("The books count the days of old-laptop in Asia/Tokyo");
});

test("a folder without --machine is this machine's own, such as a restored one", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  await home.fetch();
  const restored = join(home.folder, "restored");
  cpSync(home.claude, restored, { recursive: true });
  say(restored, "-app", "lost", second);
  expect((await merge(home, restored)).merged).toMatchObject([{ added: 1, refused: 0 }]);
  expect(inputOf(home)).toEqual([{ date: "2026-11-02", machine: "laptop", input: 530 }]);
});

test("lines of a folder that no scan lets in are left out and counted", async () => {
  const home = homeOf("laptop");
  const old = join(home.folder, "old");
  say(old, "-app", "one", message, { ...second, at: "1999-11-02T10:00:00Z" });
  const { stderr } = await home.run(["merge", old, "--offline"]);
  expect(stderr).toContain(
    `${old}: 1 new call. 1 row that no scan could have brought was left out.`,
  );
  expect(inputOf(home)).toEqual([{ date: "2026-11-02", machine: "laptop", input: 500 }]);
});

// Saved reports.

const modelRow = {
  modelName: PRICED,
  ...{ inputTokens: 500, outputTokens: 1, cacheCreationTokens: 0, cacheReadTokens: 0 },
  cost: 0.25,
};
const { modelName: _, cost: __, ...counts } = modelRow;
const figures = { ...counts, totalTokens: 501, totalCost: 0.25 };
const row = { ...figures, modelsUsed: [PRICED], modelBreakdowns: [modelRow] };
const empty = { ...figures, inputTokens: 0, outputTokens: 0, totalTokens: 0, totalCost: 0 };

/** One day, or one session, of usage as each line of releases prints it. */
const reports: { of: string; json: unknown; table: string }[] = [
  {
    of: "ccusage 17 daily",
    json: { daily: [{ date: "2026-01-02", ...row }], totals: figures },
    table: "daily_usage",
  },
  {
    of: "ccusage 17 daily --instances",
    json: { projects: { "-app": [{ date: "2026-01-02", ...row }] }, totals: figures },
    table: "daily_usage",
  },
  {
    of: "ccusage 18 session",
    json: {
      sessions: [
        { sessionId: "old", ...row, projectPath: "-app", lastActivity: "2026-01-02", versions: [] },
      ],
      totals: figures,
    },
    table: "session_usage",
  },
  {
    of: "ccusage 20 daily of all agents",
    json: {
      daily: [{ period: "2026-01-02", agent: "all", metadata: { agents: ["claude"] }, ...row }],
      totals: figures,
    },
    table: "daily_usage",
  },
  {
    of: "ccusage 20 claude daily",
    json: { daily: [{ date: "2026-01-02", ...row }], totals: figures },
    table: "daily_usage",
  },
  {
    of: "ccusage 20 session of all agents",
    json: {
      session: [
        {
          ...{ period: "old", agent: "claude", ...row },
          metadata: {
            ...{ agents: ["claude"], projectPath: "-app" },
            ...{
              firstActivity: "2026-01-02T10:00:00.000Z",
              lastActivity: "2026-01-02T11:00:00.000Z",
            },
          },
        },
      ],
      totals: figures,
    },
    table: "session_usage",
  },
];

function saved(home: Home, name: string, json: unknown): string {
  const path = join(home.folder, name);
  writeFileSync(path, JSON.stringify(json));
  return path;
}

test.for(reports)(
  "a saved report of $of shows where no call is known, and is replaced when calls come",
  async ({ json, table }) => {
    const home = homeOf("laptop");
    say(home.claude, "-app", "one", third);
    await home.fetch();
    const file = saved(home, "report.json", json);
    expect((await merge(home, file)).merged).toEqual([
      { file, added: 0, changed: 0, saved: 1, refused: 0 },
    ]);
    const shown = (): unknown[] =>
      home.query(
        `SELECT machine, input_tokens AS input, ROUND(total_cost, 4) AS cost FROM ${table}
         ORDER BY input_tokens`,
      );
    const [fetched] = home.query<{ cost: number }>("SELECT cost FROM model_breakdown LIMIT 1");
    expect(fetched).toBeDefined();
    expect(shown()).toEqual([
      expect.objectContaining({ machine: "laptop", input: 7 }),
      { machine: "laptop", input: 500, cost: 0.25 },
    ]);
    const once = dump(home.db);
    expect((await merge(home, file)).merged).toMatchObject([{ saved: 0 }]);
    expect(dump(home.db)).toEqual(once);

    // The old session turns up after all: its calls are the better witness.
    const old = join(home.folder, "old");
    say(old, "-app", "old", { ...message, at: "2026-01-02T10:00:00Z", input: 600 });
    await merge(home, old);
    expect(shown()).toEqual([
      expect.objectContaining({ input: 7 }),
      expect.objectContaining({ input: 600 }),
    ]);
    await merge(home, file);
    expect(shown()).toHaveLength(2);
    expect(shown()).toEqual([
      expect.objectContaining({ input: 7 }),
      expect.objectContaining({ input: 600 }),
    ]);
  },
);

/** Saves a report of this home's transcripts, as people did before ccbooks. */
async function save(home: Home, file: string, report: "daily" | "session", ...flags: string[]) {
  return saved(home, file, await home.ccusage(report, ...flags));
}

test("reports saved from the pinned ccusage bring back what was before the first fetch, in any order", async () => {
  const home = homeOf("laptop");
  const early = { ...message, at: "2026-01-02T10:00:00Z" };
  say(home.claude, "-app", "old", early);
  say(home.claude, "-app", "one", third);
  const files = [
    await save(home, "daily.json", "daily"),
    await save(home, "projects.json", "daily", "--instances"),
    await save(home, "session.json", "session"),
  ];
  sweep(home.claude, "-app", "old");
  await home.fetch();
  const copy = join(home.folder, "copy.db");
  copyFileSync(home.db, copy);
  await merge(home, ...files);
  await merge(home, ...files.toReversed(), "--db", copy);
  expect(inputOf(home)).toEqual([
    { date: "2026-01-02", machine: "laptop", input: 500 },
    { date: "2026-11-03", machine: "laptop", input: 7 },
  ]);
  expect(home.query("SELECT session_id FROM session_usage ORDER BY 1")).toEqual([
    { session_id: "old" },
    { session_id: "one" },
  ]);
  expect(dump(copy)).toEqual(dump(home.db));
  // Saved usage travels with the books.
  const other = homeOf("desktop");
  await merge(other, home.db);
  expect(inputOf(other)).toEqual(inputOf(home));
});

test("a saved report never lowers a day that was fetched, nor is it added to it", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  const early = await save(home, "early.json", "daily");
  say(home.claude, "-app", "one", second);
  await home.fetch();
  await merge(home, early);
  expect(inputOf(home)).toEqual([{ date: "2026-11-02", machine: "laptop", input: 530 }]);
});

test("a saved report of another machine adds up with this one's days", async () => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  const file = await save(home, "desktop.json", "daily");
  await home.fetch();
  await merge(home, file, "--machine", "desktop");
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "desktop", input: 500 },
    { date: "2026-11-02", machine: "laptop", input: 500 },
  ]);
});

test.for([
  ["in the year 9999", "9999-01-02"],
  ["of 1999", "1999-01-02"],
] as const)("a day %s in a saved report is left out, and the rest goes in", async ([, date]) => {
  const home = homeOf("laptop");
  const days = [
    { date: "2026-01-02", ...row },
    { date, ...row },
  ];
  const totals = {
    ...figures,
    inputTokens: 1000,
    outputTokens: 2,
    totalTokens: 1002,
    totalCost: 0.5,
  };
  const file = saved(home, "report.json", { daily: days, totals });
  expect((await merge(home, file)).merged).toMatchObject([{ saved: 1, refused: 1 }]);
  expect(inputOf(home)).toEqual([{ date: "2026-01-02", machine: "laptop", input: 500 }]);
});

test.for<[shell: string, encoded: (text: string) => Buffer]>([
  ["PowerShell", (text) => Buffer.from(`\uFEFF${text}`, "utf16le")],
  ["an editor with a byte order mark", (text) => Buffer.from(`\uFEFF${text}`)],
])("a report saved by %s is read", async ([, encoded]) => {
  const home = homeOf("laptop");
  const file = saved(home, "report.json", reports[0]?.json);
  writeFileSync(file, encoded(readFileSync(file, "utf8")));
  const { stderr } = await home.run(["merge", file, "--offline"]);
  expect(stderr).toContain(`${file}: 1 day or session of a saved report.`);
});

test.for<[what: string, report: unknown, says: string]>([
  ["blocks", { blocks: [] }, "neither a daily nor a session report"],
  ["a list", [1], "neither a daily nor a session report"],
  [
    "other agents too",
    { daily: [{ period: "2026-11-02", agent: "all", metadata: { agents: ["claude", "codex"] } }] },
    "covers other agents than Claude (codex)",
  ],
  ["days without figures", { daily: [{ date: "2026-11-02" }], totals: {} }, "save it anew"],
  [
    "days that are not its totals",
    { daily: [{ date: "2026-11-02", ...row }], totals: empty },
    "save it anew",
  ],
])("a saved report that holds %s is not taken in", async ([, report, says]) => {
  const home = homeOf("laptop");
  const { exitCode, stderr } = await home.run(["merge", saved(home, "report.json", report)]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(says);
  expect(inputOf(home)).toEqual([]);
});

// What cannot be merged.

test.for<[file: string, says: string]>([
  ["nowhere.db", "There is no"],
  ["letter.txt", "is not a SQLite file; restore it from a copy, or name another file."],
  ["letter.json", "save it anew with `ccusage claude daily --json`."],
  ["empty", "has no projects/ in it, as Claude Code's folder does; name that folder, or a file."],
  ["folder.json", "has no projects/ in it"],
  ["pipe", "is no file; name books, a folder of transcripts or a saved report."],
  ["pipe.json", "is no file; name books"],
])("merging %j is a sentence, and the books stay", async ([file, says]) => {
  const home = homeOf("laptop");
  say(home.claude, "-app", "one", message);
  await home.fetch();
  for (const name of ["letter.txt", "letter.json"]) {
    writeFileSync(join(home.folder, name), "Dear diary");
  }
  for (const name of ["empty", "folder.json"]) mkdirSync(join(home.folder, name));
  for (const name of ["pipe", "pipe.json"]) execaSync("mkfifo", [join(home.folder, name)]);
  const before = dump(home.db);
  const path = join(home.folder, file);
  const { exitCode, stderr, stdout } = await home.run(["merge", path, "--offline", "--json"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(path);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain("    at ");
  expect(JSON.parse(stdout)).toMatchObject({ status: "failed", error: expect.any(String) });
  expect(dump(home.db)).toEqual(before);
});

test("what came before a file that cannot be merged stays, and the next fetch counts it", async () => {
  const [home, other] = [homeOf("laptop"), homeOf("desktop")];
  say(home.claude, "-app", "one", message);
  say(other.claude, "-app", "two", second);
  await home.fetch();
  await other.fetch();
  const missing = join(home.folder, "missing.db");
  const { exitCode, stderr } = await home.run(["merge", other.db, missing, "--offline"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`There is no ${missing} to merge; check the path.`);
  expect(home.query("SELECT status, error FROM import_run ORDER BY id DESC LIMIT 1")).toEqual([
    { status: "failed", error: `There is no ${missing} to merge; check the path.` },
  ]);
  await home.fetch();
  expect(inputOf(home)).toEqual([
    { date: "2026-11-02", machine: "desktop", input: 30 },
    { date: "2026-11-02", machine: "laptop", input: 500 },
  ]);
});

test("books, a folder and a report are merged at once", async () => {
  const [home, other] = [homeOf("laptop"), homeOf("desktop")];
  say(other.claude, "-app", "two", second);
  await other.fetch();
  const old = join(home.folder, "old");
  say(old, "-app", "three", third);
  const file = saved(home, "report.json", reports[0]?.json);
  const { merged, totals } = await merge(home, other.db, old, file);
  expect(merged).toMatchObject([{ added: 1 }, { added: 1 }, { saved: 1 }]);
  expect(totals).toMatchObject({ days: 3, totalTokens: 501 + 31 + 8 });
});

test("merge without a file is a mistake of the command line", async () => {
  const home = homeOf("laptop");
  expect((await home.run(["merge"])).exitCode).toBe(2);
});

test("a session's transcripts on two machines count once, where they were seen first by path", async () => {
  const [home, other] = [homeOf("laptop"), homeOf("desktop")];
  for (const { claude } of [home, other]) say(claude, "-app", "one", message);
  say(other.claude, "-app", "one", second);
  await home.fetch();
  await other.fetch();
  await merge(home, other.db);
  expect(home.query("SELECT SUM(input_tokens) AS input FROM daily_usage")).toEqual([
    { input: 530 },
  ]);
  expect(home.query("SELECT SUM(input_tokens) AS input FROM session_usage")).toEqual([
    { input: 530 },
  ]);
  rmSync(transcriptPath(home.claude, "-app", "one"));
  await home.fetch();
  expect(home.query("SELECT SUM(input_tokens) AS input FROM daily_usage")).toEqual([
    { input: 530 },
  ]);
});
