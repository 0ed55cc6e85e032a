import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import Database from "better-sqlite3";
import { execa } from "execa";

import { inconsistencies } from "../../src/ledger/consistency.ts";
import type { Books } from "../../src/ledger/open.ts";
import { locateCcusage } from "../../src/sources/ccusage/locate.ts";
import type { Tokens } from "../../src/usage.ts";
import { dumpOf, shownIn } from "./books.ts";
import type { Dice } from "./dice.ts";
import { root } from "./home.ts";
import { textOf, type Computer, type Fetching, type Program } from "./life.ts";
import { type KnownCall, type Truth } from "./truth.ts";

/** The built program as users run it: processes, files, the real ccusage, and kills. */
export function realProgram(folder: string, roll: Dice): Program {
  const ccusage = locateCcusage(undefined).file;
  let release = ccusage;
  let releases = 0;
  let usual = 500;
  const path = (books: number): string => join(folder, `books-${books}.db`);

  const environment = (machine: Computer, folders: readonly string[]) => {
    const config = join(machine.folder, "config");
    const { uid: id, name, timezone } = machine;
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "machine.json"), JSON.stringify({ id, name, timezone }));
    const temporary = join(folder, "tmp");
    mkdirSync(temporary, { recursive: true });
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: machine.folder,
      TMPDIR: temporary,
      CCBOOKS_CONFIG_DIR: config,
      CLAUDE_CONFIG_DIR: folders.join(","),
    };
  };
  const start = (machine: Computer, folders: readonly string[], args: readonly string[]) =>
    execa(process.execPath, [join(root, "dist", "ccbooks.js"), ...args], {
      env: environment(machine, folders),
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
  const startFetch = (books: number, { machine, folders, full }: Fetching) =>
    start(machine, folders, [
      ...["fetch", "--offline", "--json", "--db", path(books), "--ccusage", release],
      ...(full ? ["--full"] : []),
    ]);
  const done = async (running: ReturnType<typeof start>): Promise<Answer> => {
    const { exitCode, stdout, stderr } = await running;
    if (exitCode !== 0) throw new Error(`it ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout);
  };
  const withBooks = <T>(books: number, work: (open: Books) => T): T => {
    const open = new Database(path(books), { fileMustExist: true });
    try {
      return work(open);
    } finally {
      open.close();
    }
  };

  return {
    hasClock: false,
    async fetch(books, how) {
      const begun = performance.now();
      await done(startFetch(books, how));
      usual = performance.now() - begun;
    },
    async kill(books, how) {
      const running = startFetch(books, how);
      await pause(roll(Math.ceil(usual)));
      running.kill("SIGKILL");
      await running;
      return "perhaps";
    },
    async slowly(books, how) {
      const running = startFetch(books, how);
      return { read: async () => undefined, write: async () => void (await done(running)) };
    },
    // Under another name it counts everything again.
    release() {
      releases += 1;
      release = join(folder, `ccusage-${releases}`);
      const version = `[ "$1" = --version ] && echo "ccusage 20.0.${100 + releases}" && exit`;
      writeFileSync(release, `#!/bin/sh\n${version}\nexec "${ccusage}" "$@"\n`);
      chmodSync(release, 0o755);
    },
    copy(from, to) {
      rmSync(`${path(to)}-journal`, { force: true });
      copyFileSync(path(from), path(to));
    },
    async merge(into, from, by) {
      const others = from.map(path);
      const args = ["--offline", "--json", "--ccusage", release, "--db", path(into)];
      const { merged = [] } = await done(start(by, by.configs, ["merge", ...others, ...args]));
      for (const { file, refused } of merged) {
        if (refused !== 0) throw new Error(`${refused} rows of ${file} were not let in`);
      }
    },
    shown: (books) => withBooks(books, shownIn),
    // The machine that merges enters itself, at that moment.
    dump: (books) => withBooks(books, dumpOf).replaceAll(/^(machine .*),"[^"]+"\]$/gm, "$1]"),
    inconsistencies: (books) => withBooks(books, inconsistencies),
    async audit(truth, machines, books) {
      for (const machine of machines) {
        const counted = await countAlone(
          ccusage,
          join(folder, "alone", machine.uid),
          truth,
          machine,
        );
        const shown = withBooks(books, (open) => cellsOf(open, machine.uid));
        const keys = new Set([...Object.keys(counted), ...Object.keys(shown)]);
        for (const key of keys) {
          const [theirs, ours] = [JSON.stringify(counted[key]), JSON.stringify(shown[key])];
          if (theirs !== ours) throw new Error(`${key}: ccusage ${theirs}, the books ${ours}`);
        }
      }
    },
  };
}

/** What `--json` prints. */
interface Answer {
  merged?: { file: string; refused: number }[];
}

/** What ccusage prints. */
interface Report {
  projects: Record<string, { date: string; modelBreakdowns: ModelRow[] }[]>;
}
type ModelRow = Tokens & { modelName: string; cost: number };

/** Tokens, and cost in millionths of a dollar where ccusage knows the price, by date, project and model. */
type Cells = Record<string, (number | null)[]>;

function cellsOf(books: Books, uid: string): Cells {
  const rows = books
    .prepare<[string], [string, ...number[]]>(
      `SELECT u.date || ' ' || u.project_path || ' ' || u.model_name, u.input_tokens, u.output_tokens,
         u.cache_creation_tokens, u.cache_read_tokens,
         CASE WHEN u.model_name LIKE '%unheard%' THEN NULL ELSE ROUND(u.cost * 1e6) END
       FROM usage_cell AS u JOIN machine AS m ON m.label = u.machine WHERE m.uid = ?`,
    )
    .raw()
    .all(uid);
  return Object.fromEntries(rows.map(([key, ...figures]) => [key, figures]));
}

/**
 * What ccusage makes of every line that was seen, each written once into a folder of its own. Lines
 * without a request are written once a call and under names of their own, as ccusage knows no sessions.
 */
async function countAlone(
  ccusage: string,
  folder: string,
  truth: Truth,
  machine: Computer,
): Promise<Cells> {
  mkdirSync(join(folder, "projects"), { recursive: true });
  const counting = new Set(truth.counting());
  const messages = Map.groupBy(truth.calls.values(), ({ line }) => line.message);
  const texts = new Map<string, string[]>();
  const write = (call: KnownCall, ofWhom: KnownCall, isAlone: boolean): void => {
    const { id, project } = truth.whose(call);
    const owner = truth.whose(ofWhom);
    if (owner.uid !== machine.uid) return;
    const file = { session: id, cwd: "/" };
    const lines = isAlone ? [{ ...call.line, message: `${call.line.message} ${id}` }] : call.lines;
    for (const line of lines) {
      const place = line.isSidechain ? `${id}/subagents/agent-x.jsonl` : `${id}.jsonl`;
      const path = join(folder, "projects", project, place);
      texts.set(path, [...(texts.get(path) ?? []), textOf(file, line)]);
    }
  };
  for (const calls of messages.values()) {
    for (const call of calls) {
      const isGateway = call.line.request === null;
      const standing = counting.has(call) ? call : calls.find((other) => counting.has(other));
      if (standing === undefined) throw new Error("no call of a message counts");
      if (!isGateway) write(call, standing, false);
      else if (counting.has(call)) write(call, call, true);
    }
  }
  if (texts.size === 0) return {};
  for (const [path, lines] of texts) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${lines.join("\n")}\n`);
  }
  const { stdout } = await execa(
    ccusage,
    [
      ...["claude", "daily", "--instances", "--json", "--offline", "--mode", "auto"],
      ...["--timezone", machine.timezone, "--config", "/dev/null"],
    ],
    { env: { CLAUDE_CONFIG_DIR: folder } },
  );
  const cells: Cells = {};
  const { projects }: Report = JSON.parse(stdout);
  for (const [project, days] of Object.entries(projects)) {
    for (const { date, modelBreakdowns } of days) {
      for (const model of modelBreakdowns) {
        const { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens } = model;
        cells[`${date} ${project} ${model.modelName}`] = [
          ...[inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens],
          model.modelName.includes("unheard") ? null : Math.round(model.cost * 1e6),
        ];
      }
    }
  }
  return cells;
}
