import Database from "better-sqlite3";

import { addDays } from "../../src/dates.ts";
import { Dice } from "../../src/demo/dice.ts";
import type { Books } from "../../src/ledger/books.ts";
import { sumUpAll } from "../../src/ledger/consistency.ts";
import { keepMachine } from "../../src/ledger/machines.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { namesIn } from "../../src/ledger/names.ts";
import { recordProjects } from "../../src/ledger/projects.ts";
import { newTally, openRun } from "../../src/ledger/runs.ts";
import { totalTokens, type Tokens } from "../../src/usage.ts";

/** How large books are. */
export interface Size {
  years: number;
  machines: number;
  projects: number;
  /** Exactly as many, over all machines and days. */
  sessions: number;
  /** Of each session's use of a model. */
  calls: number;
}

/** With about 1.7 million calls. */
export const tenYears: Size = {
  years: 10,
  machines: 5,
  projects: 200,
  sessions: 200_000,
  calls: 7,
};

const LAST_DAY = "2026-11-20";
const RETENTION_DAYS = 30;

interface Model {
  name: string;
  /** USD per million tokens: input, output, cache creation, cache read; null: of no known price. */
  rates: readonly [number, number, number, number] | null;
}

/** From the oldest on. Each is the model to use for a while. */
const MODELS: readonly Model[] = [
  { name: "claude-opus-4-8", rates: [5, 25, 6.25, 0.5] },
  { name: "claude-sonnet-4-6", rates: [3, 15, 3.75, 0.3] },
  { name: "claude-sonnet-5", rates: [2, 10, 2.5, 0.2] },
  { name: "claude-opus-5", rates: [5, 25, 6.25, 0.5] },
  { name: "claude-unheard-of-9", rates: null },
];

/** What subagents run on. */
const HELPER: Model = { name: "claude-haiku-4-5-20251001", rates: [1, 5, 1.25, 0.1] };

/** One machine's day. */
interface Shift {
  date: string;
  machine: string;
  /** How much of all the years has gone by, 0 to 1. */
  progress: number;
  dice: Dice;
}

/** What a session used of one model. */
interface Cell extends Tokens {
  model: string;
  cost: number | null;
}

interface Session {
  id: string;
  project: string;
  /** Milliseconds since 1970. */
  lastAt: number;
  cells: Cell[];
}

/**
 * Makes the books that daily fetches leave in years, with every call. The transcripts of all but the last
 * month are deleted. The same size and seed give the same books.
 */
export function writeBigBooks(path: string, size: Size, seed: number): void {
  const books = new Database(path);
  try {
    books.pragma("foreign_keys = ON");
    books.pragma("synchronous = OFF");
    books.pragma("cache_size = -500000");
    migrate(books, path);
    books.transaction(() => fill(books, size, seed)).immediate();
    sumUpAll(books, fetchedAt(LAST_DAY));
  } finally {
    books.close();
  }
}

if (import.meta.main) {
  const [path = "usage.db", seed = "1"] = process.argv.slice(2);
  writeBigBooks(path, tenYears, Number(seed));
}

function fill(books: Books, size: Size, seed: number): void {
  const projects = Array.from({ length: size.projects }, (_, index) => {
    const name = `project-${index + 1}`;
    return { slug: `-home-dev-${name}`, path: `/home/dev/${name}`, name };
  });
  recordProjects(books, projects);
  const slugs = projects.map(({ slug }) => slug);
  const shifts = shiftsOf(size, seed);
  const counts = shared(size.sessions, shifts.map(busyness));
  const write = sessionWriter(books, size.calls);
  const machines = new Map<string, number>();
  for (const [index, shift] of shifts.entries()) {
    const { machine: name } = shift;
    const uid = name.padStart(16, "0");
    const machine =
      machines.get(name) ??
      keepMachine(books, { uid, name, timezone: "UTC" }, fetchedAt(shift.date)).row.id;
    machines.set(name, machine);
    const run = recordFetch(books, shift, machine);
    for (const session of sessionsOf(shift, counts[index] ?? 0, slugs)) {
      write(session, { ...shift, machine, run });
    }
  }
}

function shiftsOf({ years, machines }: Size, seed: number): Shift[] {
  const days = Math.round(years * 365.25);
  return Array.from({ length: days * machines }, (_, index) => {
    const day = Math.floor(index / machines);
    return {
      date: addDays(LAST_DAY, day + 1 - days),
      machine: `machine-${(index % machines) + 1}`,
      progress: day / days,
      dice: new Dice(seed, index),
    };
  });
}

function busyness({ date, dice }: Shift): number {
  const isWeekend = [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
  return isWeekend ? 0.2 : 0.6 + 0.8 * dice.fraction();
}

/** Splits a whole number over weights in proportion. */
function shared(whole: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let weighed = 0;
  let given = 0;
  return weights.map((weight) => {
    weighed += weight;
    const share = Math.round((whole * weighed) / sum) - given;
    given += share;
    return share;
  });
}

/** The sessions of a machine's day, in two to six of the projects that are worked on at the time. */
function sessionsOf(
  { date, progress, dice }: Shift,
  count: number,
  slugs: readonly string[],
): Session[] {
  const current = Math.ceil(slugs.length / 5);
  const oldest = Math.floor(progress * (slugs.length - current + 1));
  const projects = Array.from(
    { length: dice.between(2, 6) },
    () => slugs[oldest + dice.between(0, current - 1)] ?? "",
  );
  const generation = Math.floor(progress * (MODELS.length - 1));
  return Array.from({ length: count }, (_, index) => {
    const project = projects[index % projects.length] ?? "";
    const model = MODELS[generation + (dice.chance(0.1) ? 1 : 0)] ?? HELPER;
    const cells = [cellOf(dice, model)];
    if (dice.chance(0.2) && model !== HELPER) cells.push(cellOf(dice, HELPER));
    const [hour, minute] = [dice.between(10, 21), dice.between(10, 59)];
    return {
      id: dice.uuid(),
      project,
      lastAt: Date.parse(`${date}T${hour}:${minute}:00.000Z`),
      cells,
    };
  });
}

function cellOf(dice: Dice, { name, rates }: Model): Cell {
  const tokens = {
    inputTokens: dice.mostly(10, 9000),
    outputTokens: dice.mostly(200, 60_000),
    cacheCreationTokens: dice.mostly(2000, 400_000),
    cacheReadTokens: dice.mostly(9000, 9_000_000),
  };
  const counts = Object.values(tokens);
  return {
    model: name,
    ...tokens,
    cost: rates && counts.reduce((sum, count, kind) => sum + (count * (rates[kind] ?? 0)) / 1e6, 0),
  };
}

/** Writes a session with its transcript, its day, its calls and what was counted of them. */
function sessionWriter(books: Books, calls: number) {
  const models = namesIn(books, "model");
  const branches = namesIn(books, "branch");
  const addSession = books.prepare(
    `INSERT INTO session (session_id, agent, machine, project_path, first_seen_at)
     VALUES (?, 'claude', ?, ?, ?)`,
  );
  const addTranscript = books.prepare(
    `INSERT INTO transcript (
       machine, path, session, size, modified_at, read_to, read_hash, first_seen_at, deleted_at)
     VALUES (?, ?, ?, 90000, ?, 90000, 0, ?, ?)`,
  );
  const addDay = books.prepare(
    "INSERT INTO session_day (session, date, counted_by) VALUES (?, ?, ?)",
  );
  const addCell = books.prepare(
    `INSERT INTO session_cell (
       session_day, model_name, input_tokens, output_tokens, cache_creation_tokens,
       cache_creation_1h_tokens, cache_read_tokens, cost, unpriced_tokens, priced_by)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, 'ccusage')`,
  );
  const addCall = books.prepare(
    `INSERT INTO call (
       message, request, session_day, transcript, at, minutes_from_utc, model, input_tokens,
       output_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, cache_read_tokens, branch,
       is_sidechain, is_replay, has_request, web_searches)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 0, ?, ?, 0, 0, 1, 0)`,
  );
  const rowOf = (result: Database.RunResult): number => Number(result.lastInsertRowid);
  return (
    { id, project, lastAt, cells }: Session,
    { machine, run, date, dice }: Pick<Shift, "date" | "dice"> & { machine: number; run: number },
  ): void => {
    const session = rowOf(addSession.run(id, machine, project, fetchedAt(date)));
    const path = `/home/dev/.claude/projects/${project}/${id}.jsonl`;
    const sweep = sweptOn(date);
    const deletedAt = sweep === null ? null : fetchedAt(sweep);
    const transcript = rowOf(
      addTranscript.run(machine, path, session, lastAt, fetchedAt(date), deletedAt),
    );
    const day = rowOf(addDay.run(session, date, run));
    const branch = branches.idOf(dice.chance(0.5) ? "main" : `feature/${project}`);
    for (const { model, cost, ...tokens } of cells) {
      const kinds = Object.values(tokens);
      addCell.run(day, model, ...kinds, cost, cost === null ? totalTokens(tokens) : 0);
      const modelRow = models.idOf(model);
      for (let number = 0; number < calls; number++) {
        const part = kinds.map((count) => partOf(count, number, calls));
        const identity = [dice.between(1, 2 ** 51), dice.between(1, 2 ** 51)];
        addCall.run(
          ...identity,
          day,
          transcript,
          lastAt - number * 60_000,
          modelRow,
          ...part,
          branch,
        );
      }
    }
  };
}

/** One of so many parts of a whole number, which add up to it. */
function partOf(whole: number, number: number, parts: number): number {
  return Math.floor((whole * (number + 1)) / parts) - Math.floor((whole * number) / parts);
}

/** When the transcripts of a day were found to be gone; null: not yet. */
function sweptOn(date: string): string | null {
  const sweep = addDays(date, RETENTION_DAYS + 1);
  return sweep <= LAST_DAY ? sweep : null;
}

/** @returns the run's row */
function recordFetch(books: Books, { date }: Shift, machine: number): number {
  const run = openRun(books, {
    ...{ command: "fetch", machine, ccbooksVersion: "0.1.0" },
    ...{ logFolders: ["/home/dev/.claude"], startedAt: fetchedAt(date) },
  });
  run.id();
  const result = {
    ...{ days: newTally(), sessions: newTally(), callsAdded: 90, callsChanged: 0 },
    ...{ filesSeen: 330, filesRead: 8, bytesRead: 3_000_000, scanMs: 50, countMs: 90 },
    ...{ ccusageVersion: releaseOf(date), arguments: [], prices: "built in" as const },
  };
  run.finish(result, fetchedAt(date));
  return run.id();
}

/** Every evening. */
function fetchedAt(date: string): string {
  return `${date}T22:00:00.000Z`;
}

/** The ccusage of a year. */
function releaseOf(date: string): string {
  return `20.0.${date.slice(2, 4)}`;
}
