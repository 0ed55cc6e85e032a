import * as z from "zod/mini";

import { isBudgetName, PERIODS, UNITS } from "../budget.ts";
import { isDetails } from "../calls/details.ts";
import { isDate, isInstant, spelledTimezone } from "../dates.ts";
import { LIMITS } from "../plan-limit.ts";
import { SOURCES } from "../usage.ts";
import { LEVELS } from "./budgets.ts";
import { REASONS } from "./revisions.ts";

/** What may be read of somebody else's books: fixed columns, and what a scan could have brought into them. */

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
  transcript: z.nullable(row),
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

const optionalScope = z.nullable(z.string().check(z.maxLength(4096)));

const budget = z.object({
  name: z.string().check(z.refine(isBudgetName)),
  amount: z.number().check(z.positive(), z.maximum(1e15)),
  unit: z.enum(UNITS),
  period: z.enum(PERIODS),
  warnPercent: z.number().check(z.positive(), z.maximum(100)),
  countsCache: flag,
  stops: flag,
  source: z.enum(SOURCES),
  project: optionalScope,
  model: optionalScope,
  branch: optionalScope,
  machine: optionalScope,
  agent: optionalScope,
  changedAt: instant,
  removedAt: z.nullable(instant),
});

const budgetEvent = z.object({
  budget: z.string().check(z.refine(isBudgetName)),
  periodStart: z.string().check(z.refine((start) => isDate(start) || isInstant(start))),
  level: z.enum(LEVELS),
  threshold: z.number().check(z.positive(), z.maximum(1e15)),
  spent: z.number().check(z.nonnegative(), z.maximum(1e18)),
  unpricedTokens: count,
  firedAt: instant,
});

const telemetryCall = z.object({
  identity: count,
  hasRequest: z.pipe(
    flag,
    z.transform((value) => value === 1),
  ),
  session: row,
  at: count,
  model: name.check(z.maxLength(200)),
  inputTokens: tokens,
  outputTokens: tokens,
  cacheCreation5mTokens: tokens,
  cacheCreation1hTokens: tokens,
  cacheReadTokens: tokens,
  durationMs: z.nullable(tokens),
  timeToFirstTokenMs: z.nullable(tokens),
  attempts: z.nullable(tokens),
  status: z.enum(["ok", "error", "refusal"]),
  statusCode: z.nullable(tokens),
  error: optionalName,
  effort: optionalName,
  querySource: optionalName,
  toldCost: z.nullable(tokens),
});

const retentionSweep = z.object({
  machine: row,
  at: instant,
  periodDays: z.nullable(tokens),
  transcriptsDeleted: tokens,
});

const planLimit = z.object({
  machine: row,
  name: z.enum(LIMITS),
  seenAt: instant,
  date: z.string().check(z.refine(isDate)),
  usedPercent: z.number().check(z.nonnegative(), z.maximum(1000)),
  resetsAt: instant,
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
export interface Question<T> {
  schema: z.ZodMiniType<T>;
  sql: string;
  columns: readonly string[];
}

/** @param sql in the order of the columns that the schema has */
function question<Shape extends z.core.$ZodShape>(schema: z.ZodMiniObject<Shape>, sql: string) {
  return { schema, sql, columns: Object.keys(schema.shape) };
}

/** Longer texts are not even read, in bytes: room for the cells of a day of hundreds of projects. */
export const LONGEST_TEXT = 1_000_000;

/** The same of a name, which is read once for each call that has it. */
const LONGEST_NAME = 1020;

/** A name that is not too long; what is refused where it is. */
function named(table: "model" | "branch" | "client_version" | "query_source"): string {
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
  budgets: question(
    budget,
    `SELECT name, amount, unit, period, warn_percent AS warnPercent, counts_cache AS countsCache,
        stops, source, project, model, branch, machine, agent, changed_at AS changedAt, removed_at AS removedAt
      FROM budget`,
  ),
  telemetryCalls: question(
    telemetryCall,
    `SELECT identity, has_request AS hasRequest, session, at, ${named("model")} AS model,
        input_tokens AS inputTokens, output_tokens AS outputTokens,
        cache_creation_5m_tokens AS cacheCreation5mTokens,
        cache_creation_1h_tokens AS cacheCreation1hTokens, cache_read_tokens AS cacheReadTokens,
        duration_ms AS durationMs, time_to_first_token_ms AS timeToFirstTokenMs, attempts, status,
        status_code AS statusCode, error, effort, ${named("query_source")} AS querySource,
        told_cost AS toldCost
      FROM telemetry_call AS c
      LEFT JOIN model ON model.id = c.model
      LEFT JOIN query_source ON query_source.id = c.query_source`,
  ),
  retentionSweeps: question(
    retentionSweep,
    `SELECT machine, at, period_days AS periodDays, transcripts_deleted AS transcriptsDeleted
      FROM retention_sweep`,
  ),
  planLimits: question(
    planLimit,
    `SELECT machine, name, seen_at AS seenAt, date, used_percent AS usedPercent,
        resets_at AS resetsAt
      FROM plan_limit`,
  ),
  budgetEvents: question(
    budgetEvent,
    `SELECT budget, period_start AS periodStart, level, threshold, spent,
        unpriced_tokens AS unpricedTokens, fired_at AS firedAt
      FROM budget_event`,
  ),
};

export type Foreign<Of extends keyof typeof foreign> = z.infer<(typeof foreign)[Of]["schema"]>;
