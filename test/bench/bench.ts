import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { execa } from "execa";

import { shapes, writeTranscripts } from "../../src/demo/transcripts.ts";
import { columns } from "../../src/terminal/table.ts";
import { locateCcusage } from "../../src/sources/ccusage/locate.ts";
import { reportArguments } from "../../src/sources/ccusage/run.ts";

// What a fetch costs on top of the two ccusage reports it cannot do without. Machines are noisy, so
// whole processes are run in turns and only medians of the same run are compared.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    shapes: { type: "string", default: "tiny,small,medium,sessions" },
    seed: { type: "string", default: "1" },
  },
});

interface Contest {
  name: string;
  run(): Promise<unknown>;
}

/** The time each contestant takes, in milliseconds, run in turns so that a slow moment hits all. */
async function medians(contestants: readonly Contest[], rounds: number): Promise<number[]> {
  const times = contestants.map((): number[] => []);
  for (const { run } of contestants) await run();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of contestants.entries()) {
      const start = performance.now();
      await run();
      times[index]?.push(performance.now() - start);
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0);
}

async function bench(shape: keyof typeof shapes, rounds: number): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  try {
    const logs = join(home, "claude");
    const until = new Date("2026-11-20T23:59:00Z");
    const written = writeTranscripts(logs, { ...shapes[shape], seed: Number(flags.seed), until });
    const env = {
      ...process.env,
      TZ: "UTC",
      CLAUDE_CONFIG_DIR: logs,
      CCBOOKS_CONFIG_DIR: join(home, "config"),
      CCBOOKS_MACHINE: "bench",
    };
    const ccusage = locateCcusage(undefined);
    const report = (name: "daily" | "session") =>
      execa(
        ccusage.file,
        [
          ...ccusage.leading,
          ...reportArguments(name, ccusage.version ?? "", { timezone: "UTC", offline: true }),
        ],
        { env, stdio: "ignore" },
      );
    const fetch = (db: string) =>
      execa(process.execPath, ["dist/ccbooks.js", "fetch", "--offline", "--quiet", "--db", db], {
        env,
        stdio: "inherit",
      });
    const db = join(home, "usage.db");
    const fresh = join(home, "fresh.db");
    const [pair = 0, again = 0, first = 0] = await medians(
      [
        { name: "pair", run: () => Promise.all([report("daily"), report("session")]) },
        { name: "again", run: () => fetch(db) },
        {
          name: "first",
          run: () => {
            rmSync(fresh, { force: true });
            return fetch(fresh);
          },
        },
      ],
      rounds,
    );
    const beside = (time: number): string[] => [
      time.toFixed(0),
      `+${(time - pair).toFixed(0)}`,
      (time / pair).toFixed(2),
    ];
    return [
      shape,
      written.files.toString(),
      (written.bytes / 2 ** 20).toFixed(1),
      written.sessions.toString(),
      pair.toFixed(0),
      ...beside(again),
      ...beside(first),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const chosen = flags.shapes
  .split(",")
  .filter((name): name is keyof typeof shapes => name in shapes);
await execa(process.execPath, ["build.ts"]);
const rows = [["logs", "files", "MiB", "sessions", "pair", "fetch", "", "×", "first", "", "×"]];
for (const shape of chosen) {
  // Large logs take seconds a run; fewer rounds tell as much.
  rows.push(
    await bench(shape, Math.max(3, Math.ceil(Number(flags.rounds) / (shape === "large" ? 3 : 1)))),
  );
}
process.stdout.write(
  `${columns(["left", ...Array.from({ length: 10 }, () => "right" as const)], rows)}\n\n` +
    `Milliseconds, medians of whole processes run in turns. pair: the daily and session reports of\n` +
    `ccusage ${locateCcusage(undefined).version}, started together; fetch: ccbooks on books that know all but the\n` +
    `last fetch; first: into a new file. Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB.\n`,
);
