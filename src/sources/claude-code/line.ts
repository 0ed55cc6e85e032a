import { isUtf8 } from "node:buffer";

import { isDate } from "../../dates.ts";
import { totalCallTokens, type Call, type CallTokens, type Identity } from "../../usage.ts";
import { hash52, hashAgain } from "../../calls/hash.ts";

/**
 * Reads one line of a transcript, exactly as strictly as ccusage 20.0.20 does: what it passes over in
 * silence is set aside here with a reason. The rules were found by handing it 250 kinds of lines; the
 * table is in test/lines.test.ts. Checked by hand, not by a schema: a first scan reads 300,000 of them.
 */

/** What a line tells. */
export interface ToldByLine {
  /** Nearly always one; an advisor's answer within it is another. */
  calls: Call[];
  /** The folder that was worked in. */
  cwd: string | null;
  /** The session the line names, which is not always the file's. */
  sessionId: string | null;
}

/** A line that is not let in, and the reason why: a few words. */
export class SetAside extends Error {}

type Fields = Record<string, unknown>;

/** Longer than any name a model, branch or version has. */
const LONGEST_NAME = 200;

/** More tokens than any call has, and small enough that sums of millions of calls are exact. */
const MOST_TOKENS = 1_000_000_000;

/**
 * @param text the line as Latin-1, which costs a copy where UTF-8 costs a conversion
 * @param sessionId the session the transcript is of
 * @throws SetAside when the line has usage that cannot be let in.
 */
export function readLine(text: string, sessionId: string): ToldByLine {
  const line = parsed(text);
  const record = recordIn(line);
  const { message } = record;
  const usage = isObject(message) ? message["usage"] : undefined;
  if (!isObject(message) || !isObject(usage)) throw new SetAside("no usage");

  const at = instant(record["timestamp"]);
  const id = optionalName(message["id"], "message.id");
  const requestId = optionalName(record["requestId"], "requestId");
  const told = {
    cwd: typeof line["cwd"] === "string" ? decoded(line["cwd"]) : null,
    sessionId: optionalName(line["sessionId"], "sessionId"),
  };
  const model = optionalName(message["model"], "model") ?? "";
  const call = {
    at,
    branch: shortName(record["gitBranch"] ?? line["gitBranch"]),
    clientVersion: clientVersion(record["version"] ?? line["version"]),
    isSidechain: isSidechain(record["isSidechain"]),
    webSearches: webSearches(usage["server_tool_use"]),
    serviceTier: serviceTier(usage["service_tier"]),
  };
  const own: Call = {
    ...call,
    ...identityOf({ id, requestId, sessionId, at }, model, usage),
    ...tokensOf(usage),
    model,
    speed: speedOf(usage["speed"]),
    lineCost: lineCost(record["costUSD"]),
    details: detailsOf(usage),
  };
  const calls = [own, ...advisors(usage["iterations"], own)];
  return { ...told, calls: calls.filter((one) => totalCallTokens(one) > 0 || one.lineCost) };
}

function parsed(text: string): Fields {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new SetAside("no JSON");
  }
  if (!isObject(line)) throw new SetAside("no JSON object");
  return line;
}

/** Older releases wrote a subagent's answer into the line of its progress. */
function recordIn(line: Fields): Fields {
  const { message, data } = line;
  const hasOwn = isObject(message) && isObject(message["usage"]);
  const progress = isObject(data) ? data["message"] : undefined;
  return !hasOwn && isObject(progress) ? progress : line;
}

/** See docs/calls.md, Identity. */
function identityOf(
  line: { id: string | null; requestId: string | null; sessionId: string; at: number },
  model: string,
  usage: Fields,
): Identity {
  const { id, requestId, sessionId, at } = line;
  const hasRequest = requestId !== null;
  const message = id ?? `${at} ${model} ${JSON.stringify(tokensOf(usage))}`;
  const request = requestId ?? (id === null ? "" : `${sessionId} ${at}`);
  return { message: hashAgain(message), request: hashAgain(request), hasRequest };
}

/**
 * Answers of another model within this one, which ccusage counts as calls of their own. Each is its own
 * message: it stands and falls with no other.
 */
function advisors(iterations: unknown, call: Call): Call[] {
  if (!Array.isArray(iterations)) return [];
  return iterations.flatMap((iteration, index) => {
    if (!isObject(iteration) || iteration["type"] !== "advisor_message") return [];
    const model = optionalName(iteration["model"], "model");
    if (model === null) return [];
    return {
      ...call,
      ...tokensOf(iteration),
      message: hash52(`${call.message} ${index}`),
      model,
      webSearches: 0,
      speed: speedOf(iteration["speed"]),
      lineCost: null,
      details: null,
    };
  });
}

/** Cache creation is the sum of its two kinds where the line has them apart, else all for five minutes. */
function tokensOf(usage: Fields): CallTokens {
  const total = optionalCount(usage["cache_creation_input_tokens"], "cache creation");
  const [short, long] = cacheCreationParts(usage["cache_creation"]) ?? [total, 0];
  return {
    inputTokens: tokenCount(usage["input_tokens"], "input tokens"),
    outputTokens: tokenCount(usage["output_tokens"], "output tokens"),
    cacheCreation5mTokens: short,
    cacheCreation1hTokens: long,
    cacheReadTokens: optionalCount(usage["cache_read_input_tokens"], "cache read"),
  };
}

/** Whatever else is said, the parts decide: ccusage takes an empty object for two zeros. */
function cacheCreationParts(parts: unknown): [short: number, long: number] | undefined {
  if (parts === undefined || parts === null) return undefined;
  if (!isObject(parts)) throw new SetAside("cache creation");
  return [
    optionalCount(parts["ephemeral_5m_input_tokens"], "cache creation"),
    optionalCount(parts["ephemeral_1h_input_tokens"], "cache creation"),
  ];
}

function optionalCount(value: unknown, name: string): number {
  return value === undefined ? 0 : tokenCount(value, name);
}

function tokenCount(value: unknown, name: string): number {
  const fits = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS;
  if (!fits) throw new SetAside(name);
  return Number(value);
}

const INSTANT = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/;

/** @returns milliseconds since 1970 */
function instant(value: unknown): number {
  const isOne = typeof value === "string" && INSTANT.test(value) && isDate(value.slice(0, 10));
  const at = isOne ? Date.parse(value) : NaN;
  if (Number.isNaN(at)) throw new SetAside("timestamp");
  return at;
}

/** A name that may be left out, but neither empty nor null; null where it is left out. */
function optionalName(value: unknown, name: string): string | null {
  if (value === undefined) return null;
  if (typeof value !== "string" || value === "" || value.length > LONGEST_NAME) {
    throw new SetAside(name);
  }
  // Half a character: ccusage cannot read it.
  if (!value.isWellFormed()) throw new SetAside(name);
  return decoded(value);
}

/** A name that decides nothing: what does not fit is left out or cut. */
function shortName(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? decoded(value).slice(0, LONGEST_NAME) : null;
}

function clientVersion(value: unknown): string | null {
  const version = optionalName(value, "version");
  if (version !== null && !/^\d+\.\d+\.\d+/.test(version)) throw new SetAside("version");
  return version;
}

function isSidechain(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw new SetAside("isSidechain");
  return value;
}

function speedOf(value: unknown): Call["speed"] {
  if (value === undefined || value === "standard") return null;
  if (value !== "fast") throw new SetAside("speed");
  return value;
}

function serviceTier(value: unknown): string | null {
  return value === "standard" ? null : shortName(value);
}

function webSearches(tools: unknown): number {
  const searches = isObject(tools) ? tools["web_search_requests"] : 0;
  return Number.isSafeInteger(searches) && Number(searches) > 0 ? Number(searches) : 0;
}

function lineCost(value: unknown): number | null {
  if (value === undefined) return null;
  if (typeof value !== "number" || !(value >= 0) || value > MOST_TOKENS) {
    throw new SetAside("costUSD");
  }
  return value;
}

/** Parts of a usage that have columns of their own, or are no part of any count. */
const KNOWN = new Set([
  "input_tokens",
  "output_tokens",
  "output_tokens_details",
  "cache_creation_input_tokens",
  "cache_read_input_tokens",
  "cache_creation",
  "server_tool_use",
  "service_tier",
  "speed",
  "iterations",
]);

/** What says nothing: most lines have such values. */
const EMPTY = new Set<unknown>([null, "", 0, false, "global", "not_available"]);

/** More than any usage says; a hostile line is no reason to fill the books. */
const MOST_DETAILS = 2000;

function detailsOf(usage: Fields): string | null {
  const others = Object.keys(usage).filter((key) => !KNOWN.has(key) && !EMPTY.has(usage[key]));
  if (others.length === 0) return null;
  const details = decoded(
    JSON.stringify(Object.fromEntries(others.map((key) => [key, usage[key]]))),
  );
  return details.length > MOST_DETAILS ? null : details;
}

/** Signs that may be the bytes of others. */
const BYTES = /[\u0080-\u00ff]+/g;

/** The text that was meant where a line was read as Latin-1; an escaped sign ("\u00e9") stays what it is. */
export function decoded(text: string): string {
  return text.replace(BYTES, (some) => {
    const bytes = Buffer.from(some, "latin1");
    return isUtf8(bytes) ? bytes.toString("utf8") : some;
  });
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
