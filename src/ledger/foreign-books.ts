import { statSync } from "node:fs";

import Database from "better-sqlite3";
import * as z from "zod/mini";

import { spelledTimezone, isDate, isInstant } from "../dates.ts";
import { errorCode, UserError } from "../errors.ts";
import { isDetails } from "../calls/details.ts";
import { printable } from "../format/printable.ts";
import { isCurrent } from "./migrate.ts";
import { booksInMemory, OTHER_FILE, type Books } from "./open.ts";
import { lookAt } from "./schema-pages.ts";
import { REASONS } from "./revisions.ts";

/**
 * Somebody else's books, which are not to be trusted: a file that was made to harm must neither run its
 * SQL here, nor hang us, nor bring in what no scan could have brought.
 */

/** The tables that a merge reads. Each must be what our own migrations make of it, to the letter. */
const TABLES = [
  ...["machine", "project", "session", "cost_state", "transcript", "session_day"],
  ...["model", "branch", "client_version", "call", "saved_usage", "revision"],
];

/** More than the books of a team come to in ten years, in bytes. */
const MOST_BYTES = 20e9;

/** More calls than that, too. */
const MOST_ROWS = 100_000_000;

/** How long reading may take, in milliseconds. */
const MOST_TIME = 600_000;

/**
 * Opens other books to be read, and makes sure that they are books and nothing else.
 * @throws UserError when they are none, damaged, of another schema, or have a table that is not ours.
 */
export function openForeign(path: string): Books {
  const { size } = statSync(path);
  if (size > MOST_BYTES) {
    throw new UserError(`${path} is larger than any books (20 GB); check which file it is.`);
  }
  if (size === 0) throw new UserError(`${path} is empty; ${OTHER_FILE}.`);
  checkLooks(path);
  const other = new Database(path, { readonly: true, fileMustExist: true });
  try {
    other.pragma("trusted_schema = OFF");
    other.pragma("cell_size_check = ON");
    if (!isCurrent(other, path, OTHER_FILE)) {
      // Views may be older; the tables are looked at below.
      checkVersion(other, path);
    }
    checkTables(other, path);
    // A page that is in two places could keep us reading for ever.
    const damage = other.prepare<[], string>("PRAGMA quick_check(1)").pluck().get();
    if (damage !== "ok") throw damaged(path);
    return other;
  } catch (error) {
    other.close();
    if (errorCode(error) !== "SQLITE_READONLY_ROLLBACK") throw error;
    throw new UserError(
      `${path} was left half written by a kill; run \`ccbooks stats --db ${path}\` once to put it right, then merge it.`,
      { cause: error },
    );
  }
}

function checkLooks(path: string): void {
  const looks = lookAt(path);
  if (looks === "in WAL mode") {
    throw new UserError(
      `${path} is in SQLite's WAL mode, where a part of it is in another file; run \`sqlite3 ${path} "PRAGMA journal_mode = DELETE"\` once to put it right, then merge it.`,
    );
  }
  if (looks === "endless") throw damaged(path);
}

function damaged(path: string): UserError {
  return new UserError(
    `${path} is damaged, so nothing of it was taken; restore it from a copy, or ${OTHER_FILE}.`,
  );
}

function checkVersion(other: Books, path: string): void {
  const own = booksInMemory();
  const [theirs, ours] = [other, own].map((books) =>
    Number(books.pragma("user_version", { simple: true })),
  );
  own.close();
  if (theirs !== ours) {
    throw new UserError(
      `${path} is of an older ccbooks; run \`ccbooks stats --db ${path}\` once to bring it up to date, then merge it.`,
    );
  }
}

function checkTables(other: Books, path: string): void {
  const own = booksInMemory();
  const read = "SELECT type || ' ' || sql FROM sqlite_master WHERE name = ?";
  const changed = TABLES.find((name) => {
    const [theirs, ours] = [other, own].map((books) => books.prepare(read).pluck().get(name));
    return theirs !== ours;
  });
  own.close();
  const wrong = changed ?? triggerIn(other);
  if (wrong !== undefined) {
    throw new UserError(
      `${path} has a "${wrong}" that no ccbooks made, so nothing of it was taken; merge a file that ccbooks wrote.`,
    );
  }
}

/** Reading fires none, but no ccbooks makes one. */
function triggerIn(other: Books): string | undefined {
  const names = other.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'");
  const name = names.pluck().get();
  return name === undefined ? undefined : printable(name).slice(0, LONGEST_SHOWN);
}

/** How much of a name that somebody else gave is shown. */
const LONGEST_SHOWN = 60;

const count = z.int().check(z.nonnegative());
const tokens = z.int().check(z.nonnegative(), z.maximum(1_000_000_000));
const name = z.string().check(z.maxLength(255));
const someName = name.check(z.minLength(1));
const optionalName = z.nullable(name);
const somePath = z.string().check(z.minLength(1), z.maxLength(4096));
const instant = z.string().check(z.refine(isInstant));
const flag = z.union([z.literal(0), z.literal(1)]);
const dollars = z.number().check(z.nonnegative(), z.maximum(1e9));
const row = z.int();

const machine = z.object({
  id: row,
  uid: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  name: someName.check(z.maxLength(100)),
  timezone: z.string().check(z.refine((zone) => spelledTimezone(zone) === zone)),
  changedAt: instant,
});

const project = z.object({ slug: name, path: z.nullable(somePath), name });

const session = z.object({
  id: row,
  sessionId: someName,
  agent: z.literal("claude"),
  machine: row,
  projectPath: name,
  firstSeenAt: instant,
  title: z.nullable(z.string().check(z.maxLength(200))),
  titleSeenAt: z.nullable(instant),
  totalCost: z.nullable(dollars),
  durationMs: z.nullable(count),
  apiDurationMs: z.nullable(count),
  hasUnknownCost: z.nullable(flag),
});

const transcript = z.object({
  id: row,
  machine: row,
  path: somePath,
  session: row,
  subagent: optionalName,
  firstSeenAt: instant,
  deletedAt: z.nullable(instant),
});

const call = z.object({
  transcript: row,
  session: row,
  message: count,
  request: count,
  at: count,
  model: name.check(z.maxLength(200)),
  inputTokens: tokens,
  outputTokens: tokens,
  cacheCreation5mTokens: tokens,
  cacheCreation1hTokens: tokens,
  cacheReadTokens: tokens,
  branch: optionalName,
  clientVersion: optionalName,
  isSidechain: flag,
  hasRequest: flag,
  webSearches: tokens,
  speed: z.nullable(z.literal("fast")),
  serviceTier: optionalName,
  lineCost: z.nullable(dollars),
  details: z.nullable(z.string().check(z.refine(isDetails))),
});

const cell = z.strictObject({
  project: name,
  model: name,
  inputTokens: count,
  outputTokens: count,
  cacheCreationTokens: count,
  cacheReadTokens: count,
  cost: z.nullable(dollars),
  unpricedTokens: count,
});

const optionalDate = z.nullable(z.string().check(z.refine(isDate)));

const savedUsage = z.object({
  kind: z.union([z.literal("day"), z.literal("session")]),
  subject: someName,
  agent: z.literal("claude"),
  machine: row,
  projectPath: optionalName,
  firstActivity: optionalDate,
  lastActivity: optionalDate,
  firstActivityAt: z.nullable(instant),
  lastActivityAt: z.nullable(instant),
  cells: z.pipe(
    z.string().check(z.refine(isJson)),
    z.pipe(
      z.transform((text: string): unknown => JSON.parse(text)),
      z.array(cell),
    ),
  ),
  savedAt: instant,
});

const revision = z.object({
  date: z.string().check(z.refine(isDate)),
  agent: z.literal("claude"),
  machine: row,
  revisedAt: instant,
  reason: z.enum(REASONS),
  detail: optionalName,
  tokensBefore: count,
  costBefore: z.nullable(dollars),
  tokensAfter: count,
  costAfter: z.nullable(dollars),
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A question in fixed columns, and what a row of its answer must be. */
interface Question<T> {
  schema: z.ZodMiniType<T>;
  sql: string;
  columns: readonly string[];
}

/** @param sql in the order of the columns that the schema has */
function question<Shape extends z.core.$ZodShape>(schema: z.ZodMiniObject<Shape>, sql: string) {
  return { schema, sql, columns: Object.keys(schema.shape) };
}

/** Longer texts are not even read, in bytes: room for the cells of a day of hundreds of projects. */
const LONGEST_TEXT = 1_000_000;

/** The same of a name, which is read once for each call that has it. */
const LONGEST_NAME = 1020;

/** A name that is not too long; what is refused where it is. */
function named(table: "model" | "branch" | "client_version"): string {
  return `CASE WHEN octet_length(${table}.name) > ${LONGEST_NAME} THEN x'' ELSE ${table}.name END`;
}

export const foreign = {
  machines: question(
    machine,
    "SELECT id, uid, name, timezone, changed_at AS changedAt FROM machine",
  ),
  projects: question(project, "SELECT slug, path, name FROM project"),
  sessions: question(
    session,
    `SELECT s.id, session_id AS sessionId, agent, machine, project_path AS projectPath,
        first_seen_at AS firstSeenAt, title, title_seen_at AS titleSeenAt,
        c.total_cost AS totalCost, c.duration_ms AS durationMs,
        c.api_duration_ms AS apiDurationMs, c.has_unknown_cost AS hasUnknownCost
      FROM session AS s LEFT JOIN cost_state AS c ON c.session = s.id`,
  ),
  transcripts: question(
    transcript,
    `SELECT id, machine, path, session, subagent, first_seen_at AS firstSeenAt,
        deleted_at AS deletedAt
      FROM transcript WHERE session IS NOT NULL ORDER BY path`,
  ),
  calls: question(
    call,
    `SELECT c.transcript, d.session, c.message, c.request, c.at, ${named("model")} AS model,
        c.input_tokens AS inputTokens, c.output_tokens AS outputTokens,
        c.cache_creation_5m_tokens AS cacheCreation5mTokens,
        c.cache_creation_1h_tokens AS cacheCreation1hTokens,
        c.cache_read_tokens AS cacheReadTokens, ${named("branch")} AS branch,
        ${named("client_version")} AS clientVersion, c.is_sidechain AS isSidechain,
        c.has_request AS hasRequest, c.web_searches AS webSearches, c.speed,
        c.service_tier AS serviceTier, c.line_cost AS lineCost, c.details
      FROM call AS c
      LEFT JOIN session_day AS d ON d.id = c.session_day
      LEFT JOIN model ON model.id = c.model
      LEFT JOIN branch ON branch.id = c.branch
      LEFT JOIN client_version ON client_version.id = c.client_version
      ORDER BY c.id`,
  ),
  savedUsage: question(
    savedUsage,
    `SELECT kind, subject, agent, machine, project_path AS projectPath,
        first_activity AS firstActivity, last_activity AS lastActivity,
        first_activity_at AS firstActivityAt, last_activity_at AS lastActivityAt,
        cells, saved_at AS savedAt
      FROM saved_usage`,
  ),
  revisions: question(
    revision,
    `SELECT date, agent, machine, revised_at AS revisedAt, reason, detail,
        tokens_before AS tokensBefore, cost_before AS costBefore, tokens_after AS tokensAfter,
        cost_after AS costAfter
      FROM revision`,
  ),
};

export type Foreign<Of extends keyof typeof foreign> = z.infer<(typeof foreign)[Of]["schema"]>;

/** Reads other books, row by row, and counts what is not let in. */
export class ForeignReader {
  readonly #books: Books;
  readonly #path: string;
  readonly #deadline = Date.now() + MOST_TIME;
  #rows = 0;
  /** Rows that no scan could have brought. */
  refused = 0;

  constructor(books: Books, path: string) {
    this.#books = books;
    this.#path = path;
  }

  /** @throws UserError when there is more than can be true, or it takes too long. */
  *read<T>({ sql, schema, columns }: Question<T>): Iterable<T> {
    const bounded = columns.map(
      (column) =>
        `CASE WHEN octet_length(${column}) > ${LONGEST_TEXT} THEN x'' ELSE ${column} END AS ${column}`,
    );
    const rows = this.#books.prepare<[], unknown>(`SELECT ${bounded.join(", ")} FROM (${sql})`);
    for (const found of rows.iterate()) {
      this.#rows += 1;
      if (this.#rows > MOST_ROWS || (this.#rows % 1024 === 0 && Date.now() > this.#deadline)) {
        throw new UserError(
          `${this.#path} holds more than can be read in ${MOST_TIME / 60_000} minutes, so nothing of it was taken; check which file it is.`,
        );
      }
      const result = z.safeParse(schema, found);
      if (result.success) yield result.data;
      else this.refused += 1;
    }
  }
}
