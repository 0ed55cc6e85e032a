import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { migrate } from "../src/ledger/migrate.ts";
import type { Books } from "../src/ledger/open.ts";
import { loadPrior } from "../src/ledger/prior.ts";
import { record } from "../src/ledger/record.ts";
import { locateCcusage } from "../src/sources/ccusage/locate.ts";
import { readReports } from "../src/sources/ccusage/read.ts";
import { reportArguments } from "../src/sources/ccusage/run.ts";
import { listTranscripts } from "../src/sources/claude/transcripts.ts";
import { totalTokens, type Cell, type Report, type Tokens, type Transcript } from "../src/usage.ts";
import { newHome } from "./support/home.ts";
import { dice, live, type LifeFile, type LifeMessage, type World } from "./support/life.ts";
import { transcriptLine, transcriptPath } from "./support/transcripts.ts";

/** Lives to live; a nightly run asks for more: CCBOOKS_LIVES=20000, CCBOOKS_REAL_LIVES=300. */
const LIVES = Number(process.env["CCBOOKS_LIVES"] ?? 150);
const REAL_LIVES = Number(process.env["CCBOOKS_REAL_LIVES"] ?? 6);

test(`${LIVES} random lives: the books equal every message ever written`, async () => {
  const total = await liveAll(LIVES, () => imitatedWorld());
  expect(total.fetches).toBeGreaterThan(LIVES * 10);
}, 600_000);

test(`${REAL_LIVES} random lives through the real ccusage: not a token lost or doubled`, async () => {
  const total = await liveAll(REAL_LIVES, () => realWorld());
  expect(total.fetches).toBeGreaterThan(REAL_LIVES * 10);
}, 600_000);

async function liveAll(lives: number, world: () => World): Promise<{ fetches: number }> {
  let [fetches, messages] = [0, 0];
  for (let seed = 1; seed <= lives; seed++) {
    const here = world();
    try {
      const lived = await live(here, dice(seed), 45);
      fetches += lived.fetches;
      messages += lived.messages;
    } catch (error) {
      throw new Error(`life ${seed} went wrong`, { cause: error });
    } finally {
      here.end();
    }
  }
  process.stdout.write(
    `${lives} random lives, ${fetches} fetches, ${messages} messages, 0 lost or doubled tokens\n`,
  );
  return { fetches };
}

/** Books in memory, and what a run of a life's clock writes into them. */
function watch(): {
  observe(at: Date, report: Report, transcripts: Transcript[]): Map<string, Tokens>;
  end(): void;
} {
  const books: Books = new Database(":memory:");
  books.pragma("foreign_keys = ON");
  migrate(books, ":memory:");
  let runs = 0;
  const observe = (at: Date, report: Report, transcripts: Transcript[]): Map<string, Tokens> => {
    const run = {
      id: `run ${++runs}`,
      machine: "m",
      agent: "claude",
      source: "ccusage",
      command: [],
      ccbooksVersion: "0",
      ccusageVersion: "20.0.20",
      timezone: "UTC",
      prices: "built in" as const,
      logFolders: [],
      startedAt: at.toISOString(),
      finishedAt: new Date(at.getTime() + 500).toISOString(),
    };
    const method = { ccusageVersion: "20.0.20", costMode: "auto", timezone: "UTC" };
    const fetched = {
      run,
      method,
      report,
      transcripts,
      retentionDays: 30,
      machineIsGuessed: false,
    };
    record(books, fetched, loadPrior(books, run));
    const rows = books
      .prepare<[], Tokens & { date: string }>(
        `SELECT date, input_tokens AS inputTokens, output_tokens AS outputTokens,
          cache_creation_tokens AS cacheCreationTokens, cache_read_tokens AS cacheReadTokens
         FROM daily_usage`,
      )
      .all();
    return new Map(rows.map(({ date, ...tokens }) => [date, tokens]));
  };
  return { observe, end: () => void books.close() };
}

/** ccusage as far as the books can tell: each message counted once, in the file that sorts first. */
function imitatedWorld(): World {
  const files = new Map<string, LifeFile>();
  const { observe, end } = watch();
  const path = ({ project, session }: LifeFile): string => `${project}/${session}.jsonl`;
  return {
    end,
    put: (file) => void files.set(path(file), structuredClone(file)),
    remove: (file) => void files.delete(path(file)),
    fetch: async (at) => {
      const seen = new Set<string>();
      const days = new Map<string, Map<string, Cell>>();
      for (const [, { project, messages }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        for (const message of messages) {
          if (seen.has(message.id)) continue;
          seen.add(message.id);
          const day = message.at.slice(0, 10);
          const cells = days.get(day) ?? new Map<string, Cell>();
          days.set(day, cells);
          count(cells, project, message);
        }
      }
      return observe(
        at,
        {
          days: [...days].map(([date, cells]) => ({ date, cells: [...cells.values()] })),
          sessions: [],
        },
        [...files].map(([where, { messages }]) => ({
          path: where,
          size: messages.length,
          modifiedAt: Date.parse(messages.at(-1)?.at ?? ""),
        })),
      );
    },
  };
}

function count(cells: Map<string, Cell>, project: string, { model, tokens }: LifeMessage): void {
  const key = `${project} ${model}`;
  const cell = cells.get(key) ?? {
    project,
    model,
    inputTokens: 0,
    outputTokens: 0,
    cacheCreationTokens: 0,
    cacheReadTokens: 0,
    cost: model.includes("unheard") ? null : 0,
    unpricedTokens: 0,
  };
  cell.inputTokens += tokens.inputTokens;
  cell.outputTokens += tokens.outputTokens;
  cell.cacheCreationTokens += tokens.cacheCreationTokens;
  cell.cacheReadTokens += tokens.cacheReadTokens;
  if (cell.cost === null) cell.unpricedTokens += totalTokens(tokens);
  else cell.cost += totalTokens(tokens) / 1e6;
  cells.set(key, cell);
}

/** Real transcripts, read by the real ccusage. */
function realWorld(): World {
  const home = newHome();
  const { observe, end } = watch();
  const ccusage = locateCcusage(undefined);
  const version = ccusage.version ?? "";
  const report = async (name: "daily" | "session"): Promise<string> => {
    const args = reportArguments(name, version, { timezone: "UTC", offline: true });
    const options = { env: home.env, maxBuffer: 1e8 };
    return (await promisify(execFile)(ccusage.file, [...ccusage.leading, ...args], options)).stdout;
  };
  const path = ({ project, session }: LifeFile): string =>
    transcriptPath(home.claude, project, session);
  return {
    end,
    put: (file) => {
      mkdirSync(dirname(path(file)), { recursive: true });
      const lines = file.messages.map((message) =>
        transcriptLine(file.session, {
          id: message.id,
          at: message.at,
          model: message.model,
          input: message.tokens.inputTokens,
          output: message.tokens.outputTokens,
          cacheCreation: message.tokens.cacheCreationTokens,
          cacheRead: message.tokens.cacheReadTokens,
        }),
      );
      writeFileSync(path(file), `${lines.join("\n")}\n`);
    },
    remove: (file) => rmSync(path(file)),
    fetch: async (at) => {
      const raw = { daily: report("daily"), session: report("session") };
      const transcripts = listTranscripts([join(home.claude)]);
      return observe(at, await readReports(raw, version, "UTC"), transcripts);
    },
  };
}
