import { rmSync } from "node:fs";
import { join } from "node:path";

import type { shapes } from "../../src/demo/transcripts.ts";
import { columns } from "../../src/terminal/table.ts";
import { makeLogs, type Logs } from "./logs.ts";
import { contestant, medians } from "./measure.ts";

const heads = ["logs", "files", "MiB", "sessions", "pair"];
const contests = ["fetch", "changed", "first"];

/** What a fetch costs on top of the two ccusage reports it cannot do without, a line a shape. */
export async function benchFetches(
  chosen: readonly (keyof typeof shapes)[],
  { rounds, seed }: { rounds: number; seed: number },
): Promise<string> {
  const rows = [[...heads, ...contests.flatMap((contest) => [contest, "", "×"])]];
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
    `Milliseconds. pair: the daily and session reports of ccusage, started together; fetch: ccbooks on\n` +
    `books that know all but the last fetch; changed: the same when 50 sessions (or all, if fewer) have\n` +
    `gone on since; first: into a new file.\n`
  );
}

async function benchShape(logs: Logs, rounds: number): Promise<string[]> {
  const db = join(logs.folder, "usage.db");
  const fresh = join(logs.folder, "fresh.db");
  const [pair = 0, ...fetches] = await medians(
    [
      contestant(logs.askCcusage),
      contestant(() => logs.fetch(db)),
      { prepare: logs.talkOn, run: () => logs.fetch(db) },
      { prepare: () => rmSync(fresh, { force: true }), run: () => logs.fetch(fresh) },
    ],
    rounds,
  );
  await checkChange(logs, db);
  return [
    logs.written.files.toString(),
    (logs.written.bytes / 2 ** 20).toFixed(1),
    logs.written.sessions.toString(),
    pair.toFixed(0),
    ...fetches.flatMap((time) => [
      time.toFixed(0),
      `+${(time - pair).toFixed(0)}`,
      (time / pair).toFixed(2),
    ]),
  ];
}

/** What was timed as a change must have been one. */
export async function checkChange(logs: Logs, db: string): Promise<void> {
  logs.talkOn();
  const grown = await logs.countGrown(db);
  if (grown !== logs.talking) throw new Error(`${grown} sessions grew instead of ${logs.talking}`);
}
