import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { execa } from "execa";

import { shapes } from "../../src/demo/transcripts.ts";
import { locateCcusage } from "../../src/sources/ccusage/locate.ts";
import { benchFetches } from "./fetches.ts";
import { installPeers } from "./peers.ts";
import { benchServer } from "./server.ts";
import { benchReaders } from "./readers.ts";

// What a fetch costs on top of ccusage, and what reading costs on books of ten years. Machines are noisy, so
// whole processes are run in turns and only medians of the same run are compared.

const { values: flags } = parseArgs({
  options: {
    parts: { type: "string", default: "fetches,readers" },
    // Of the part "server", which takes two minutes by itself.
    seconds: { type: "string", default: "60" },
    // Installs the programs that people use instead, for which it needs the npm registry.
    peers: { type: "boolean", default: false },
    rounds: { type: "string", default: "9" },
    shapes: { type: "string", default: "tiny,small,medium,large,sessions" },
    seed: { type: "string", default: "1" },
  },
});

const options = { rounds: Number(flags.rounds), seed: Number(flags.seed) };
const parts = flags.parts.split(",");
const chosen = flags.shapes
  .split(",")
  .filter((name): name is keyof typeof shapes => name in shapes);
await execa(process.execPath, ["build.ts"]);
if (parts.includes("fetches")) {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  try {
    const peers = flags.peers ? await installPeers(join(folder, "peers")) : [];
    process.stdout.write(`${await benchFetches(chosen, { ...options, peers })}\n\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (parts.includes("server")) {
  process.stdout.write(`${await benchServer(Number(flags.seconds))}\n`);
}
if (parts.includes("readers")) process.stdout.write(`${await benchReaders(options)}\n`);
process.stdout.write(
  `Medians of whole processes run in turns, files in the system's cache. ccusage ${locateCcusage(undefined).version},\n` +
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ` +
    `load ${loadavg()[0]?.toFixed(1)} at the end.\n`,
);
