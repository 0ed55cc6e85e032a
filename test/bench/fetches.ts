import { rmSync, statSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";

import type { shapes } from "../../src/demo/transcripts.ts";
import { columns } from "../../src/terminal/table.ts";
import { makeLogs, type Fetched, type Logs } from "./logs.ts";
import { contestant, medians, type Contestant } from "./measure.ts";
import { peerContestants, type Peer } from "./peers.ts";

/** Sessions that go on between two fetches: a few, and many at once. */
const FEW = 10;
const MANY = 50;

/** Runs of each peer, which take up to a minute each. */
const PEER_ROUNDS = 3;

/**
 * What a fetch costs beside ccusage's own two reports of the same transcripts, what it spends that on, what
 * it leaves, and what others take who are asked for the usage of the same transcripts.
 */
export async function benchFetches(
  chosen: readonly (keyof typeof shapes)[],
  { rounds, seed, peers }: { rounds: number; seed: number; peers: readonly Peer[] },
): Promise<string> {
  const fetches = [
    [
      ...["logs", "files", "MiB", "sessions", "pair", "first", "×"],
      ...["idle", "ten", "×", "new day", "fifty"],
    ],
  ];
  const efforts = [
    ["logs", "fetch", "seen", "read", "MiB", "calls", "days", "scan", "count", "memory"],
  ];
  const books = [["logs", "calls", "bytes a call", "MiB in all"]];
  const others = [["logs", "", "first", "again", "ten", "tokens"]];
  for (const shape of chosen) {
    const logs = makeLogs(shape, seed);
    try {
      // Large logs take seconds a run; fewer rounds tell as much.
      const few = Math.max(3, Math.ceil(rounds / (shape === "large" ? 3 : 1)));
      const seen = await benchShape(logs, few, peers);
      fetches.push([shape, ...seen.fetches]);
      efforts.push(...seen.efforts.map((row) => [shape, ...row]));
      books.push([shape, ...seen.books]);
      others.push(...seen.others.map((row) => [shape, ...row]));
    } finally {
      logs.remove();
    }
  }
  return [
    `${aligned(fetches, 1)}\n\n` +
      "Milliseconds. pair: the daily and the session report of ccusage, both started together; first: a\n" +
      "fetch into a new file, × of the pair; idle: when nothing has changed since the last one; ten: when ten\n" +
      "messages more are there, one in each of ten sessions (or a tenth of all), × of first; new day: when they\n" +
      "are the first of a day; fifty: as ten, with fifty.",
    `${aligned(efforts, 2)}\n\n` +
      "What one fetch of each kind looked at and read, the calls and days it added, its milliseconds of\n" +
      "scanning and keeping and of counting, and the most memory it took (MiB, without ccusage's own).",
    `${aligned(books, 1)}\n\nWhat the calls take with their indexes, and the whole file.`,
    ...(peers.length === 0
      ? []
      : [
          `${aligned(others, 2)}\n\n` +
            "Milliseconds. first: with no store of its own; again: nothing has changed; ten: ten messages more.\n" +
            "tokens: how many it counts, of those that ccusage counts.",
        ]),
  ].join("\n\n");
}

function aligned(rows: readonly (readonly string[])[], names: number): string {
  const [titles = []] = rows;
  return columns(
    titles.map((_, index) => (index < names ? "left" : "right")),
    rows,
  );
}

/** The rows of one shape, for the tables. */
async function benchShape(
  logs: Logs,
  rounds: number,
  peers: readonly Peer[],
): Promise<{ fetches: string[]; efforts: string[][]; books: string[]; others: string[][] }> {
  const db = join(logs.folder, "usage.db");
  const fresh = join(logs.folder, "fresh.db");
  const first: Contestant = {
    prepare: () => rmSync(fresh, { force: true }),
    run: () => logs.fetch(fresh),
  };
  const fetchAfter = (prepare: () => unknown): Contestant => ({
    prepare,
    run: () => logs.fetch(db),
  });
  await logs.fetch(db);
  const times = await medians(
    [
      contestant(() => Promise.all([logs.report("daily"), logs.report("session")])),
      first,
      fetchAfter(() => logs.talkOn(FEW)),
      contestant(() => logs.fetch(db)),
      fetchAfter(() => logs.talkOn(FEW, { onNewDay: true })),
      fetchAfter(() => logs.talkOn(MANY)),
    ],
    rounds,
  );
  const [pair = 0, firstTime = 0, tenTime = 0, idleTime = 0, newDayTime = 0, fiftyTime = 0] = times;
  const others = await benchPeers(logs, db, Math.min(rounds, PEER_ROUNDS), peers);
  return {
    fetches: [
      logs.written.files.toString(),
      (logs.written.bytes / 2 ** 20).toFixed(1),
      logs.written.sessions.toString(),
      pair.toFixed(0),
      firstTime.toFixed(0),
      (firstTime / pair).toFixed(2),
      idleTime.toFixed(0),
      tenTime.toFixed(0),
      (tenTime / firstTime).toFixed(2),
      ...[newDayTime, fiftyTime].map((time) => time.toFixed(0)),
    ],
    efforts: await effortsOf(logs, db),
    books: sizesOf(db),
    others,
  };
}

/** Ours once more beside the others: what is compared must be of the same minutes. */
async function benchPeers(
  logs: Logs,
  db: string,
  rounds: number,
  peers: readonly Peer[],
): Promise<string[][]> {
  if (peers.length === 0) return [];
  const fresh = join(logs.folder, "fresh.db");
  const talkOn = (): unknown => logs.talkOn(FEW);
  const playing = peers.map((peer) => peerContestants(peer, logs.home, talkOn));
  const times = await medians(
    [
      { prepare: () => rmSync(fresh, { force: true }), run: () => logs.fetch(fresh) },
      contestant(() => logs.fetch(fresh)),
      { prepare: talkOn, run: () => logs.fetch(fresh) },
      ...playing.flatMap(({ contestants }) => contestants),
    ],
    rounds,
  );
  const tokens = await logs.tokens();
  const counted = [
    (await logs.fetch(db)).totals.totalTokens,
    ...(await Promise.all(playing.map(({ tokens: count }) => count()))),
  ];
  return ["ccbooks", ...peers.map(({ name }) => name)].map((name, index) => [
    name,
    ...times.slice(3 * index, 3 * index + 3).map((time) => time.toFixed(0)),
    `${((100 * (counted[index] ?? 0)) / tokens).toFixed(1)}%`,
  ]);
}

/** What one fetch of each kind does. What was timed must have been what it is called. */
async function effortsOf(logs: Logs, db: string): Promise<string[][]> {
  const kinds: [name: string, prepare: () => number, newDays: number][] = [
    ["idle", () => 0, 0],
    ["ten", () => logs.talkOn(FEW), 0],
    ["new day", () => logs.talkOn(FEW, { onNewDay: true }), 1],
    ["fifty", () => logs.talkOn(MANY), 0],
  ];
  const another = join(logs.folder, "another.db");
  const measured = join(logs.folder, "measured.db");
  const rows = [effortRow("first", await logs.fetch(another), await logs.memory(measured))];
  await logs.fetch(db);
  for (const [name, prepare, newDays] of kinds) {
    prepare();
    const memory = await logs.memory(measured);
    await logs.fetch(db);
    const talkers = prepare();
    const fetched = await logs.fetch(db);
    checkFetch(name, fetched, { talkers, newDays });
    rows.push(effortRow(name, fetched, memory));
  }
  return rows;
}

export function checkFetch(
  name: string,
  { calls, days, effort }: Fetched,
  { talkers, newDays }: { talkers: number; newDays: number },
): void {
  const seen = { read: effort.filesRead, calls: calls.added, days: days.added };
  const wanted = { read: talkers, calls: talkers, days: newDays };
  if (JSON.stringify(seen) === JSON.stringify(wanted)) return;
  throw new Error(`${name} was ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
}

function effortRow(name: string, { effort, calls, days }: Fetched, memory: number): string[] {
  return [
    name,
    ...[effort.filesSeen, effort.filesRead].map(String),
    (effort.bytesRead / 2 ** 20).toFixed(1),
    ...[calls.added, days.added, effort.scanMs, effort.countMs].map(String),
    memory.toFixed(0),
  ];
}

function sizesOf(db: string): string[] {
  const books = new Database(db, { readonly: true });
  try {
    const calls = books.prepare<[], number>("SELECT COUNT(*) FROM call").pluck().get() ?? 0;
    const bytes = books
      .prepare<[], number>(
        `SELECT SUM(pgsize) FROM dbstat
         WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = 'call')`,
      )
      .pluck()
      .get();
    const inAll = (statSync(db).size / 2 ** 20).toFixed(1);
    return [calls.toString(), ((bytes ?? 0) / calls).toFixed(0), inAll];
  } finally {
    books.close();
  }
}
