import Database from "better-sqlite3";

import { addDays } from "../../src/dates.ts";
import { Dice } from "../../src/demo/dice.ts";
import type { Books } from "../../src/ledger/books.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { namesIn } from "../../src/ledger/names.ts";
import { projectKeeper } from "../../src/ledger/projects.ts";
import { sumUp } from "../../src/ledger/seed-tables.ts";
import { totalTokens, type Tokens } from "../../src/usage.ts";

/** How large books are. */
export interface Size {
  years: number;
  machines: number;
  projects: number;
  /** Exactly as many, over all machines and days. */
  sessions: number;
  /** Exactly as many, over all sessions: about as many in each, and at least four. */
  calls: number;
}

export const tenYears: Size = {
  years: 10,
  machines: 5,
  projects: 200,
  sessions: 200_000,
  calls: 1_700_000,
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

const BRANCHES = ["main", "main", "fix/rounding", "checkout-retry", "docs"] as const;

const TITLES = ["Round where money is shown", "Faster pages", "Retry a payment once"] as const;

/** One machine's day. */
interface Shift {
  date: string;
  /** From 1 on: its row. */
  machine: number;
  /** How much of all the years has gone by, 0 to 1. */
  progress: number;
  dice: Dice;
}

interface Session {
  id: string;
  title: string;
  branch: string;
  machine: number;
  project: string;
  date: string;
  /** Milliseconds since 1970. */
  startsAt: number;
  cells: Cell[];
}

/** One model's part of a session. */
interface Cell extends Tokens {
  model: string;
  cost: number | null;
  unpricedTokens: number;
}

/**
 * Makes the books that daily fetches leave in years. All but the last month's transcripts are swept. The
 * tokens of a session are shared out over its calls, and the ledger itself sums up the tables that users
 * see. The same size and seed give the same books.
 */
export function writeBigBooks(path: string, size: Size, seed: number): void {
  const books = new Database(path);
  try {
    books.pragma("foreign_keys = ON");
    books.pragma("synchronous = OFF");
    books.pragma("cache_size = -500000");
    books.pragma("temp_store = MEMORY");
    migrate(books, path);
    books.transaction(() => fill(books, size, seed)).immediate();
  } finally {
    books.close();
  }
}

function fill(books: Books, size: Size, seed: number): void {
  const slugs = writeProjects(books, size.projects);
  writeMachines(books, size.machines);
  const shifts = shiftsOf(size, seed);
  const sessionCounts = shared(size.sessions, shifts.map(busyness));
  const callCounts = shared(
    size.calls,
    Array.from({ length: size.sessions }, (_, index) => 4 + ((index * 7) % 10)),
  );
  const writeFetch = fetchWriter(books);
  const writeSession = sessionWriter(books);
  let session = 0;
  for (const [index, shift] of shifts.entries()) {
    const run = writeFetch(shift);
    for (const one of sessionsOf(shift, sessionCounts[index] ?? 0, slugs)) {
      writeSession(one, callCounts[session] ?? 0, run);
      session += 1;
    }
  }
  writeCalls(books);
  const sessionDays = books.prepare<[], number>("SELECT id FROM session_day").pluck().all();
  sumUp(books, { sessionDays }, fetchedAt(LAST_DAY));
  books.exec(`
    INSERT INTO cost_state (session, total_cost, has_unknown_cost)
    SELECT d.session, 1.02 * SUM(c.cost), 0
    FROM session_cell AS c JOIN session_day AS d ON d.id = c.session_day
    WHERE d.session % 5 < 3
    GROUP BY d.session HAVING SUM(c.cost) IS NOT NULL;

    INSERT INTO revision (
      date, agent, machine, revised_at, reason, tokens_before, cost_before, tokens_after, cost_after)
    SELECT u.date, u.agent, m.id, date(u.date, '+2 days') || 'T22:00:00.000Z', 'late calls',
      u.total_tokens / 2, u.total_cost / 2, u.total_tokens, u.total_cost
    FROM daily_usage AS u JOIN machine AS m ON m.label = u.machine
    WHERE substr(u.date, 9) IN ('07', '17', '27')`);
}

function writeProjects(books: Books, count: number): string[] {
  const projects = Array.from({ length: count }, (_, index) => {
    const name = `project-${index + 1}`;
    return { slug: `-home-dev-${name}`, path: `/home/dev/${name}`, name };
  });
  projects.forEach(projectKeeper(books));
  return projects.map(({ slug }) => slug);
}

function writeMachines(books: Books, count: number): void {
  const insert = books.prepare(
    `INSERT INTO machine (id, uid, name, label, timezone, changed_at) VALUES (?, ?, ?, ?, 'UTC', ?)`,
  );
  for (let id = 1; id <= count; id++) {
    const name = `machine-${id}`;
    insert.run(id, `uid-of-${name}`, name, name, fetchedAt("2016-11-20"));
  }
}

function shiftsOf({ years, machines }: Size, seed: number): Shift[] {
  const days = Math.round(years * 365.25);
  return Array.from({ length: days * machines }, (_, index) => {
    const day = Math.floor(index / machines);
    return {
      date: addDays(LAST_DAY, day + 1 - days),
      machine: (index % machines) + 1,
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
    const cells = [cellOf(dice, model)];
    if (dice.chance(0.2)) cells.push(cellOf(dice, HELPER));
    return {
      id: dice.uuid(),
      title: dice.pick(TITLES),
      branch: dice.pick(BRANCHES),
      machine,
      project,
      date,
      startsAt: Date.parse(`${date}T${dice.between(10, 19)}:${dice.between(10, 59)}:00Z`),
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
    unpricedTokens: rates ? 0 : totalTokens(tokens),
  };
}

/** A cell with the calls that it is to be shared out over. */
const PARTS = `
  CREATE TEMP TABLE part (
    session_day INTEGER, transcript INTEGER, model INTEGER, branch INTEGER, client_version INTEGER,
    is_sidechain INTEGER, starts_at INTEGER, first_call INTEGER, calls INTEGER,
    input_tokens INTEGER, output_tokens INTEGER, cache_creation_tokens INTEGER,
    cache_read_tokens INTEGER)`;

/** A call a minute. What identifies them is spread over 52 bits as hashes are: odd factors repeat nothing. */
const CALLS = `
  WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 99)
  INSERT INTO call (
    message, request, session_day, transcript, at, minutes_from_utc, model, input_tokens,
    output_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, cache_read_tokens, branch,
    client_version, is_sidechain, is_replay, has_request, web_searches)
  SELECT
    (first_call + n) * 1099511627689 & 4503599627370495,
    (first_call + n) * 1099511627791 & 4503599627370495,
    session_day, transcript, starts_at + n * 60000 + first_call % 1000, 0, model,
    ${shareOf("input_tokens")}, ${shareOf("output_tokens")}, ${shareOf("cache_creation_tokens")}, 0,
    ${shareOf("cache_read_tokens")}, branch, client_version, is_sidechain, 0, 1, 0
  FROM part JOIN number ON n < calls
  ORDER BY part.rowid, n`;

/** The n-th call's part of a sum, so that all of them add up to it. */
function shareOf(column: string): string {
  return `${column} * (n + 1) / calls - ${column} * n / calls`;
}

function writeCalls(books: Books): void {
  books.exec(CALLS);
  books.exec("DROP TABLE temp.part");
}

/** Writes a session as it was counted, and notes the calls that it is to have. */
function sessionWriter(books: Books): (session: Session, calls: number, run: number) => void {
  books.exec(PARTS);
  const models = namesIn(books, "model");
  const branches = namesIn(books, "branch");
  const versions = namesIn(books, "client_version");
  const addSession = books.prepare(
    `INSERT INTO session (
       session_id, agent, machine, project_path, first_seen_at, title, title_seen_at)
     VALUES (?, 'claude', ?, ?, ?, ?, ?)`,
  );
  const addDay = books.prepare(
    "INSERT INTO session_day (session, date, counted_by) VALUES (?, ?, ?)",
  );
  const addTranscript = books.prepare(
    `INSERT INTO transcript (
       machine, path, session, subagent, size, modified_at, read_to, read_hash, first_seen_at,
       deleted_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addCell = books.prepare(
    `INSERT INTO session_cell (
       session_day, model_name, input_tokens, output_tokens, cache_creation_tokens,
       cache_creation_1h_tokens, cache_read_tokens, cost, unpriced_tokens, priced_by)
     VALUES (
       @day, @model, @inputTokens, @outputTokens, @cacheCreationTokens, 0, @cacheReadTokens, @cost,
       @unpricedTokens, @pricedBy)`,
  );
  const addPart = books.prepare(
    `INSERT INTO part VALUES (
       @day, @transcript, @modelRow, @branch, @version, @isSidechain, @startsAt, @firstCall, @calls,
       @inputTokens, @outputTokens, @cacheCreationTokens, @cacheReadTokens)`,
  );
  let firstCall = 1;
  return ({ id, title, branch, machine, project, date, startsAt, cells }, calls, run) => {
    const seenAt = fetchedAt(date);
    const session = rowOf(addSession.run(id, machine, project, seenAt, title, seenAt));
    const day = rowOf(addDay.run(session, date, run));
    const sweep = addDays(date, RETENTION_DAYS + 1);
    const deletedAt = sweep <= LAST_DAY ? fetchedAt(sweep) : null;
    // A quarter of the calls, where there are two parts, are the subagent's.
    const helpers = cells.length > 1 ? Math.floor(calls / 4) : 0;
    for (const [index, cell] of cells.entries()) {
      const isHelper = index > 0;
      const count = isHelper ? helpers : calls - helpers;
      const size = count * 9000;
      const file = `/home/dev/.claude/projects/${project}/${id}`;
      const path = isHelper ? `${file}/subagents/agent-1.jsonl` : `${file}.jsonl`;
      const transcript = rowOf(
        addTranscript.run(
          ...[machine, path, session, isHelper ? "agent-1" : null],
          ...[size, startsAt + count * 60_000, size, firstCall, seenAt, deletedAt],
        ),
      );
      addCell.run({ ...cell, day, pricedBy: cell.cost === null ? null : "ccusage" });
      addPart.run({
        ...cell,
        ...{ day, transcript, startsAt, firstCall, calls: count },
        modelRow: models.idOf(cell.model),
        branch: branches.idOf(branch),
        version: versions.idOf(`2.1.${date.slice(2, 4)}`),
        isSidechain: isHelper ? 1 : 0,
      });
      firstCall += count;
    }
  };
}

function fetchWriter(books: Books): (shift: Shift) => number {
  const insert = books.prepare(
    `INSERT INTO import_run (
       uid, command, status, machine, ccbooks_version, ccusage_version, arguments, prices,
       log_folders, started_at, finished_at, files_seen, files_read, bytes_read, calls_added,
       days_added, sessions_added, scan_ms, count_ms)
     VALUES (
       ?, 'fetch', 'ok', ?, '0.1.0', '20.0.20', '[["claude","daily","--instances","--json"]]',
       'downloaded', '["/home/dev/.claude"]', ?, ?, 330, 12, 3000000, 100, 1, 11, 30, 120)`,
  );
  return ({ date, machine, dice }) =>
    rowOf(insert.run(dice.uuid(), machine, fetchedAt(date), fetchedAt(date)));
}

function rowOf({ lastInsertRowid }: Database.RunResult): number {
  return Number(lastInsertRowid);
}

/** Every evening. */
function fetchedAt(date: string): string {
  return `${date}T22:00:00.000Z`;
}

if (import.meta.main) {
  const [path = "usage.db", seed = "1"] = process.argv.slice(2);
  writeBigBooks(path, tenYears, Number(seed));
}
