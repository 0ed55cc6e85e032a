import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { columns } from "../../src/terminal/table.ts";
import { tenYears } from "./big-books.ts";
import { transcriptLine } from "../support/transcripts.ts";
import { checkFetch } from "./fetches.ts";
import { makeLogs } from "./logs.ts";
import { contestant, median, medians } from "./measure.ts";

/** What is asked of the books. Commands that this ccbooks does not know are passed over. */
const questions = [
  "--version",
  "stats",
  "stats --all",
  "stats --days 30",
  "stats daily",
  "stats weekly",
  "stats monthly",
  "stats models",
  "stats projects",
  "stats sessions",
  "stats branches",
  "stats machines",
  "stats hours",
  "stats blocks",
  "stats cache",
  "stats --by project,model",
  "stats compare",
  "why 2026-11-19",
  "report --out report.html",
  "export session_usage --out sessions.csv",
  "export session_usage --out sessions.parquet",
  "budget check",
  "statusline",
  "guard",
];

/** The calls of a conversation since the last fetch, which the guard counts. */
const UNKEPT = 100;

/** Sessions that go on between two fetches. */
const GOING_ON = 50;

/** How often a program is looked into. */
const LOOKS = 5;

/** What reading ten years of books costs, and a fetch into them. */
export async function benchReaders({
  rounds,
  seed,
}: {
  rounds: number;
  seed: number;
}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "ccbooks-bench-"));
  try {
    const db = join(folder, "usage.db");
    const start = performance.now();
    // In a process of its own: whatever a large one starts, starts late.
    await execa(process.execPath, [beside("big-books.ts"), db, seed.toString()]);
    const seconds = (performance.now() - start) / 1000;
    const { years, machines, projects, sessions, calls } = tenYears;
    const size = (statSync(db).size / 2 ** 20).toFixed(0);
    return (
      `Books of ${years} years, ${machines} machines, ${projects} projects, ${sessions.toLocaleString("en")} sessions and ` +
      `${calls.toLocaleString("en")} calls:\n${size} MiB, made in ${seconds.toFixed(0)} s\n\n` +
      `${await readersTable(folder, db, rounds)}\n\n${await fetchWords(db, rounds, seed)}`
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readersTable(folder: string, db: string, rounds: number): Promise<string> {
  // A machine that has fetched before: its zone need not be asked for.
  const config = join(folder, "config");
  mkdirSync(config);
  writeFileSync(
    join(config, "machine.json"),
    '{"id":"uid-of-machine-1","name":"machine-1","timezone":"UTC"}',
  );
  const options = { cwd: folder, env: { CCBOOKS_DB: db, CCBOOKS_CONFIG_DIR: config } };
  const program = beside("../../dist/ccbooks.js");
  for (const period of ["day", "month"]) {
    const budget = [period, "--period", period, "--amount", "1000000", "--stop"];
    await execa(process.execPath, [program, "budget", "set", ...budget], options);
  }
  const input = hookInput(folder);
  const run = (args: readonly string[]) =>
    execa(process.execPath, args, { ...options, stdout: "ignore", stderr: "ignore", input });

  const asked: string[] = [];
  for (const question of questions) {
    const { exitCode } = await execa(process.execPath, [program, ...question.split(" ")], {
      ...{ ...options, input },
      reject: false,
    });
    if (exitCode === 0) asked.push(question);
  }
  const programs = [["-e", "0"], ...asked.map((question) => [program, ...question.split(" ")])];
  const times = await medians(
    programs.map((args) => contestant(() => run(args))),
    rounds,
  );
  const look = async (what: "memory" | "queries", args: readonly string[]): Promise<number> => {
    const preloaded = beside(`preloaded/${what}.ts`);
    const seen: number[] = [];
    for (let count = 0; count < LOOKS; count++) {
      const { stdio } = await execa(process.execPath, ["--import", preloaded, ...args], {
        ...options,
        input,
        stdio: ["pipe", "ignore", "ignore", "pipe"],
      });
      seen.push(Number(stdio[3]));
    }
    return median(seen);
  };

  const [bare = 0] = times;
  const rows = [["", "all", "Node", "SQLite", "rest", "MiB"]];
  for (const [index, args] of programs.entries()) {
    const time = times[index] ?? 0;
    const queries = index === 0 ? 0 : await look("queries", args);
    rows.push([
      index === 0 ? "node -e 0" : `ccbooks ${asked[index - 1] ?? ""}`,
      ...[time, bare, queries, time - bare - queries].map((part) => part.toFixed(0)),
      ((await look("memory", args)) / 1024).toFixed(0),
    ]);
  }
  return (
    `${columns(["left", "right", "right", "right", "right", "right"], rows)}\n\n` +
    `Milliseconds, and the most memory taken. Node: what bare Node takes; SQLite: inside queries, by a clock\n` +
    `in the program; rest: loading the program, rows to words, printing.`
  );
}

/** What Claude Code hands the guard, of a conversation that goes on. */
function hookInput(folder: string): string {
  const project = join(folder, "projects", "-home-me-nimbus");
  mkdirSync(project, { recursive: true });
  const transcript_path = join(project, "going-on.jsonl");
  const at = new Date().toISOString();
  const lines = Array.from({ length: UNKEPT }, (_, number) =>
    transcriptLine("going-on", { id: `new-${number}`, at, model: "claude-opus-4-5" }),
  );
  writeFileSync(transcript_path, `${lines.join("\n")}\n`);
  return JSON.stringify({ session_id: "going-on", transcript_path });
}

/** Fetches of many transcripts of which few changed, into books that hold them and years of others. */
async function fetchWords(db: string, rounds: number, seed: number): Promise<string> {
  const logs = makeLogs("sessions", seed);
  const talkOn = (): number => logs.talkOn(GOING_ON);
  try {
    await logs.fetch(db);
    const times = await medians(
      [
        contestant(() => Promise.all([logs.report("daily"), logs.report("session")])),
        { prepare: talkOn, run: () => logs.fetch(db) },
        contestant(() => logs.fetch(db)),
      ],
      rounds,
    );
    const talkers = talkOn();
    checkFetch("fifty", await logs.fetch(db), { talkers, newDays: 0 });
    const [pair = 0, some = 0, idle = 0] = times.map(Math.round);
    return (
      `Fetches into these books, of ${logs.written.sessions.toLocaleString("en")} sessions: ${some} ms with ${talkers} of them changed, ${idle} ms\n` +
      `idle. ccusage's pair of reports: ${pair} ms.\n`
    );
  } finally {
    logs.remove();
  }
}

function beside(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
