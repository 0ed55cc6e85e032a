import { rmSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod/mini";

import type { shapes } from "../../src/demo/transcripts.ts";
import { columns } from "../../src/terminal/table.ts";
import { makeLogs, type Logs } from "./logs.ts";
import { contestant, medians, type Contestant } from "./measure.ts";
import { peerContestants, type Peer } from "./peers.ts";

/** Sessions that go on between two fetches. */
const GOING_ON = 10;

/** Runs of each peer, which take up to a minute each. */
const PEER_ROUNDS = 3;

/**
 * What a fetch costs beside the two ccusage reports that a full one cannot do without, what it spends
 * that on, and what others take who are asked for the usage of the same transcripts.
 */
export async function benchFetches(
  chosen: readonly (keyof typeof shapes)[],
  { rounds, seed, peers }: { rounds: number; seed: number; peers: readonly Peer[] },
): Promise<string> {
  const fetches = [
    [
      ...["logs", "files", "MiB", "sessions", "in turn", "pair"],
      ...["first", "×", "full", "×", "idle", "ten", "×"],
    ],
  ];
  const efforts = [[...["logs", "new", "seen", "read", "MiB", "scan", "count"]]];
  const others = [["logs", "", "first", "again", "ten", "tokens"]];
  for (const shape of chosen) {
    const logs = makeLogs(shape, seed);
    try {
      // Large logs take seconds a run; fewer rounds tell as much.
      const few = Math.max(3, Math.ceil(rounds / (shape === "large" ? 3 : 1)));
      const seen = await benchShape(logs, few, peers);
      fetches.push([shape, ...seen.fetches]);
      efforts.push(...seen.efforts.map((row) => [shape, ...row]));
      others.push(...seen.others.map((row) => [shape, ...row]));
    } finally {
      logs.remove();
    }
  }
  return [
    `${aligned(fetches, 1)}\n\n` +
      "Milliseconds. in turn: the daily report of ccusage, then the session report; pair: both started\n" +
      "together; first: a fetch into a new file; full: one that reads all, × of the pair; idle: when nothing\n" +
      "has changed since the last one; ten: when ten messages more are there, one in each of ten sessions\n" +
      "(or a tenth of all), × of full.",
    `${aligned(efforts, 2)}\n\n` +
      "What one fetch of each kind looked at and read, and its milliseconds by stage.",
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

/** The rows of one shape, for the three tables. */
async function benchShape(
  logs: Logs,
  rounds: number,
  peers: readonly Peer[],
): Promise<{ fetches: string[]; efforts: string[][]; others: string[][] }> {
  const db = join(logs.folder, "usage.db");
  const fresh = join(logs.folder, "fresh.db");
  const talkOn = (): unknown => logs.talkOn(GOING_ON);
  const first: Contestant = {
    prepare: () => rmSync(fresh, { force: true }),
    run: () => logs.fetch(fresh),
  };
  const times = await medians(
    [
      contestant(async () => {
        await logs.report("daily");
        await logs.report("session");
      }),
      contestant(() => Promise.all([logs.report("daily"), logs.report("session")])),
      first,
      { prepare: talkOn, run: () => logs.fetch(db, "--full") },
      contestant(() => logs.fetch(db)),
      { prepare: talkOn, run: () => logs.fetch(db) },
    ],
    rounds,
  );
  const [inTurn = 0, pair = 0, firstTime = 0, fullTime = 0, idleTime = 0, tenTime = 0] = times;

  const others: string[][] = [];
  if (peers.length > 0) {
    // Ours once more: what is compared must be of the same minutes.
    const playing = peers.map((peer) => peerContestants(peer, logs.home, talkOn));
    const again = await medians(
      [
        first,
        contestant(() => logs.fetch(fresh)),
        { prepare: talkOn, run: () => logs.fetch(fresh) },
        ...playing.flatMap(({ contestants }) => contestants),
      ],
      Math.min(rounds, PEER_ROUNDS),
    );
    const names = ["ccbooks", ...peers.map(({ name }) => name)];
    const tokens = await logs.tokens();
    const counted = [
      z.parse(fetched, JSON.parse(await logs.fetch(db))).totals.totalTokens,
      ...(await Promise.all(playing.map(({ tokens: count }) => count()))),
    ];
    for (const [index, name] of names.entries()) {
      const share = (counted[index] ?? 0) / tokens;
      others.push([
        name,
        ...again.slice(3 * index, 3 * index + 3).map((time) => time.toFixed(0)),
        `${(100 * share).toFixed(1)}%`,
      ]);
    }
  }

  const efforts = await checkEfforts(logs, db, GOING_ON);
  return {
    fetches: [
      logs.written.files.toString(),
      (logs.written.bytes / 2 ** 20).toFixed(1),
      logs.written.sessions.toString(),
      ...[inTurn, pair].map((time) => time.toFixed(0)),
      ...[firstTime, fullTime].flatMap((time) => [time.toFixed(0), (time / pair).toFixed(2)]),
      ...[idleTime, tenTime].map((time) => time.toFixed(0)),
      (tenTime / fullTime).toFixed(2),
    ],
    efforts: efforts.map((one, index) => [
      ["all", "ten", "none"][index] ?? "",
      ...[one.filesSeen, one.filesRead].map(String),
      (one.bytesRead / 2 ** 20).toFixed(1),
      ...[one.scanMs, one.countMs].map(String),
    ]),
    others,
  };
}

const effort = z.object({
  filesSeen: z.number(),
  filesRead: z.number(),
  bytesRead: z.number(),
  scanMs: z.number(),
  countMs: z.number(),
});

const fetched = z.object({
  effort,
  sessions: z.object({ grown: z.number() }),
  totals: z.object({ totalTokens: z.number() }),
});

/**
 * What was timed must have been what it is called.
 * @returns the effort of a fetch of everything, of what ten sessions said more, and of nothing new
 */
export async function checkEfforts(
  logs: Logs,
  db: string,
  talking: number,
): Promise<z.infer<typeof effort>[]> {
  const fetch = async (...flags: string[]): Promise<z.infer<typeof fetched>> =>
    z.parse(fetched, JSON.parse(await logs.fetch(db, ...flags)));
  const grown = logs.talkOn(talking);
  const full = await fetch("--full");
  if (full.sessions.grown !== grown) {
    throw new Error(`${full.sessions.grown} sessions grew instead of ${grown}`);
  }
  logs.talkOn(talking);
  const efforts = [full.effort, (await fetch()).effort, (await fetch()).effort];
  const filesRead = efforts.map((one) => one.filesRead).join();
  if (filesRead !== `${full.effort.filesSeen},${grown},0`) {
    throw new Error(`${filesRead} files were read`);
  }
  return efforts;
}
