import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { locateCcusage } from "../src/sources/ccusage/locate.ts";
import { readReports } from "../src/sources/ccusage/read.ts";
import { reportArguments } from "../src/sources/ccusage/question.ts";
import { listTranscripts } from "../src/sources/claude-code/transcripts.ts";
import { totalTokens, type Cell } from "../src/usage.ts";
import { newHome, root } from "./support/home.ts";
import {
  dice,
  live,
  type Dice,
  type LifeFile,
  type LifeMessage,
  type Release,
  type World,
} from "./support/life.ts";
import { transcriptLine, transcriptPath } from "./support/transcripts.ts";
import { watch, type Observation } from "./support/watch.ts";

/** Lives to live; a nightly run asks for more: CCBOOKS_LIVES=20000, CCBOOKS_REAL_LIVES=300. */
const LIVES = Number(process.env["CCBOOKS_LIVES"] ?? 150);
const REAL_LIVES = Number(process.env["CCBOOKS_REAL_LIVES"] ?? 6);

const killedFetch = join(root, "test", "support", "killed-fetch.ts");

test(`${LIVES} random lives: the books equal every message ever written`, async () => {
  const total = await liveAll(LIVES, imitatedWorld);
  expect(total.fetches).toBeGreaterThan(LIVES * 10);
}, 3_600_000);

test(`${REAL_LIVES} random lives through the real ccusage: not a token lost or doubled`, async () => {
  const total = await liveAll(REAL_LIVES, realWorld);
  expect(total.fetches).toBeGreaterThan(REAL_LIVES * 10);
}, 3_600_000);

async function liveAll(lives: number, world: (roll: Dice) => World): Promise<{ fetches: number }> {
  const total: Record<string, number> = { fetches: 0, messages: 0 };
  for (let seed = 1; seed <= lives; seed++) {
    const roll = dice(seed);
    const here = world(roll);
    try {
      const { fetches, messages, events } = await live(here, roll, 60);
      for (const [what, times] of Object.entries({ fetches, messages, ...events })) {
        total[what] = (total[what] ?? 0) + times;
      }
    } catch (error) {
      throw new Error(`life ${seed} went wrong`, { cause: error });
    } finally {
      here.end();
    }
  }
  const counts = Object.entries(total).map(([what, times]) => `${what} ${times}`);
  process.stdout.write(`${lives} random lives (${counts.join(", ")}), 0 lost or doubled tokens\n`);
  return { fetches: total["fetches"] ?? 0 };
}

/** ccusage as far as the books can tell: each message counted once, in the file that sorts first. */
function imitatedWorld(): World {
  const files = new Map<string, LifeFile>();
  const path = ({ project, session }: LifeFile): string => `${project}/${session}.jsonl`;
  const observe = async (at: Date, release: Release): Promise<Observation> => {
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
    const report = {
      days: [...days].map(([date, cells]) => ({ date, cells: [...cells.values()] })),
      sessions: [],
    };
    const transcripts = [...files].map(([where, { messages, writtenAt }]) => ({
      path: where,
      size: messages.length,
      modifiedAt: writtenAt.getTime(),
    }));
    return { at, release, report, transcripts };
  };
  return {
    ...watch(":memory:", observe),
    put: (file) => void files.set(path(file), structuredClone(file)),
    remove: (file) => void files.delete(path(file)),
    // Books in memory die with their process; the real world has kills.
    killFetch: async () => {},
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

/** Real transcripts read by the real ccusage, books in a file, and real kills. */
function realWorld(roll: Dice): World {
  const home = newHome();
  const ccusage = locateCcusage(undefined);
  const version = ccusage.version ?? "";
  const ask = async (name: "daily" | "session"): Promise<string> => {
    const args = reportArguments(name, version, { timezone: "UTC", offline: true });
    const options = { env: home.env, maxBuffer: 1e8 };
    return (await promisify(execFile)(ccusage.file, [...ccusage.leading, ...args], options)).stdout;
  };
  const observe = async (at: Date, release: Release): Promise<Observation> => {
    const raw = { daily: ask("daily"), session: ask("session") };
    const { transcripts } = listTranscripts([home.claude]);
    return { at, release, report: await readReports(raw, version, "UTC"), transcripts };
  };
  const books = join(home.folder, "life.db");
  const { fetched, ...watched } = watch(books, observe);
  const path = ({ project, session }: LifeFile): string =>
    transcriptPath(home.claude, project, session);
  return {
    ...watched,
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
      utimesSync(path(file), file.writtenAt, file.writtenAt);
    },
    remove: (file) => rmSync(path(file)),
    killFetch: async (at, release) => {
      const found = join(home.folder, "found.json");
      writeFileSync(found, JSON.stringify(fetched(await observe(at, release))));
      const fetch = spawn(process.execPath, [killedFetch, books, found], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const end = once(fetch, "exit");
      await Promise.race([once(fetch.stdout, "data"), end]);
      await pause(roll(6));
      fetch.kill("SIGKILL");
      await end;
    },
  };
}
