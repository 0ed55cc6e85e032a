import * as z from "zod/mini";

import { isInstant } from "../../dates.ts";
import { withoutSecrets } from "../../format/secrets.ts";
import type { RecordedCall } from "../../recorded.ts";

/** A call as an app tells of it over HTTP. */

const tokens = z.optional(z.int().check(z.nonnegative(), z.maximum(1_000_000_000)));
const name = z.optional(z.string().check(z.maxLength(200)));
const milliseconds = z.optional(z.number().check(z.nonnegative(), z.maximum(1e9)));
const length = z.optional(z.int().check(z.nonnegative(), z.maximum(1e12)));

const fields = z.strictObject({
  project: name,
  /** Another name of `project`. */
  project_id: name,
  provider: name,
  model: z.string().check(z.regex(/\S/, "takes the model's name"), z.maxLength(200)),
  /** What was not cached. */
  input_tokens: tokens,
  output_tokens: tokens,
  cache_creation_tokens: tokens,
  /** Of those, what was written for an hour. */
  cache_creation_1h_tokens: tokens,
  cache_read_tokens: tokens,
  /** Reckoned at list price where it is not given. */
  cost_usd: z.optional(z.nullable(z.number().check(z.nonnegative(), z.maximum(1e9)))),
  /** The same again is the same call. */
  request_id: name,
  timestamp: z.optional(
    z
      .string()
      .check(z.refine(isInstant, "takes ISO 8601 with an offset, such as 2026-11-20T10:00:00Z")),
  ),
  duration_ms: milliseconds,
  time_to_first_token_ms: milliseconds,
  success: z.optional(z.boolean()),
  error_message: z.optional(z.nullable(z.string())),
  exit_code: z.optional(z.nullable(z.int())),
  task_id: name,
  worker_id: name,
  settings: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
  prompt_length: length,
  response_length: length,
  /** Kept only by a server with --keep-content. */
  prompt: z.optional(z.nullable(z.string())),
  response: z.optional(z.nullable(z.string())),
});

export const usageRecord = fields.check(
  z.refine(
    ({ cache_creation_1h_tokens: hour = 0, cache_creation_tokens: all = 0 }) => hour <= all,
    {
      path: ["cache_creation_1h_tokens"],
      error: "is a part of cache_creation_tokens, and cannot be more",
    },
  ),
);

export type UsageRecord = z.infer<typeof usageRecord>;

/** As much of an error, and of what a call was made with, as is kept. */
const LONGEST_ERROR = 500;
const LONGEST_SETTINGS = 4000;

/**
 * @param now when it came: milliseconds since 1970
 * @param together what calls that came together are known by, and its place among them; null: nothing tells it apart
 */
export function recordedCall(
  record: UsageRecord,
  now: number,
  together: { key: string; place: number } | null,
): RecordedCall {
  const { provider = "", request_id: request } = record;
  const project = (record.project ?? record.project_id) || null;
  const cacheCreation = record.cache_creation_tokens ?? 0;
  const hour = record.cache_creation_1h_tokens ?? 0;
  const settings = record.settings ? JSON.stringify(record.settings) : null;
  return {
    key:
      request === undefined
        ? (together?.key ?? null)
        : `request ${provider} ${project ?? ""} ${request}`,
    place: request === undefined ? (together?.place ?? null) : null,
    at: record.timestamp === undefined ? now : Date.parse(record.timestamp),
    ...{ provider, model: record.model },
    project,
    task: record.task_id || null,
    worker: record.worker_id || null,
    inputTokens: record.input_tokens ?? 0,
    outputTokens: record.output_tokens ?? 0,
    cacheCreation5mTokens: cacheCreation - hour,
    cacheCreation1hTokens: hour,
    cacheReadTokens: record.cache_read_tokens ?? 0,
    toldCost: record.cost_usd ?? null,
    durationMs: rounded(record.duration_ms),
    timeToFirstTokenMs: rounded(record.time_to_first_token_ms),
    isSuccess: record.success ?? !record.error_message,
    error: record.error_message
      ? withoutSecrets(record.error_message).slice(0, LONGEST_ERROR)
      : null,
    exitCode: record.exit_code ?? null,
    ...{ turns: null, sessionId: null, promptFile: null, others: [] },
    promptLength: record.prompt_length ?? record.prompt?.length ?? null,
    responseLength: record.response_length ?? record.response?.length ?? null,
    settings: settings !== null && settings.length <= LONGEST_SETTINGS ? settings : null,
  };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
