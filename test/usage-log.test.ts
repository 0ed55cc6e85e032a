import * as fc from "fast-check";
import { expect, test } from "vitest";

import { inZone } from "../src/dates.ts";
import type { RecordedCall, RecordedUsage } from "../src/recorded.ts";
import { SetAside } from "../src/sources/claude-code/line.ts";
import { usageLogLine, usageLogText } from "../src/sources/recorder/usage-log.ts";

/** The logs of one call a line: those of earlier tools, and our own. */

type Json = Record<string, unknown>;

const good = {
  timestamp: "2025-11-20T14:32:05.123Z",
  task_id: "task-7",
  worker_id: "worker-2",
  model: "claude-sonnet-4-5-20250929",
  tokens_input: 1200,
  tokens_output: 340,
  duration_seconds: 4.2,
  time_to_first_token: 0.71,
  success: true,
  error_message: null,
  exit_code: 0,
  estimated_cost_usd: 0.0087,
};

const expected: RecordedCall = {
  place: null,
  key: '["2025-11-20T14:32:05.123Z","task-7","worker-2","claude-sonnet-4-5-20250929",1200,340,0,0,0,4200]',
  at: Date.parse("2025-11-20T14:32:05.123Z"),
  provider: "",
  model: "claude-sonnet-4-5-20250929",
  inputTokens: 1200,
  outputTokens: 340,
  cacheCreation5mTokens: 0,
  cacheCreation1hTokens: 0,
  cacheReadTokens: 0,
  toldCost: 0.0087,
  project: null,
  task: "task-7",
  worker: "worker-2",
  durationMs: 4200,
  timeToFirstTokenMs: 710,
  isSuccess: true,
  error: null,
  exitCode: 0,
  turns: null,
  sessionId: null,
  promptLength: null,
  responseLength: null,
  promptFile: null,
  settings: null,
  others: [],
};

/** What is read of a good line that says something else besides, or otherwise; undefined: not at all. */
function read(parts: Json = {}): RecordedCall | null {
  return usageLogLine(JSON.stringify({ ...good, ...parts }));
}

/** Why a line is set aside. */
function reason(text: string): string {
  try {
    usageLogLine(text);
  } catch (error) {
    if (error instanceof SetAside) return error.message;
    throw error;
  }
  return "it is not";
}

test("a line of an earlier tool is a call", () => {
  expect(read()).toEqual(expected);
  expect(usageLogLine(`\ufeff  ${JSON.stringify(good)}\r\n`)).toEqual(expected);
  for (const empty of ["", "\n", " \r\n", "\ufeff"]) expect(usageLogLine(empty)).toBeNull();
});

test("the same things go by other names", () => {
  const others = {
    ...{ tokens_input: undefined, tokens_output: undefined, estimated_cost_usd: undefined },
    ...{ duration_seconds: undefined, time_to_first_token: undefined },
    ...{ input_tokens: 1200, output_tokens: 340, cost_usd: 0.0087 },
    ...{ duration_ms: 4200, time_to_first_token_ms: 710 },
  };
  expect(read(others)).toEqual(expected);
  const cache = { cacheCreation5mTokens: 50, cacheReadTokens: 60 };
  expect(read({ tokens_cache_creation: 50, tokens_cache_read: 60 })).toMatchObject(cache);
  expect(read({ cache_creation_tokens: 50, cache_read_tokens: 60 })).toMatchObject(cache);
  const long = { cacheCreation5mTokens: 30, cacheCreation1hTokens: 20 };
  for (const name of ["tokens_cache_creation_1h", "cache_creation_1h_tokens"]) {
    expect(read({ cache_creation_tokens: 50, [name]: 20 })).toMatchObject(long);
  }
  expect(
    read({
      ...{ project: "app", provider: "anthropic", request_id: "req_1", session_id: "s1", turns: 3 },
      ...{ prompt_length: 10, response_length: 20, prompt_file: "prompts/a.md", task_id: 7 },
      settings: { temperature: 0.2, max_tokens: 1000 },
    }),
  ).toMatchObject({
    ...{
      project: "app",
      provider: "anthropic",
      key: "req_1",
      sessionId: "s1",
      turns: 3,
      task: "7",
    },
    ...{ promptLength: 10, responseLength: 20, promptFile: "prompts/a.md" },
    settings: '{"temperature":0.2,"max_tokens":1000}',
  });
});

test("instants are read as tools of several languages write them", () => {
  const at = (timestamp: unknown): number | undefined => read({ timestamp })?.at;
  const instant = Date.parse("2025-11-20T14:32:05.123Z");
  for (const text of [
    ...["2025-11-20T14:32:05.123456789Z", "2025-11-20T15:32:05.123456+01:00"],
    ...["2025-11-20T15:32:05.123+0100", "2025-11-20 14:32:05.123Z", "2025-11-20 13:32:05.123-0100"],
  ]) {
    expect(at(text), text).toBe(instant);
  }
  expect(at(instant)).toBe(instant);
  expect(at(instant / 1000)).toBe(instant);
  for (const text of ["2025-11-20T14:32:05.123456", "2025-11-20 14:32:05.123"]) {
    expect(inZone("UTC", () => at(text))).toBe(instant);
    expect(inZone("Asia/Tokyo", () => at(text))).toBe(instant - 9 * 3_600_000);
  }
});

test("a line is the same call wherever it is read, and another line another", () => {
  const key = (parts: Json = {}): string | null | undefined => read(parts)?.key;
  expect(key({ timestamp: "2025-11-20 14:32:05" })).toBe(
    inZone("Asia/Tokyo", () => key({ timestamp: "2025-11-20 14:32:05" })),
  );
  expect(key({ prompt_length: 5 })).toBe(key());
  const keys = [
    ...[{}, { timestamp: "2025-11-20T14:32:05.123001Z" }, { task_id: "task-8" }],
    ...[
      { worker_id: null },
      { worker_id: "null" },
      { model: "other" },
      { duration_seconds: 4.201 },
    ],
    ...[{ tokens_input: 1201 }, { tokens_output: 341 }, { tokens_cache_read: 1 }],
    ...[{ tokens_cache_creation: 1 }, { tokens_cache_creation: 1, tokens_cache_creation_1h: 1 }],
    ...[{ request_id: "req_1" }, { request_id: 5 }],
  ].map(key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(key({ request_id: "" })).toBe(key());
  expect(key({ request_id: null })).toBe(key());
});

test("a call that failed is a call, though it may say no more", () => {
  expect(read({ success: false, error_message: "overloaded", exit_code: 1 })).toMatchObject({
    ...{ isSuccess: false, error: "overloaded", exitCode: 1 },
  });
  const bare = { timestamp: good.timestamp, success: false };
  expect(usageLogLine(JSON.stringify(bare))).toMatchObject({ isSuccess: false, model: "" });
  const untold = { success: undefined };
  expect(read(untold)).toMatchObject({ isSuccess: true });
  expect(read({ ...untold, error_message: "" })).toMatchObject({ isSuccess: true, error: null });
  expect(read({ ...untold, error_message: "timeout" })).toMatchObject({ isSuccess: false });
  expect(read({ ...untold, exit_code: -9 })).toMatchObject({ isSuccess: false, exitCode: -9 });
});

test("an estimate of zero is none, and a cost of zero is one", () => {
  expect(read({ estimated_cost_usd: 0 })?.toldCost).toBeNull();
  expect(read({ estimated_cost_usd: null })?.toldCost).toBeNull();
  expect(read({ estimated_cost_usd: 0, cost_usd: 0.5 })?.toldCost).toBe(0.5);
  expect(read({ estimated_cost_usd: 0, tokens_input: 0, tokens_output: 0 })?.toldCost).toBe(0);
  expect(read({ estimated_cost_usd: null, cost_usd: 0 })?.toldCost).toBe(0);
});

test("a line that cannot be let in is set aside with a reason", () => {
  const lines: [string, Json][] = [
    ["timestamp", { timestamp: undefined }],
    ["timestamp", { timestamp: null }],
    ["timestamp", { timestamp: "yesterday" }],
    ["timestamp", { timestamp: "2025-02-30T00:00:00Z" }],
    ["timestamp", { timestamp: "0001-01-01T00:00:00Z" }],
    ["timestamp", { timestamp: 0 }],
    ["timestamp", { timestamp: 1e300 }],
    ["timestamp", { timestamp: "T".repeat(1_000_000) }],
    ["tokens_input", { tokens_input: -1 }],
    ["tokens_output", { tokens_output: 1.5 }],
    ["tokens_output", { tokens_output: "340" }],
    ["input_tokens", { input_tokens: 1e12 }],
    ["tokens_cache_creation_1h", { tokens_cache_creation_1h: 1 }],
    ["estimated_cost_usd", { estimated_cost_usd: -0.1 }],
    ["success", { success: "yes" }],
    ["model", { model: {} }],
    ["task_id", { task_id: [] }],
    ["request_id", { request_id: "x".repeat(5000) }],
    ["others.0.model", { others: [{ model: true }] }],
  ];
  for (const [why, parts] of lines) {
    expect(reason(JSON.stringify({ ...good, ...parts })), JSON.stringify(parts).slice(0, 99)).toBe(
      why,
    );
  }
  const half = JSON.stringify(good).slice(0, -1);
  for (const text of [half, "nonsense", '{"timestamp":NaN}']) expect(reason(text)).toBe("no JSON");
  for (const text of ["[]", "5", "null", '"text"']) expect(reason(text)).toBe("no JSON object");
  const other = JSON.stringify({ timestamp: good.timestamp, level: "info", model: "x" });
  expect(reason(other)).toBe("no usage");
});

test("what decides no figure is left out where it does not fit, and content always", () => {
  const odd = {
    ...{ duration_seconds: "4", time_to_first_token: -1, exit_code: 1.5, turns: "3" },
    ...{ prompt_length: -5, response_length: {}, session_id: 5, provider: [], prompt_file: 1 },
    ...{ settings: { text: "x".repeat(3000) }, prompt: "Secret.", response: "Secret." },
  };
  expect(read(odd)).toEqual({
    ...expected,
    ...{ durationMs: null, timeToFirstTokenMs: null, exitCode: null },
    key: expected.key?.replace("4200", "null"),
  });
  const long = read({ task_id: "t".repeat(300), error_message: `${"e".repeat(199)}🙂` });
  expect(long?.task).toHaveLength(200);
  expect(long?.error).toBe(`${"e".repeat(199)}\ufffd`);
});

const tokens = fc.nat(100_000_000_000 / 2);
const money = fc.option(
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0),
  { nil: null },
);
const whole = fc.option(fc.nat(), { nil: null });

/** Texts of any language, with what JSON escapes. */
function texts(longest: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: "binary", minLength: 1, maxLength: longest })
    .filter((text) => text.length <= longest);
}

function maybe(longest: number): fc.Arbitrary<string | null> {
  return fc.option(texts(longest), { nil: null });
}

const usage: fc.Arbitrary<RecordedUsage> = fc.record({
  model: fc.oneof(fc.constant(""), texts(200)),
  inputTokens: tokens,
  outputTokens: tokens,
  cacheCreation5mTokens: tokens,
  cacheCreation1hTokens: tokens,
  cacheReadTokens: tokens,
  toldCost: fc.oneof(money, fc.constant(0)),
});

const settings = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.json({ maxDepth: 1 }).map((json) => ` ${json}`),
  fc.constantFrom(
    "null",
    "5",
    '"fast"',
    '"5"',
    '{"b":1,"1":2}',
    '{"__proto__":1}',
    '{"a":1,"a":2}',
  ),
);

const calls: fc.Arbitrary<RecordedCall> = fc
  .record({
    key: maybe(300),
    place: fc.constant(null),
    at: fc.integer({ min: Date.parse("2020-01-01"), max: Date.parse("9999-12-31") }),
    provider: fc.oneof(fc.constant(""), texts(50)),
    project: maybe(300),
    task: maybe(200),
    worker: maybe(200),
    durationMs: fc.option(fc.nat(1_000_000_000_000), { nil: null }),
    timeToFirstTokenMs: whole,
    isSuccess: fc.boolean(),
    error: maybe(200),
    exitCode: fc.option(fc.integer(), { nil: null }),
    turns: whole,
    sessionId: maybe(100),
    promptLength: whole,
    responseLength: whole,
    promptFile: maybe(300),
    settings: fc.option(
      settings.filter((json) => json.length <= 2000),
      { nil: null },
    ),
    others: fc.array(usage, { maxLength: 3 }),
    usage,
  })
  .map(({ usage: own, ...call }) => ({ ...call, ...own }));

test("what is written of a call and read again is the same call", () => {
  fc.assert(
    fc.property(calls, (call) => {
      const text = usageLogText(call);
      expect(text).not.toContain("\n");
      const again = usageLogLine(text);
      // Without a key it has one from then on.
      expect(again).toEqual({ ...call, key: call.key ?? expect.any(String) });
      if (again !== null) expect(usageLogLine(usageLogText(again))).toEqual(again);
    }),
    { numRuns: 2000 },
  );
});

test("a line of an earlier tool keeps its key when it is written anew", () => {
  for (const parts of [{}, { timestamp: "2025-11-20 14:32:05.123456" }, { request_id: 5 }]) {
    const call = read(parts);
    if (call === null) throw new Error("no call");
    expect(usageLogLine(usageLogText(call))).toEqual(call);
  }
});

test("what is written has the names that earlier tools know", () => {
  expect(JSON.parse(usageLogText({ ...expected, key: null }))).toEqual({
    ...{ ...good, tokens_cache_creation: 0, tokens_cache_read: 0 },
  });
});
