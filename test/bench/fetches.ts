import { rmSync } from "node:fs";
import { join } from "node:path";

import type { shapes } from "../../src/demo/transcripts.ts";
import { columns } from "../../src/terminal/table.ts";
import { makeLogs, type Logs } from "./logs.ts";
import { contestant, medians } from "./measure.ts";

/** What a fetch costs beside the two ccusage reports that a full one cannot do without, a line a shape. */
export async function benchFetches(
  chosen: readonly (keyof typeof shapes)[],
  { rounds, seed }: { rounds: number; seed: number },
): Promise<string> {
  const heads = ["logs", "files", "MiB", "sessions", "pair", "idle", "recent"];
  const rows = [[...heads, "full", "", "×", "first", "", "×"]];
  for (const shape of chosen) {
    const logs = makeLogs(shape, seed);
    try {
      // Large logs take seconds a run; fewer rounds tell as much.
      const few = Math.max(3, Math.ceil(rounds / (shape === "large" ? 3 : 1)));
      rows.push([shape, ...(await benchShape(logs, few))]);
    } finally {
      logs.remove();
    }
  }
  const [titles = []] = rows;
  return (
    `${columns(
      titles.map((_, index) => (index === 0 ? "left" : "right")),
      rows,
    )}\n\n` +
    `Milliseconds. pair: the daily and session reports of ccusage, started together; idle: a fetch when\n` +
    `nothing has changed since the last one of the day; recent: when 50 sessions (a tenth, of fewer) have\n` +
    `gone on; full: the same with --full; first: into a new file.\n`
  );
}

async function benchShape(logs: Logs, rounds: number): Promise<string[]> {
  const db = join(logs.folder, "usage.db");
  const fresh = join(logs.folder, "fresh.db");
  const [pair = 0, idle = 0, recent = 0, ...whole] = await medians(
    [
      contestant(logs.askCcusage),
      contestant(() => logs.fetch(db)),
      { prepare: logs.talkOn, run: () => logs.fetch(db) },
      { prepare: logs.talkOn, run: () => logs.fetch(db, "--full") },
      { prepare: () => rmSync(fresh, { force: true }), run: () => logs.fetch(fresh) },
    ],
    rounds,
  );
  await checkPasses(logs, db);
  return [
    logs.written.files.toString(),
    (logs.written.bytes / 2 ** 20).toFixed(1),
    logs.written.sessions.toString(),
    ...[pair, idle, recent].map((time) => time.toFixed(0)),
    ...whole.flatMap((time) => [
      time.toFixed(0),
      `+${(time - pair).toFixed(0)}`,
      (time / pair).toFixed(2),
    ]),
  ];
}

/** What was timed must have been what it is called. */
export async function checkPasses(logs: Logs, db: string): Promise<void> {
  logs.talkOn();
  const recent = JSON.parse(await logs.fetch(db));
  logs.talkOn();
  const full = JSON.parse(await logs.fetch(db, "--full"));
  const idle = JSON.parse(await logs.fetch(db));
  const passes = [recent, full, idle].map(({ effort }) => effort.pass).join();
  if (passes !== "recent,full,idle") throw new Error(`the passes were ${passes}`);
  if (full.sessions.grown !== logs.talking) {
    throw new Error(`${full.sessions.grown} sessions grew instead of ${logs.talking}`);
  }
}
