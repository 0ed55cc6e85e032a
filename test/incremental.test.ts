import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, test, vi } from "vitest";

import { fetchUsage, type FetchResult } from "../src/fetch/fetch.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { dice, type Dice } from "./support/life.ts";
import { say, sweep, transcriptLine, transcriptPath } from "./support/transcripts.ts";

/** Histories to play; a nightly run asks for more: CCBOOKS_HISTORIES=100. */
const HISTORIES = Number(process.env["CCBOOKS_HISTORIES"] ?? 4);

const ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"];

/** Fetches in this process, so that the clock can be set. */
async function fetchAt(
  home: Home,
  at: number,
  flags: { db?: string; full?: boolean } = {},
): Promise<FetchResult> {
  for (const [name, value] of Object.entries(home.env)) vi.stubEnv(name, value);
  vi.useFakeTimers({ toFake: ["Date"], now: at });
  const { db = home.db, full = false } = flags;
  const rest = { machine: undefined, ccusage: undefined, offline: true, timeout: 60 };
  try {
    return await fetchUsage({ db, full, timezone: home.env["TZ"], ...rest });
  } finally {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  }
}

function rows(db: string, sql: string): unknown[] {
  const books = new Database(db, { readonly: true });
  try {
    return books.prepare(sql).all();
  } finally {
    books.close();
  }
}

const figures = "input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens";

const days = (db: string): unknown[] =>
  rows(
    db,
    `SELECT date, model_name, ${figures}, ROUND(cost, 9) AS cost FROM model_breakdown ORDER BY 1, 2`,
  );

const sessions = (db: string): unknown[] =>
  rows(db, `SELECT session_id, ${figures}, last_activity_at FROM session_usage ORDER BY 1`);

const projects = (db: string): unknown[] =>
  rows(db, `SELECT date, project_path, ${figures} FROM project_usage ORDER BY 1, 2`);

/** A transcript, and what a history knows of it. */
interface File {
  project: string;
  session: string;
  path: string;
  lines: string[];
}

/** A checksum of every transcript. */
function checksum(home: Home): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(home.claude, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile())
      hash
        .update(path)
        .update(readFileSync(path))
        .update(`${statSync(path).mtimeMs}`);
  }
  return hash.digest("hex");
}

/** Plays one history: each step, then a fetch of what changed and, into other books, one of everything. */
async function play(seed: number, count: Record<string, number>): Promise<void> {
  const roll = dice(seed);
  const home = newHome({ timezone: ZONES[roll(ZONES.length)] ?? "UTC" });
  const whole = join(home.folder, "whole.db");
  const deletes = seed % 2 === 0;
  const files: File[] = [];
  let clock = Date.parse("2026-03-07T20:00:00Z") + roll(86_400_000);
  let messages = 0;

  const write = (file: File, lines: string[]): void => {
    file.lines.push(...lines);
    mkdirSync(dirname(file.path), { recursive: true });
    appendFileSync(file.path, lines.map((line) => `${line}\n`).join(""));
    utimesSync(file.path, clock / 1000, clock / 1000);
  };
  const line = (session: string): string => {
    clock += 1000 + roll(600_000);
    messages += 1;
    const at = new Date(clock).toISOString();
    return transcriptLine(session, {
      id: `${seed}-${messages}`,
      at,
      input: roll(1000),
      output: 1 + roll(500),
      cacheRead: roll(10_000),
    });
  };
  const newFile = (roll_: Dice, inside?: File): File => {
    const project = inside?.project ?? `-p${roll_(3)}`;
    const session = inside?.session ?? `s${roll_(2 ** 30).toString(16)}-${files.length}`;
    const path = inside
      ? join(dirname(inside.path), inside.session, "subagents", `agent-${files.length}.jsonl`)
      : transcriptPath(home.claude, project, session);
    const file = { project, session, path, lines: [] };
    files.push(file);
    return file;
  };
  const steps: Record<string, (file: File) => void> = {
    append: (file) => write(file, [line(file.session)]),
    "new session": () => {
      const file = newFile(roll);
      write(file, [line(file.session), line(file.session)]);
    },
    fork: (file) => {
      const copy = newFile(roll);
      const history = file.lines.slice(0, 1 + roll(file.lines.length));
      write(copy, [...history, line(copy.session)]);
    },
    subagent: (file) => {
      const agent = newFile(roll, file);
      write(agent, [line(file.session)]);
    },
    delete: (file) => {
      if (!deletes) return;
      files.splice(files.indexOf(file), 1);
      rmSync(file.path);
    },
    "move with its time": (file) => {
      if (!deletes) return;
      const { mtimeMs } = statSync(file.path);
      const to = transcriptPath(home.claude, `-p${roll(3)}`, `moved-${messages}-${file.session}`);
      mkdirSync(dirname(to), { recursive: true });
      renameSync(file.path, to);
      utimesSync(to, mtimeMs / 1000, mtimeMs / 1000);
      file.path = to;
    },
    "hours pass": () => void (clock += roll(15) * 3_600_000),
    nothing: () => undefined,
  };
  const likely = ["append", "append", "append", "new session", "new session", "fork", "subagent"];
  const any = [...likely, "delete", "move with its time", "hours pass", "nothing"];

  // Some days of work, so that a day's part of it is a small one.
  for (let session = 0; session < 4; session++) {
    const file = newFile(roll);
    write(
      file,
      Array.from({ length: 30 }, () => line(file.session)),
    );
    clock += roll(24) * 3_600_000;
  }
  for (let step = 0; step < 16; step++) {
    const name = any[roll(any.length)] ?? "";
    const file = files[roll(files.length)];
    if (file === undefined)
      steps["new session"]?.({ project: "", session: "", path: "", lines: [] });
    else steps[name]?.(file);
    clock += 5000;
    const untouched = checksum(home);
    const { effort } = await fetchAt(home, clock);
    count[effort.pass] = (count[effort.pass] ?? 0) + 1;
    await fetchAt(home, clock, { db: whole, full: true });
    expect(checksum(home)).toBe(untouched);
    expect(days(home.db), `history ${seed}, step ${step}, ${name}`).toEqual(days(whole));
  }
  await fetchAt(home, clock + 5000, { full: true });
  expect(days(home.db)).toEqual(days(whole));
  if (!deletes) {
    expect(sessions(home.db), `history ${seed}`).toEqual(sessions(whole));
    expect(projects(home.db), `history ${seed}`).toEqual(projects(whole));
  }
}

test(
  `${HISTORIES} random histories: fetching what changed is fetching everything`,
  { timeout: 3_600_000 },
  async () => {
    const count: Record<string, number> = { full: 0, recent: 0, idle: 0 };
    for (let seed = 1; seed <= HISTORIES; seed++) await play(seed, count);
    process.stdout.write(
      `${HISTORIES} random histories (${count["full"]} full, ${count["recent"]} recent, ${count["idle"]} idle passes), every figure as in a full fetch\n`,
    );
    expect(count["recent"]).toBeGreaterThan(HISTORIES);
    expect(count["idle"]).toBeGreaterThan(0);
  },
);

const noon = Date.parse("2026-03-10T12:00:00Z");
const hour = 3_600_000;

/** A home with an old session and one of this morning, fetched at noon. */
async function homeAtNoon(): Promise<Home> {
  const home = newHome({ timezone: "UTC" });
  for (let day = 1; day < 8; day++) speak(home, `old${day}`, noon - day * 24 * hour, 20);
  speak(home, "morning", noon - hour, 1);
  expect((await fetchAt(home, noon)).effort.pass).toBe("full");
  return home;
}

let said = 0;

/** A session says something at a moment, and its transcript is as old as that. */
function speak(home: Home, session: string, at: number, times: number): void {
  for (let time = 0; time < times; time++) {
    said += 1;
    say(home.claude, "-app", session, { id: `${said}`, at: new Date(at).toISOString() });
  }
  utimesSync(transcriptPath(home.claude, "-app", session), at / 1000, at / 1000);
}

test("nothing changed: ccusage is not run, and the run is logged", async () => {
  const home = await homeAtNoon();
  const before = home.dump();
  const { effort, outcome } = await fetchAt(home, noon + hour);
  expect(effort).toMatchObject({ pass: "idle", filesSeen: 8, filesRead: 0, bytesRead: 0 });
  expect(outcome.days).toMatchObject({ added: 0, grown: 0, kept: 0, unchanged: 0 });
  expect(home.dump()).toBe(before);
  expect(
    home.query(
      "SELECT status, pass, files_seen, files_read FROM import_run ORDER BY started_at DESC LIMIT 1",
    ),
  ).toEqual([{ status: "ok", pass: "idle", files_seen: 8, files_read: 0 }]);
});

test("a message more: only the transcripts written since midnight are read", async () => {
  const home = await homeAtNoon();
  speak(home, "old3", noon + hour, 1);
  const { effort, outcome } = await fetchAt(home, noon + 2 * hour);
  expect(effort).toMatchObject({ pass: "recent", filesSeen: 8, filesRead: 2 });
  expect(outcome.days).toMatchObject({ grown: 1, unchanged: 0 });
  expect(home.query("SELECT total_tokens FROM daily_usage WHERE date = '2026-03-10'")).toEqual([
    { total_tokens: 220 },
  ]);
});

test("what was written while ccusage read everything is looked at again", async () => {
  const home = await homeAtNoon();
  // Listed, and perhaps after ccusage had come by.
  speak(home, "morning", noon + hour, 1);
  await fetchAt(home, noon + hour, { full: true });
  expect((await fetchAt(home, noon + 2 * hour)).effort.pass).toBe("recent");
  expect((await fetchAt(home, noon + 3 * hour)).effort.pass).toBe("idle");
});

test("what a run cost is in the books as `fetch --json` prints it", async () => {
  const home = newHome();
  speak(home, "s", Date.now() - hour, 1);
  const printed = [(await home.fetch()).effort, (await home.fetch()).effort];
  const recorded = home.query<Record<string, unknown>>(
    `SELECT pass, files_seen AS filesSeen, files_read AS filesRead, bytes_read AS bytesRead,
       list_ms AS listMs, link_ms AS linkMs, ccusage_ms AS ccusageMs, validate_ms AS validateMs,
       write_ms AS writeMs
     FROM import_run ORDER BY started_at`,
  );
  expect(recorded.map(({ pass }) => pass)).toEqual(["full", "idle"]);
  expect(recorded).toEqual(printed);
  expect(recorded[0]?.["ccusageMs"]).toBeGreaterThan(0);
});

test.for<[oddity: string, odd: (home: Home) => number | void]>([
  ["the first fetch of a day", () => noon + 13 * hour],
  ["a deleted transcript", (home) => sweep(home.claude, "-app", "old2")],
  [
    "a transcript that lost lines",
    (home) => {
      writeFileSync(transcriptPath(home.claude, "-app", "morning"), "");
    },
  ],
  ["an old transcript that is new here", (home) => speak(home, "restored", noon - 50 * hour, 1)],
  ["a transcript dated in the future", (home) => speak(home, "morning", noon + 48 * hour, 1)],
  [
    "a clock that went backwards",
    (home) => {
      speak(home, "morning", noon - hour + 1000, 1);
      return noon - hour / 2;
    },
  ],
  ["mostly recent transcripts", (home) => speak(home, "large", noon + hour, 500)],
])("%s makes a fetch of everything", async ([, odd]) => {
  const home = await homeAtNoon();
  const at = odd(home) ?? noon + 2 * hour;
  expect((await fetchAt(home, at)).effort.pass).toBe("full");
});

test("usage of today in a transcript that seems older is found out, and everything is read", async () => {
  const home = await homeAtNoon();
  // Written this morning, and its time set back by somebody before the first fetch of it.
  speak(home, "touched", noon + hour, 3);
  const path = transcriptPath(home.claude, "-app", "touched");
  utimesSync(path, (noon - 30 * hour) / 1000, (noon - 30 * hour) / 1000);
  await fetchAt(home, noon + hour + 1000);
  speak(home, "morning", noon + 2 * hour, 1);
  expect((await fetchAt(home, noon + 3 * hour)).effort.pass).toBe("full");
  expect(home.query("SELECT total_tokens FROM daily_usage WHERE date = '2026-03-10'")).toEqual([
    { total_tokens: 550 },
  ]);
});

test("books in a folder whose name ccusage would part at its comma are fetched whole", async () => {
  const home = await homeAtNoon();
  const db = join(home.folder, "books, mine", "usage.db");
  await fetchAt(home, noon, { db });
  speak(home, "old3", noon + hour, 1);
  const { effort, totals } = await fetchAt(home, noon + 2 * hour, { db });
  expect(effort.pass).toBe("full");
  expect(totals.totalTokens).toBe((7 * 20 + 2) * 110);
});

test("--full reads everything, changed or not", async () => {
  const home = await homeAtNoon();
  expect((await fetchAt(home, noon + hour, { full: true })).effort).toMatchObject({
    pass: "full",
    filesRead: 8,
  });
});

test("what a killed fetch left beside the books is removed by the next one", async () => {
  const home = await homeAtNoon();
  const here = encodeURIComponent(hostname());
  // No process has this number.
  const [nobody, mine] = [`${here}-4194305-abcdef`, `${here}-${process.pid}-abcdef`];
  // A host whose processes cannot be seen may still be at work.
  const [elsewhere, longGone] = ["another.host-1-abcdef", "another.host-2-abcdef"];
  const path = (name: string): string => join(dirname(home.db), `.ccbooks-recent-${name}`);
  for (const name of [nobody, mine, elsewhere, longGone]) {
    mkdirSync(join(path(name), "0000", "projects"), { recursive: true });
    utimesSync(path(name), noon / 1000, noon / 1000);
  }
  utimesSync(path(longGone), noon / 1000 - 90_000, noon / 1000 - 90_000);
  await fetchAt(home, noon + hour);
  expect(readdirSync(dirname(home.db)).toSorted()).toEqual(
    [elsewhere, mine]
      .map((name) => `.ccbooks-recent-${name}`)
      .concat("usage.db")
      .toSorted(),
  );
});

/** A nightly run asks for more: CCBOOKS_KILLS=500. */
const KILLS = Math.ceil(Number(process.env["CCBOOKS_KILLS"] ?? 50) / 5);

test(`${KILLS} fetches of what changed, killed at random moments, leave nothing behind and no transcript touched`, async () => {
  const home = newHome({ timezone: "UTC" });
  const now = Date.now();
  for (let day = 1; day < 4; day++) speak(home, `old${day}`, now - day * 24 * hour, 30);
  const today = Date.parse(new Date(now).toISOString().slice(0, 10));
  await home.fetch();
  const roll = dice(7);
  const start = performance.now();
  await home.fetch("--db", join(home.folder, "timed.db"));
  const whole = performance.now() - start;
  const folder = dirname(home.db);
  let left = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    speak(home, "now", Math.max(today, now - 1000) + kill, 1);
    const untouched = checksum(home);
    const fetch = execa(
      process.execPath,
      [join(root, "dist", "ccbooks.js"), "fetch", "--offline"],
      {
        env: home.env,
        extendEnv: false,
        reject: false,
      },
    );
    await pause(whole * 0.4 + roll(Math.ceil(whole * 0.6)));
    fetch.kill("SIGKILL");
    await fetch;
    left += readdirSync(folder).filter((name) => name.startsWith(".ccbooks-recent-")).length;
    expect(checksum(home)).toBe(untouched);
  }
  const { effort, totals } = await home.fetch();
  expect(effort.pass).not.toBe("full");
  expect(totals.totalTokens).toBe((3 * 30 + KILLS) * 110);
  expect(readdirSync(folder)).toEqual(["usage.db"]);
  process.stdout.write(
    `${KILLS} kills of fetches of what changed (${left} folders left and removed)\n`,
  );
});
