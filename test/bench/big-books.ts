import Database from "better-sqlite3";

import { addDays } from "../../src/dates.ts";
import { Dice } from "../../src/demo/dice.ts";
import { canonical } from "../../src/ledger/cells.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import type { Books } from "../../src/ledger/open.ts";
import { recordProjects } from "../../src/ledger/projects.ts";
import { readingStore, type Reading } from "../../src/ledger/readings.ts";
import {
  newTally,
  recordMethod,
  recordSuccess,
  type Effort,
  type Outcome,
  type Run,
} from "../../src/ledger/runs.ts";
import { settler } from "../../src/ledger/seed-tables.ts";
import { totalTokens, type Cell } from "../../src/usage.ts";

/** How large books are. */
export interface Size {
  years: number;
  machines: number;
  projects: number;
  /** Exactly as many, over all machines and days. */
  sessions: number;
}

export const tenYears: Size = { years: 10, machines: 5, projects: 200, sessions: 200_000 };

const LAST_DAY = "2026-11-20";
const AGENT = "claude";
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

interface Session {
  id: string;
  machine: string;
  project: string;
  date: string;
  /** ISO 8601 UTC. */
  lastActivityAt: string;
  cells: Cell[];
}

/**
 * Makes the books that daily fetches leave in years. All but the last month is swept, so its days and
 * sessions are carried; each year another ccusage counts, which has read the month before it as well.
 * A day is the sum of its sessions, and the ledger itself writes the tables from the readings. The same
 * size and seed give the same books.
 */
export function writeBigBooks(path: string, size: Size, seed: number): void {
  const books = new Database(path);
  try {
    books.pragma("foreign_keys = ON");
    books.pragma("synchronous = OFF");
    books.pragma("cache_size = -500000");
    migrate(books, path);
    books.transaction(() => fill(books, size, seed)).immediate();
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
  for (const { date } of shifts) {
    const ccusageVersion = releaseOf(date);
    recordMethod(books, { ccusageVersion, costMode: "auto", timezone: "UTC" });
  }
  const write = readingWriter(books);
  const counts = shared(size.sessions, shifts.map(busyness));
  const sessions = shifts.flatMap((shift, index) => {
    const ofShift = sessionsOf(shift, counts[index] ?? 0, slugs);
    recordFetch(books, shift);
    const cells = canonical(ofShift.flatMap((session) => session.cells));
    if (cells.length > 0) write(dayOf(shift), shift.date, cells);
    return ofShift;
  });
  const writeTranscript = transcriptWriter(books);
  // In the order of their key: writing many rows in another one takes several times as long.
  for (const session of sessions.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    write(subjectOf(session), session.date, session.cells);
    writeTranscript(session);
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
  { date, machine, progress, dice }: Shift,
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
    const cells = [cellOf(dice, project, model)];
    if (dice.chance(0.2)) cells.push(cellOf(dice, project, HELPER));
    const [hour, minute] = [dice.between(10, 21), dice.between(10, 59)];
    return {
      id: dice.uuid(),
      machine,
      project,
      date,
      lastActivityAt: `${date}T${hour}:${minute}:00.000Z`,
      cells: canonical(cells),
    };
  });
}

function cellOf(dice: Dice, project: string, { name, rates }: Model): Cell {
  const tokens = {
    inputTokens: dice.mostly(10, 9000),
    outputTokens: dice.mostly(200, 60_000),
    cacheCreationTokens: dice.mostly(2000, 400_000),
    cacheReadTokens: dice.mostly(9000, 9_000_000),
  };
  const counts = Object.values(tokens);
  return {
    project,
    model: name,
    ...tokens,
    cost: rates && counts.reduce((sum, count, kind) => sum + (count * (rates[kind] ?? 0)) / 1e6, 0),
    unpricedTokens: rates ? 0 : totalTokens(tokens),
  };
}

/** What names a day or session, and when it was active. */
type Subject = Pick<
  Reading,
  | "kind"
  | "subject"
  | "project_path"
  | "machine"
  | "first_activity"
  | "last_activity"
  | "last_activity_at"
>;

function dayOf({ date, machine }: Shift): Subject {
  return {
    kind: "day",
    subject: date,
    project_path: "",
    machine,
    first_activity: null,
    last_activity: null,
    last_activity_at: null,
  };
}

function subjectOf({ id, machine, project, date, lastActivityAt }: Session): Subject {
  return {
    kind: "session",
    subject: id,
    project_path: project,
    machine,
    first_activity: date,
    last_activity: date,
    last_activity_at: lastActivityAt,
  };
}

/**
 * Writes what the fetches left of a day or session: the reading of the last ccusage that saw it and,
 * where a new year lies between, of the one before.
 */
function readingWriter(books: Books) {
  const store = readingStore(books);
  const settle = settler(books);
  return (subject: Subject, date: string, cells: readonly Cell[]): void => {
    const sweep = sweptOn(date);
    const last = sweep ?? LAST_DAY;
    const counted = JSON.stringify(cells);
    const reading = (first: string, until: string, isSwept: boolean): Reading => ({
      ...subject,
      agent: AGENT,
      method: `${releaseOf(until)} auto UTC`,
      reported: isSwept ? "[]" : counted,
      carried: isSwept ? counted : "[]",
      whole: 1,
      shown: 0,
      first_read_at: fetchedAt(first),
      read_at: fetchedAt(until),
      last_read_at: fetchedAt(until),
    });
    const newYear = `${last.slice(0, 4)}-01-01`;
    if (newYear <= date) {
      const only = reading(date, last, sweep !== null);
      settle([only], only);
    } else {
      const [old, latest] = [
        reading(date, addDays(newYear, -1), false),
        reading(newYear, last, sweep !== null),
      ];
      store.write(old);
      settle([old, latest], latest);
    }
  };
}

function transcriptWriter(books: Books): (session: Session) => void {
  const insert = books.prepare("INSERT INTO transcript VALUES (?, ?, ?, ?, ?, NULL)");
  return ({ id, machine, project, date, lastActivityAt, cells }) => {
    const path = `/home/dev/.claude/projects/${project}/${id}.jsonl`;
    const sweep = sweptOn(date);
    const vanishedAt = sweep === null ? null : fetchedAt(sweep);
    insert.run(machine, path, cells.length * 9000, Date.parse(lastActivityAt), vanishedAt);
  };
}

/** When the transcripts of a day were found to be gone; null: not yet. */
function sweptOn(date: string): string | null {
  const sweep = addDays(date, RETENTION_DAYS + 1);
  return sweep <= LAST_DAY ? sweep : null;
}

function recordFetch(books: Books, { date, machine, dice }: Shift): void {
  const run: Run = {
    id: dice.uuid(),
    machine,
    agent: AGENT,
    source: "ccusage",
    command: [
      ["claude", "daily", "--instances", "--json"],
      ["claude", "session", "--json"],
    ],
    ccbooksVersion: "0.1.0",
    ccusageVersion: releaseOf(date),
    timezone: "UTC",
    prices: "online",
    logFolders: ["/home/dev/.claude"],
    startedAt: fetchedAt(date),
    finishedAt: fetchedAt(date),
  };
  const outcome: Outcome = {
    days: newTally(),
    sessions: newTally(),
    kept: { tokens: 0, cost: 0 },
    countedAs: undefined,
    writeMs: 10,
  };
  const effort: Effort = {
    pass: "full",
    filesSeen: 330,
    filesRead: 330,
    bytesRead: 30_000_000,
    listMs: 5,
    linkMs: 0,
    ccusageMs: 120,
    validateMs: 5,
  };
  const hash = (): string => Array.from({ length: 8 }, () => dice.hex()).join("");
  const fingerprint = { question: hash(), transcripts: hash() };
  recordSuccess(books, run, outcome, effort, fingerprint);
}

/** Every evening. */
function fetchedAt(date: string): string {
  return `${date}T22:00:00.000Z`;
}

/** The ccusage of a year. */
function releaseOf(date: string): string {
  return `20.0.${date.slice(2, 4)}`;
}
