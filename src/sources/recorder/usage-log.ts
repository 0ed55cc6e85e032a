import { withoutSecrets } from "../../format/secrets.ts";
import * as z from "zod/mini";

import { MOST_DETAILS } from "../../calls/details.ts";
import { isInstant } from "../../dates.ts";
import type { RecordedCall, RecordedUsage } from "../../recorded.ts";
import { totalCallTokens, type CallTokens } from "../../usage.ts";
import { SetAside } from "../claude-code/line.ts";

/**
 * The logs of one call a line (JSONL) that earlier tools wrote, under several names for one thing, and that
 * `--jsonl` still writes. What is not known here is passed over, prompts and answers with it.
 */

/** Longer than any name, and as much of an error as is kept. */
const LONGEST = 200;
const LONGEST_PATH = 4096;

/** More milliseconds, characters and USD than any call has. */
const MOST = 1e12;

/** Longer than a key that is made up of names. */
const LONGEST_KEY = 4096;

/** More tokens than any run has, and small enough that sums of many runs are exact. */
const MOST_TOKENS = 100_000_000_000;

const LONGEST_INSTANT = 64;

/** Before, no API was asked: an earlier instant is of a clock or a field that was never set. */
const FIRST_INSTANT = Date.parse("2020-01-01T00:00:00Z");
const LAST_INSTANT = Date.parse("9999-12-31T23:59:59.999Z");

/** What may be left out, which some tools say with null. */
function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.optional(z.nullable(schema));
}

/** What decides no figure: what does not fit is left out. */
function told<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.nullable(schema), null);
}

const tokens = maybe(z.int().check(z.nonnegative(), z.maximum(MOST_TOKENS)));
const usd = maybe(z.number().check(z.nonnegative(), z.maximum(MOST)));
const name = maybe(z.union([z.string(), z.number()]));
const amount = told(z.number().check(z.nonnegative(), z.maximum(MOST)));
const count = told(z.int().check(z.nonnegative(), z.maximum(MOST)));
const text = told(z.string());

const figures = {
  tokens_input: tokens,
  input_tokens: tokens,
  tokens_output: tokens,
  output_tokens: tokens,
  tokens_cache_creation: tokens,
  cache_creation_tokens: tokens,
  /** Those of them that are kept for an hour. */
  tokens_cache_creation_1h: tokens,
  cache_creation_1h_tokens: tokens,
  tokens_cache_read: tokens,
  cache_read_tokens: tokens,
  estimated_cost_usd: usd,
  cost_usd: usd,
};

const usage = { model: name, ...figures };

const line = z.object({
  ...usage,
  timestamp: z.union([z.string().check(z.maxLength(LONGEST_INSTANT)), z.number()]),
  // Cut, it could be that of another call.
  request_id: maybe(z.union([z.string().check(z.maxLength(LONGEST_KEY)), z.number()])),
  success: maybe(z.boolean()),
  task_id: name,
  worker_id: name,
  project: name,
  provider: text,
  session_id: text,
  duration_seconds: amount,
  duration_ms: amount,
  time_to_first_token: amount,
  time_to_first_token_ms: amount,
  error_message: text,
  exit_code: told(z.int()),
  turns: count,
  prompt_length: count,
  response_length: count,
  prompt_file: text,
  settings: z.optional(z.unknown()),
  others: maybe(z.array(z.object(usage))),
});

type Line = z.infer<typeof line>;

/**
 * @param lineText a line, whose instant is of the local zone where it names none
 * @returns null for an empty line
 * @throws SetAside when it is no call that can be let in.
 */
export function usageLogLine(lineText: string): RecordedCall | null {
  // Trimming takes a byte order mark away too.
  const trimmed = lineText.trim();
  if (trimmed === "") return null;
  const read = parsed(trimmed);
  const own = usageIn(read);
  const errorText = cut(read.error_message);
  const exitCode = read.exit_code;
  const isSuccess = read.success ?? (errorText === null && (exitCode ?? 0) === 0);
  if (isSuccess && !saysUsage(read)) throw new SetAside("no usage");
  const call: Omit<RecordedCall, "key"> = {
    place: null,
    ...own,
    at: instant(read.timestamp),
    provider: cut(read.provider) ?? "",
    project: cut(read.project, LONGEST_PATH),
    task: cut(read.task_id),
    worker: cut(read.worker_id),
    durationMs: milliseconds(read.duration_ms, read.duration_seconds),
    timeToFirstTokenMs: milliseconds(read.time_to_first_token_ms, read.time_to_first_token),
    isSuccess,
    error: errorText,
    exitCode,
    turns: read.turns,
    sessionId: cut(read.session_id),
    promptLength: read.prompt_length,
    responseLength: read.response_length,
    promptFile: cut(read.prompt_file, LONGEST_PATH),
    settings: settingsIn(read.settings),
    others: (read.others ?? []).map(usageIn),
  };
  return { key: cut(read.request_id, LONGEST_KEY) ?? keyOf(read.timestamp, call), ...call };
}

function parsed(lineText: string): Line {
  const result = z.safeParse(line, jsonIn(lineText));
  if (result.success) return result.data;
  throw new SetAside(result.error.issues[0]?.path.join(".") || "no JSON object");
}

function jsonIn(lineText: string): unknown {
  try {
    return JSON.parse(lineText);
  } catch {
    throw new SetAside("no JSON");
  }
}

type UsageFields = Pick<Line, keyof typeof usage>;

function usageIn(read: UsageFields): RecordedUsage {
  const all = read.tokens_cache_creation ?? read.cache_creation_tokens ?? 0;
  const long = read.tokens_cache_creation_1h ?? read.cache_creation_1h_tokens ?? 0;
  if (long > all) throw new SetAside("tokens_cache_creation_1h");
  const counts: CallTokens = {
    inputTokens: read.tokens_input ?? read.input_tokens ?? 0,
    outputTokens: read.tokens_output ?? read.output_tokens ?? 0,
    cacheCreation5mTokens: all - long,
    cacheCreation1hTokens: long,
    cacheReadTokens: read.tokens_cache_read ?? read.cache_read_tokens ?? 0,
  };
  // Zero is not free: it is what is estimated of a model without a known price.
  const isGuess = read.estimated_cost_usd === 0 && totalCallTokens(counts) > 0;
  const estimate = isGuess ? null : read.estimated_cost_usd;
  return { model: cut(read.model) ?? "", ...counts, toldCost: read.cost_usd ?? estimate ?? null };
}

/** Whether it has any figure of usage: other logs have instants too. */
function saysUsage(read: Record<string, unknown>): boolean {
  return Object.keys(figures).some((figure) => (read[figure] ?? null) !== null);
}

/** A name as text; null where there is none. Half a character cannot be kept. */
function cut(value: string | number | null | undefined, longest = LONGEST): string | null {
  const whole = String(value ?? "");
  return whole === "" ? null : whole.slice(0, longest).toWellFormed();
}

/** @returns milliseconds since 1970 */
function instant(value: string | number): number {
  const at = typeof value === "number" ? sinceEpoch(value) : dated(value);
  if (!(at >= FIRST_INSTANT && at <= LAST_INSTANT)) throw new SetAside("timestamp");
  return at;
}

/** Seconds, or milliseconds where that many seconds would be thousands of years. */
function sinceEpoch(value: number): number {
  return Math.floor(value < FIRST_INSTANT ? value * 1000 : value);
}

/** ISO 8601, as well with a blank for the T, without the colon of the offset, and of local time without an offset. */
function dated(value: string): number {
  const iso = value
    .trim()
    .replace(" ", "T")
    .replace(/(T.*[+-]\d\d)(\d\d)$/, "$1:$2");
  return isInstant(iso) || isInstant(`${iso}Z`) ? Date.parse(iso) : Number.NaN;
}

function milliseconds(whole: number | null, seconds: number | null): number | null {
  if (whole !== null) return Math.round(whole);
  return seconds === null ? null : Math.round(seconds * 1000);
}

/** What says nothing, or too much to be settings, is left out. */
function settingsIn(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  const json = typeof value === "string" && isJson(value) ? value : JSON.stringify(value);
  return json.length > MOST_DETAILS ? null : json;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** All that tells a line apart, so that a file that is read again tells of the same calls. */
function keyOf(timestamp: string | number, call: Omit<RecordedCall, "key">): string {
  return JSON.stringify([
    ...[timestamp, call.task, call.worker, call.model, call.inputTokens, call.outputTokens],
    ...[call.cacheCreation5mTokens, call.cacheCreation1hTokens, call.cacheReadTokens],
    call.durationMs,
  ]);
}

/** A call as a line, without its end: what is read of it is the same call. Where it has no key, one is read. */
export function usageLogText(call: RecordedCall): string {
  return JSON.stringify({
    timestamp: new Date(call.at).toISOString(),
    request_id: call.key ?? undefined,
    task_id: call.task,
    worker_id: call.worker,
    ...usageFields(call),
    duration_seconds: secondsOf(call.durationMs),
    time_to_first_token: secondsOf(call.timeToFirstTokenMs),
    success: call.isSuccess,
    error_message: call.error === null ? null : withoutSecrets(call.error),
    exit_code: call.exitCode,
    ...fieldsBeside(call),
  });
}

/** What earlier tools did not write; left out where there is none. */
function fieldsBeside(call: RecordedCall): Record<string, unknown> {
  return {
    project: call.project ?? undefined,
    provider: call.provider || undefined,
    session_id: call.sessionId ?? undefined,
    turns: call.turns ?? undefined,
    prompt_length: call.promptLength ?? undefined,
    response_length: call.responseLength ?? undefined,
    prompt_file: call.promptFile ?? undefined,
    settings: call.settings === null ? undefined : settingsField(call.settings),
    others: call.others.length === 0 ? undefined : call.others.map(usageFields),
  };
}

function usageFields(used: RecordedUsage): Record<string, unknown> {
  const isFree = used.toldCost === 0 && totalCallTokens(used) > 0;
  return {
    model: used.model,
    tokens_input: used.inputTokens,
    tokens_output: used.outputTokens,
    tokens_cache_creation: used.cacheCreation5mTokens + used.cacheCreation1hTokens,
    tokens_cache_creation_1h: used.cacheCreation1hTokens || undefined,
    tokens_cache_read: used.cacheReadTokens,
    estimated_cost_usd: isFree ? null : used.toldCost,
    cost_usd: isFree ? 0 : undefined,
  };
}

function secondsOf(value: number | null): number | null {
  return value === null ? null : value / 1000;
}

/** As JSON within JSON where it stays the same to the letter, else as text. */
function settingsField(settings: string): unknown {
  if (!isJson(settings)) return settings;
  const value: unknown = JSON.parse(settings);
  const isSame = typeof value === "object" && value !== null && JSON.stringify(value) === settings;
  return isSame ? value : settings;
}
