import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";
import * as z from "zod/mini";

import { addDays } from "../../src/dates.ts";
import { shapes, writeTranscripts, type Written } from "../../src/demo/transcripts.ts";
import { locateCcusage } from "../../src/sources/ccusage/locate.ts";
import { reportArguments } from "../../src/sources/ccusage/releases.ts";
import { listTranscripts } from "../../src/sources/claude-code/transcripts.ts";
import { transcriptLine } from "../support/transcripts.ts";

const dailyTotals = z.object({ totals: z.object({ totalTokens: z.number() }) });

const fetched = z.object({
  calls: z.object({ added: z.number() }),
  days: z.object({ added: z.number() }),
  effort: z.object({
    filesSeen: z.number(),
    filesRead: z.number(),
    bytesRead: z.number(),
    scanMs: z.number(),
    countMs: z.number(),
  }),
  totals: z.object({ totalTokens: z.number() }),
});

/** What `fetch --json` says. */
export type Fetched = z.infer<typeof fetched>;

/** Made-up transcripts in a folder of their own, and the two programs that read them. */
export interface Logs {
  folder: string;
  /** The home folder of whoever left the transcripts. */
  home: string;
  written: Written;
  /**
   * Appends a message to each of so many sessions, or to a tenth of all if that is fewer: on the last
   * day there is, or on a new one. Returns how many.
   */
  talkOn(sessions: number, when?: { onNewDay: boolean }): number;
  /** Has ccusage make a report as it is usually asked for it, which goes nowhere. */
  report(name: "daily" | "session"): Promise<unknown>;
  /** All tokens, as ccusage counts them. */
  tokens(): Promise<number>;
  fetch(db: string): Promise<Fetched>;
  /** The most memory that a fetch takes, in MiB. */
  memory(db: string): Promise<number>;
  remove(): void;
}

/** Long enough ago that as many new days as there are rounds lie before tomorrow. */
const LAST_DAY = "2026-10-20";

export function makeLogs(shape: keyof typeof shapes, seed: number): Logs {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  const home = join(folder, "home");
  const claude = join(home, ".claude");
  const until = new Date(`${LAST_DAY}T23:00:00Z`);
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
  const asked = (report: "daily" | "session"): string[] => [
    ...ccusage.leading,
    ...reportArguments({ report, ...question }),
  ];
  const sessions = listTranscripts([claude])
    .transcripts.map(({ path }) => path)
    .filter((path) => basename(dirname(path)) !== "subagents");
  const fetchArguments = (db: string): string[] => [
    ...["dist/ccbooks.js", "fetch", "--offline", "--json", "--db", db],
  ];
  let round = 0;
  let date = LAST_DAY;
  return {
    folder,
    home,
    written,
    talkOn(most, { onNewDay } = { onNewDay: false }) {
      round += 1;
      if (onNewDay) date = addDays(date, 1);
      const talkers = Math.min(most, Math.ceil(sessions.length / 10));
      const step = Math.floor(sessions.length / talkers);
      for (let talker = 0; talker < talkers; talker++) {
        const path = sessions[talker * step] ?? "";
        const message = { id: `more-${round}-${talker}`, at: `${date}T23:30:00.000Z` };
        appendFileSync(path, `${transcriptLine(basename(path, ".jsonl"), message)}\n`);
      }
      return talkers;
    },
    report: (name) => execa(ccusage.file, asked(name), { env, stdio: "ignore" }),
    async tokens() {
      const { stdout } = await execa(ccusage.file, asked("daily"), { env });
      return z.parse(dailyTotals, JSON.parse(stdout)).totals.totalTokens;
    },
    async fetch(db) {
      const { stdout } = await execa(process.execPath, fetchArguments(db), { env });
      return z.parse(fetched, JSON.parse(stdout));
    },
    async memory(db) {
      const preloaded = fileURLToPath(new URL("preloaded/memory.ts", import.meta.url));
      const { stdio } = await execa(
        process.execPath,
        ["--import", preloaded, ...fetchArguments(db)],
        { env, stdio: ["ignore", "ignore", "inherit", "pipe"] },
      );
      return Number(stdio[3]) / 1024;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
