import { hash52 } from "../../calls/hash.ts";
import { isInstant } from "../../dates.ts";
import { withoutSecrets } from "../../format/secrets.ts";
import type { CallTokens, RetentionSweep, Telemetry, TelemetryCall } from "../../usage.ts";
import type { Attributes, LogRecord } from "./otlp.ts";

/**
 * What Claude Code's telemetry tells of calls: its events `api_request`, `api_error`, `api_retries_exhausted`,
 * `api_refusal` and `retention_sweep`. No content is read, though an exporter may send it.
 */

/** More tokens than any call has, and small enough that sums of millions of calls are exact. */
const MOST_TOKENS = 1_000_000_000;

/** Longer than any name, and as much of an error as is kept. */
const LONGEST = 200;

const PREFIX = "claude_code.";

/** @param latest events after this instant are of a wrong clock (milliseconds since 1970), and not kept */
export function readTelemetry(records: readonly LogRecord[], latest: number): Telemetry {
  const told: Telemetry = { calls: [], sweeps: [], events: new Map() };
  for (const record of records) {
    const name = eventName(record);
    told.events.set(name, (told.events.get(name) ?? 0) + 1);
    const at = instantOf(record);
    if (at === null || at > latest) continue;
    const call = callIn(name, record, at);
    if (call !== null) told.calls.push(call);
    if (name === "retention_sweep") told.sweeps.push(sweepIn(record.attributes, at));
  }
  return told;
}

function eventName({ attributes, body }: LogRecord): string {
  const name = text(attributes, "event.name") ?? body?.slice(0, LONGEST) ?? "";
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

/** Claude Code was first released in 2025: what is dated before is of a wrong clock. */
const FIRST_INSTANT = Date.parse("2025-01-01T00:00:00Z");

function instantOf({ attributes, at }: LogRecord): number | null {
  const told = text(attributes, "event.timestamp");
  const instant = told !== null && isInstant(told) ? Date.parse(told) : at;
  return instant === null || instant < FIRST_INSTANT ? null : instant;
}

/** The events that are kept, and what they say of how a call ended. */
const STATUS: Record<string, TelemetryCall["status"]> = {
  api_request: "ok",
  api_refusal: "refusal",
  api_error: "error",
  api_retries_exhausted: "error",
};

function callIn(name: string, record: LogRecord, at: number): TelemetryCall | null {
  const { attributes, resource } = record;
  const status = Object.hasOwn(STATUS, name) ? STATUS[name] : undefined;
  const sessionId = text(attributes, "session.id");
  if (status === undefined || sessionId === null || sessionId === "") return null;
  const told = text(attributes, "error");
  const error = told === null ? null : withoutSecrets(told);
  const agent = text(attributes, "agent_id") ?? text(attributes, "agent.name");
  return {
    ...identityOf(name, attributes, { sessionId, at, error: error ?? "" }),
    ...tokensOf(name === "api_request" ? attributes : new Map()),
    ...{ sessionId, at, status, error },
    model: text(attributes, "model") ?? "",
    durationMs: count(attributes, "duration_ms"),
    timeToFirstTokenMs: count(attributes, "ttft_ms"),
    attempts: count(attributes, "attempt") ?? count(attributes, "total_attempts"),
    statusCode: count(attributes, "status_code"),
    effort: text(attributes, "effort"),
    querySource: text(attributes, "query_source"),
    toldCost: count(attributes, "cost_usd_micros") ?? micros(attributes.get("cost_usd")),
    isSidechain: agent !== null,
    speed: text(attributes, "speed") === "fast" ? "fast" : null,
    clientVersion: text(resource, "service.version"),
  };
}

/**
 * What a call is known by: its request id, else what its client called it. Where it has neither, an error is of its
 * moment, as the event that tries are exhausted follows it, and an answer of its place in the process.
 */
function identityOf(
  name: string,
  attributes: Attributes,
  { sessionId, at, error }: { sessionId: string; at: number; error: string },
): Pick<TelemetryCall, "identity" | "hasRequest"> {
  const request = text(attributes, "request_id");
  if (request !== null && request !== "") return { identity: hash52(request), hasRequest: true };
  const client = text(attributes, "client_request_id");
  const place = STATUS[name] === "error" ? error : String(attributes.get("event.sequence") ?? "");
  const other = client ?? `${sessionId} ${at} ${place}`;
  return { identity: hash52(`telemetry ${other}`), hasRequest: false };
}

function tokensOf(attributes: Attributes): CallTokens {
  const tokens = (key: string): number => count(attributes, key) ?? 0;
  const all = tokens("cache_creation_tokens");
  // Up to 2.1.295 the two kinds were not told apart.
  const long = Math.min(tokens("cache_creation_1h_tokens"), all);
  return {
    inputTokens: tokens("input_tokens"),
    outputTokens: tokens("output_tokens"),
    cacheCreation5mTokens: all - long,
    cacheCreation1hTokens: long,
    cacheReadTokens: tokens("cache_read_tokens"),
  };
}

function sweepIn(attributes: Attributes, at: number): RetentionSweep {
  return {
    at: new Date(at).toISOString(),
    periodDays: count(attributes, "period_days"),
    transcriptsDeleted: count(attributes, "transcripts_deleted") ?? 0,
  };
}

function text(attributes: Attributes, key: string): string | null {
  const value = attributes.get(key);
  return typeof value === "string" ? value.slice(0, LONGEST) : null;
}

/** US dollars in millionths. */
function micros(dollars: string | number | boolean | undefined): number | null {
  return typeof dollars === "number" && dollars >= 0 && dollars < 1e6
    ? Math.round(dollars * 1e6)
    : null;
}

/** Some events have their numbers as texts. */
function count(attributes: Attributes, key: string): number | null {
  const value = attributes.get(key);
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0
    ? Math.min(number, MOST_TOKENS)
    : null;
}
