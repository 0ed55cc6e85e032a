import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import Database from "better-sqlite3";
import { execa, type Result } from "execa";
import { expect, onTestFinished, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { inconsistencies } from "../src/ledger/consistency.ts";
import { dumpOf } from "./support/books.ts";
import { dice, oneOf } from "./support/dice.ts";
import { newHome, root, type Home } from "./support/home.ts";

/** A nightly run asks for more: CCBOOKS_KILLS=500. */
const KILLS = Number(process.env["CCBOOKS_KILLS"] ?? 30);

const shape = { ...shapes.demo, days: 10, seed: 5 };

/** A home with two states of its transcripts, fetched once in the first; the second is on disk. */
async function homeWithMore(): Promise<Home & { untouched: string }> {
  const home = newHome();
  writeTranscripts(home.claude, { ...shape, until: new Date("2026-11-18T12:00:00Z") });
  await home.fetch();
  const untouched = join(home.folder, "untouched.db");
  copyFileSync(home.db, untouched);
  writeTranscripts(home.claude, { ...shape, until: new Date("2026-11-18T22:00:00Z") });
  return { ...home, untouched };
}

/** Starts a fetch that a test ends. It runs without a launcher, as a kill would hit only that. */
function startFetch(home: Home, ...flags: string[]) {
  return execa(
    process.execPath,
    [join(root, "dist", "ccbooks.js"), "fetch", "--offline", "--quiet", ...flags],
    { env: home.env, extendEnv: false, reject: false, stdin: "ignore" },
  );
}

/** What books say that depends on nothing but the transcripts. */
function figures(path: string): string[] {
  const books = new Database(path);
  try {
    expect(books.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(books.pragma("foreign_key_check")).toEqual([]);
    expect(inconsistencies(books)).toEqual([]);
    expect(books.prepare("SELECT id FROM session_day WHERE uncounted IS NOT NULL").all()).toEqual(
      [],
    );
    const dated = /^(machine|session|transcript|revision) /;
    return dumpOf(books)
      .split("\n")
      .filter((line) => !dated.test(line));
  } finally {
    books.close();
  }
}

/** The same transcripts, fetched in peace. */
async function inPeace(home: Home): Promise<string[]> {
  const fresh = join(home.folder, "fresh.db");
  await home.fetch("--db", fresh);
  return figures(fresh);
}

/** What ccbooks has left in its temporary folder. */
function leftovers(home: Home, pid?: number): string[] {
  const of = pid === undefined ? "" : `-${pid}-`;
  return readdirSync(home.folder).filter(
    (name) => name.startsWith("ccbooks-") && name.includes(of),
  );
}

/** What a shell would show as `$?`. */
function shellStatus({ exitCode, signal }: Pick<Result, "exitCode" | "signal">): number {
  return exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]);
}

test(`${KILLS} fetches killed at random moments leave the books as without the kills`, async () => {
  const home = await homeWithMore();
  const peaceful = await inPeace(home);
  const start = performance.now();
  await home.fetch("--db", join(home.folder, "timed.db"));
  const whole = performance.now() - start;

  const roll = dice(1);
  const met = { "before anything was kept": 0, "while counting": 0, "after the end": 0 };
  for (let kill = 0; kill < KILLS; kill++) {
    // Each kill meets books that have something to write.
    if (kill % 3 === 0) {
      rmSync(`${home.db}-journal`, { force: true });
      copyFileSync(home.untouched, home.db);
    }
    const signal = oneOf(roll, ["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"] as const);
    const fetch = startFetch(home);
    await pause(roll(Math.ceil(whole)));
    const { pid } = fetch;
    fetch.kill(signal);
    const ended = await fetch;
    if (shellStatus(ended) === 0) met["after the end"] += 1;
    else if (isUncounted(home.db)) met["while counting"] += 1;
    else met["before anything was kept"] += 1;
    if (signal !== "SIGKILL") expect(leftovers(home, pid)).toEqual([]);
  }
  expect(met["after the end"]).toBeLessThan(KILLS);

  await home.fetch();
  expect(figures(home.db)).toEqual(peaceful);
  expect(leftovers(home)).toEqual([]);
  const counts = Object.entries(met).map(([when, times]) => `${times} ${when}`);
  process.stdout.write(`${KILLS} kills (${counts.join(", ")}), 0 lost tokens\n`);
}, 3_600_000);

/** Whether something was kept that is not counted yet. */
function isUncounted(path: string): boolean {
  const books = new Database(path);
  try {
    const one = books.prepare("SELECT 1 FROM session_day WHERE uncounted IS NOT NULL LIMIT 1");
    return one.get() !== undefined;
  } finally {
    books.close();
  }
}

/** A ccusage that says when it was asked, and then never ends. */
function endlessCcusage(home: Home): { path: string; asked: Promise<number> } {
  const path = join(home.folder, "endless-ccusage");
  const file = join(home.folder, "asked");
  // Moved into place, so that the number in it is whole.
  writeFileSync(
    path,
    `#!/bin/sh
[ "$1" = --version ] && echo "ccusage 20.0.20" && exit
echo $$ > "${file}.new" && mv "${file}.new" "${file}"
exec sleep 600
`,
  );
  chmodSync(path, 0o755);
  const asked = appearance(file).then(() => Number(readFileSync(file, "utf8")));
  return { path, asked };
}

/** When a file appears. */
async function appearance(path: string): Promise<void> {
  const changes = watch(dirname(path));
  const isThere = new Promise<void>((resolve) => {
    changes.on("change", (_, name) => name === basename(path) && resolve());
  });
  if (!existsSync(path)) await isThere;
  changes.close();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.skipIf(process.platform === "win32")(
  "a fetch killed while ccusage counts is gone on with, and leaves nothing after the next",
  async () => {
    const home = await homeWithMore();
    const peaceful = await inPeace(home);
    const { path, asked } = endlessCcusage(home);
    const fetch = startFetch(home, "--ccusage", path);
    const ccusage = await asked;
    onTestFinished(() => void (isAlive(ccusage) && process.kill(ccusage, "SIGKILL")));
    fetch.kill("SIGKILL");
    await fetch;

    // What was read is kept, and what is not counted yet is known.
    expect(isUncounted(home.db)).toBe(true);
    expect(leftovers(home)).not.toEqual([]);
    await home.fetch();
    expect(figures(home.db)).toEqual(peaceful);
    expect(leftovers(home)).toEqual([]);
  },
);

test.skipIf(process.platform === "win32").for([
  ["Ctrl-C", "SIGINT", 130],
  ["SIGTERM", "SIGTERM", 143],
] as const)(
  "%s while ccusage counts removes the temporary folder at once and leaves the books whole",
  async ([, signal, status]) => {
    const home = await homeWithMore();
    const peaceful = await inPeace(home);
    const { path, asked } = endlessCcusage(home);
    const fetch = startFetch(home, "--ccusage", path);
    const ccusage = await asked;
    expect(leftovers(home)).not.toEqual([]);
    fetch.kill(signal);
    const ended = await fetch;
    expect(shellStatus(ended)).toBe(status);
    expect(ended.stderr).toBe("");
    expect(leftovers(home)).toEqual([]);
    await gone(ccusage);

    await home.fetch();
    expect(figures(home.db)).toEqual(peaceful);
  },
);

/** When a process is gone; a test that waits for one that stays runs out of time. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(10);
}

test("several fetches at once leave what one leaves", async () => {
  const home = await homeWithMore();
  const peaceful = await inPeace(home);
  const runs = await Promise.all(Array.from({ length: 6 }, () => startFetch(home)));
  for (const run of runs) expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  expect(figures(home.db)).toEqual(peaceful);
  expect(home.query("SELECT status FROM import_run WHERE status <> 'ok'")).toEqual([]);
  expect(home.query("SELECT SUM(fetches) AS fetches FROM import_run")).toEqual([{ fetches: 7 }]);
  expect(leftovers(home)).toEqual([]);
});

test("several first fetches at once make one set of books", async () => {
  const home = newHome();
  writeTranscripts(home.claude, { ...shape, until: new Date("2026-11-18T12:00:00Z") });
  const runs = await Promise.all(Array.from({ length: 4 }, () => startFetch(home)));
  for (const run of runs) expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  expect(home.query("SELECT uid FROM machine")).toHaveLength(1);
  expect(figures(home.db)).toEqual(await inPeace(home));
});
