import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { execa } from "execa";

import { shapes, writeTranscripts, type Written } from "../../src/demo/transcripts.ts";
import { locateCcusage } from "../../src/sources/ccusage/locate.ts";
import { reportArguments } from "../../src/sources/ccusage/run.ts";
import { listTranscripts } from "../../src/sources/claude/transcripts.ts";
import { transcriptLine } from "../support/transcripts.ts";

const MOST_TALKING = 50;

/** Made-up transcripts in a folder of their own, and the two programs that read them. */
export interface Logs {
  folder: string;
  written: Written;
  /** How many sessions go on between two fetches. */
  talking: number;
  /** Appends a message to these. */
  talkOn(): void;
  /** Both reports of ccusage, started together, as a fetch does it. */
  askCcusage(): Promise<unknown>;
  /** Gives the JSON that it printed. */
  fetch(db: string, ...flags: string[]): Promise<string>;
  remove(): void;
}

export function makeLogs(shape: keyof typeof shapes, seed: number): Logs {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  const claude = join(folder, "claude");
  const until = new Date("2026-11-20T23:59:00Z");
  const written = writeTranscripts(claude, { ...shapes[shape], seed, until });
  const env = {
    TZ: "UTC",
    CLAUDE_CONFIG_DIR: claude,
    CCBOOKS_CONFIG_DIR: join(folder, "config"),
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
  const sessions = listTranscripts([claude])
    .map(({ path }) => path)
    .filter((path) => basename(dirname(path)) !== "subagents");
  const step = Math.max(10, Math.floor(sessions.length / MOST_TALKING));
  const talkers = sessions.filter((_, index) => index % step === 0).slice(0, MOST_TALKING);
  let round = 0;
  return {
    folder,
    written,
    talking: talkers.length,
    talkOn() {
      round += 1;
      const at = new Date().toISOString();
      for (const [index, path] of talkers.entries()) {
        const message = { id: `more-${round}-${index}`, at };
        appendFileSync(path, `${transcriptLine(basename(path, ".jsonl"), message)}\n`);
      }
    },
    askCcusage: () => Promise.all([report("daily"), report("session")]),
    async fetch(db, ...flags) {
      const args = ["dist/ccbooks.js", "fetch", "--offline", "--json", "--db", db, ...flags];
      const { stdout } = await execa(process.execPath, args, { env });
      return stdout;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
