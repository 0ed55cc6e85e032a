import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

import { execa } from "execa";
import * as z from "zod/mini";

import { shapes, writeTranscripts, type Written } from "../../src/demo/transcripts.ts";
import { locateCcusage } from "../../src/sources/ccusage/locate.ts";
import { reportArguments } from "../../src/sources/ccusage/releases.ts";
import { listTranscripts } from "../../src/sources/claude-code/transcripts.ts";
import { transcriptLine } from "../support/transcripts.ts";

const dailyTotals = z.object({ totals: z.object({ totalTokens: z.number() }) });

/** Made-up transcripts in a folder of their own, and the two programs that read them. */
export interface Logs {
  folder: string;
  /** The home folder of whoever left the transcripts. */
  home: string;
  written: Written;
  /** Appends a message to each of so many sessions, or to a tenth of all if that is fewer. Returns how many. */
  talkOn(sessions: number): number;
  /** Has ccusage make a report as a fetch asks for it, which goes nowhere. */
  report(name: "daily" | "session"): Promise<unknown>;
  /** All tokens, as ccusage counts them. */
  tokens(): Promise<number>;
  /** Gives the JSON that it printed. */
  fetch(db: string, ...flags: string[]): Promise<string>;
  remove(): void;
}

export function makeLogs(shape: keyof typeof shapes, seed: number): Logs {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  const home = join(folder, "home");
  const claude = join(home, ".claude");
  const until = new Date("2026-11-20T23:59:00Z");
  const written = writeTranscripts(claude, { ...shapes[shape], seed, until });
  const env = {
    TZ: "UTC",
    HOME: home,
    CLAUDE_CONFIG_DIR: claude,
    CCBOOKS_CONFIG_DIR: join(folder, "config"),
    CCBOOKS_MACHINE: "bench",
  };
  const ccusage = locateCcusage(undefined);
  const config = join(folder, "ccusage.json");
  writeFileSync(config, "{}");
  const question = { timezone: "UTC", offline: true, config };
  const asked = (name: "daily" | "session"): string[] => [
    ...ccusage.leading,
    ...reportArguments({ ...question, report: name }),
  ];
  const sessions = listTranscripts([claude])
    .transcripts.map(({ path }) => path)
    .filter((path) => basename(dirname(path)) !== "subagents");
  let round = 0;
  return {
    folder,
    home,
    written,
    talkOn(most) {
      round += 1;
      // What is written in the very moment of a full fetch is read once more by the next one.
      const at = new Date(Date.now() - 3000);
      const talkers = Math.min(most, Math.ceil(sessions.length / 10));
      const step = Math.floor(sessions.length / talkers);
      for (let talker = 0; talker < talkers; talker++) {
        const path = sessions[talker * step] ?? "";
        const message = { id: `more-${round}-${talker}`, at: at.toISOString() };
        appendFileSync(path, `${transcriptLine(basename(path, ".jsonl"), message)}\n`);
        utimesSync(path, at, at);
      }
      return talkers;
    },
    report: (name) => execa(ccusage.file, asked(name), { env, stdio: "ignore" }),
    async tokens() {
      const { stdout } = await execa(ccusage.file, asked("daily"), { env });
      return z.parse(dailyTotals, JSON.parse(stdout)).totals.totalTokens;
    },
    async fetch(db, ...flags) {
      const args = ["dist/ccbooks.js", "fetch", "--offline", "--json", "--db", db, ...flags];
      const { stdout } = await execa(process.execPath, args, { env });
      return stdout;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
