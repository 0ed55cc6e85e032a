import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { ClaudeOutput } from "../src/sources/recorder/claude-output.ts";
import { recordedRun, type ClaudeRun } from "../src/sources/recorder/claude-run.ts";

/** What is understood of the output of `claude -p`: samples in its documented forms, and what no one would print. */

function sample(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, "support/claude-p", name));
}

/** What is read of an output that comes in such pieces. */
function runIn(...chunks: (string | Buffer)[]): ClaudeRun | null {
  const output = new ClaudeOutput();
  for (const chunk of chunks) output.add(chunk);
  return output.end();
}

type Json = Record<string, unknown>;

function resultLine(parts: Json = {}): string {
  return `${JSON.stringify({
    ...{ type: "result", subtype: "success", is_error: false, session_id: "s1", uuid: "u1" },
    ...{ duration_ms: 1000, duration_api_ms: 800, num_turns: 1, result: "Done.", ttft_ms: 300 },
    ...{ total_cost_usd: 0.5, modelUsage: { opus: used(100, 0.5) } },
    ...parts,
  })}\n`;
}

/** An entry of `modelUsage`. */
function used(outputTokens: number, costUSD: number, parts: Json = {}): Json {
  return {
    ...{ inputTokens: 10, outputTokens, cacheReadInputTokens: 30, cacheCreationInputTokens: 40 },
    ...{ costUSD, ...parts },
  };
}

function initLine(parts: Json = {}): string {
  const start = { type: "system", subtype: "init", cwd: "/home/dev/app", model: "opus" };
  return `${JSON.stringify({ ...start, claude_code_version: "2.1.293", ...parts })}\n`;
}

const opus = {
  model: "claude-opus-5-5",
  inputTokens: 24,
  outputTokens: 1830,
  cacheCreation5mTokens: 9120,
  cacheCreation1hTokens: 0,
  cacheReadTokens: 41250,
  toldCost: 0.090546,
};

const haiku = {
  model: "claude-haiku-4-5-20251001",
  inputTokens: 2210,
  outputTokens: 96,
  cacheCreation5mTokens: 0,
  cacheCreation1hTokens: 0,
  cacheReadTokens: 0,
  toldCost: 0.00269,
};

const { model: _model, toldCost: _cost, ...mainLoop } = opus;

const success: ClaudeRun = {
  sessionId: "7b1f0c52-5f0e-4f0b-9a51-3c2a9d6e0001",
  uuid: "0c7d3d0e-2f3a-4a57-8a6e-9d5b7f1a0001",
  model: "claude-opus-5-5",
  cwd: null,
  clientVersion: null,
  isSuccess: true,
  error: null,
  turns: 6,
  durationMs: 48213,
  apiDurationMs: 39877,
  timeToFirstTokenMs: 1912,
  totalCost: 0.093236,
  usage: [opus, haiku],
  mainLoop,
  resumed: false,
  retries: 0,
  responseLength: 35,
};

const withStart = { ...success, cwd: "/home/dev/app", clientVersion: "2.1.293" };

test("an object, an array and a message a line say the same", () => {
  expect(runIn(sample("result-success.json"))).toEqual(success);
  expect(runIn(sample("result-array.json"))).toEqual(withStart);
  expect(runIn(sample("stream.jsonl"))).toEqual({ ...withStart, retries: 1 });
  expect(runIn("\ufeff", sample("result-success.json"))).toEqual(success);
  const array = JSON.stringify(JSON.parse(sample("result-array.json").toString()));
  expect(runIn(array)).toEqual(withStart);
});

test("it does not matter where the output is cut, nor whether its last line is ended", () => {
  const names = ["result-array.json", "stream.jsonl", "stream-multi-turn.jsonl"];
  for (const name of names) {
    const text = sample(name).toString().replaceAll("typos", "Tippfehler – 誤字 🙂").trimEnd();
    const whole = runIn(text);
    expect(whole).not.toBeNull();
    const bytes = Buffer.from(text);
    expect(runIn(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(runIn(...chunks)).toEqual(whole);
      }),
    );
  }
});

test("a run that failed says why, and its money counts", () => {
  expect(runIn(sample("result-error.json"))).toMatchObject({
    ...{ isSuccess: false, error: "Reached maximum number of turns (25)", turns: 25 },
    ...{ totalCost: 0.91234, responseLength: null, timeToFirstTokenMs: null },
    usage: [{ toldCost: 0.86173 }, { model: "claude-sonnet-5-5", cacheCreation5mTokens: 11680 }],
  });
  expect(runIn(sample("result-crash.json"))).toMatchObject({
    ...{ isSuccess: false, error: "process exited unexpectedly", totalCost: 0, usage: [] },
    ...{ model: null, turns: 0 },
  });
  const errorOf = (parts: Json): unknown => {
    const run = runIn(resultLine(parts));
    expect(run).toMatchObject({ isSuccess: false, totalCost: 0.5 });
    return run?.error;
  };
  expect(errorOf({ subtype: "error_max_budget_usd", is_error: false })).toBe(
    "error max budget usd",
  );
  expect(errorOf({ is_error: true, api_error_status: 529 })).toBe("API error 529");
  expect(errorOf({ is_error: true, api_error_status: null })).toBe("error");
  const long = { subtype: "error_during_execution", errors: [`${"x".repeat(199)}🙂`] };
  expect(errorOf(long)).toBe(`${"x".repeat(199)}\ufffd`);
});

test("of several results of a process the last total counts, and each has its own turns", () => {
  expect(runIn(sample("stream-multi-turn.jsonl"))).toEqual({
    ...withStart,
    ...{ sessionId: "7b1f0c52-5f0e-4f0b-9a51-3c2a9d6e0004", totalCost: 0.119232 },
    ...{ uuid: "0c7d3d0e-2f3a-4a57-8a6e-9d5b7f1a0022", responseLength: 14 },
    ...{ turns: 8, durationMs: 96426 },
    usage: [
      {
        ...{ ...opus, inputTokens: 48, outputTokens: 2400, cacheReadTokens: 91750 },
        ...{ cacheCreation5mTokens: 10000, toldCost: 0.116542 },
      },
      haiku,
    ],
    mainLoop: {
      ...{ inputTokens: 48, outputTokens: 2400, cacheReadTokens: 91750 },
      ...{ cacheCreation5mTokens: 10000, cacheCreation1hTokens: 0 },
    },
  });
});

test("a cleared conversation begins its totals anew: those of both count, the last of each", () => {
  const run = runIn(
    resultLine({ total_cost_usd: 0.25, modelUsage: { opus: used(50, 0.25) } }),
    resultLine(),
    resultLine({
      ...{ session_id: "s2", uuid: "u2", total_cost_usd: 0.125 },
      modelUsage: { opus: used(20, 0.125), haiku: used(7, 0.0625) },
    }),
    // The first once more: it still has one total.
    resultLine({ uuid: "u3", total_cost_usd: 0.75, modelUsage: { opus: used(150, 0.75) } }),
  );
  expect(run).toMatchObject({
    ...{ sessionId: "s1", uuid: "u3", totalCost: 0.875, apiDurationMs: 1600, turns: 4 },
    usage: [
      { model: "opus", inputTokens: 20, outputTokens: 170, toldCost: 0.875 },
      { model: "haiku", outputTokens: 7, toldCost: 0.0625 },
    ],
  });
});

test("however many conversations a process has, all are summed", () => {
  const output = new ClaudeOutput();
  for (let session = 0; session < 2500; session++) {
    output.add(resultLine({ session_id: `s${session}` }));
  }
  expect(output.end()).toMatchObject({
    ...{ totalCost: 1250, sessionId: "s2499", turns: 2500 },
    usage: [{ outputTokens: 250_000, cacheCreation5mTokens: 100_000, toldCost: 1250 }],
  });
});

test("a crash that says zeros takes nothing back", () => {
  const crash = {
    ...{ subtype: "error_during_execution", is_error: true, errors: ["killed"], uuid: "u2" },
    ...{ total_cost_usd: 0, modelUsage: {}, num_turns: 0, result: undefined },
  };
  expect(runIn(resultLine(), resultLine(crash))).toMatchObject({
    ...{ isSuccess: false, error: "killed", uuid: "u2", turns: 1, totalCost: 0.5 },
    ...{ usage: [{ model: "opus", outputTokens: 100, toldCost: 0.5 }], responseLength: null },
  });
  const zeros = { ...crash, modelUsage: { opus: {} }, total_cost_usd: undefined };
  expect(runIn(resultLine(), resultLine(zeros))).toMatchObject({
    totalCost: 0.5,
    isSuccess: false,
  });
});

test("a cost that Claude Code made up, or that is zero, is not known", () => {
  const modelUsage = {
    listed: used(1, 0.5, { costBasis: "list" }),
    unheard: used(2, 0.25, { costBasis: "unknown" }),
    unpriced: used(3, 0),
    unknown: used(4, 0.125),
    "": used(5, 0.125),
    untold: used(6, 0, { costUSD: undefined }),
    "<synthetic>": {},
  };
  const run = runIn(resultLine({ modelUsage }));
  expect(run?.usage.map(({ model, toldCost }) => [model, toldCost])).toEqual([
    ["listed", 0.5],
    ["unheard", null],
    ["unpriced", null],
    ["unknown", null],
    ["", null],
    ["untold", null],
  ]);
  expect(run).toMatchObject({ totalCost: 0.5, model: "untold" });
});

test("cache writes for an hour are told by model, else by the conversation where it was alone", () => {
  const usage = {
    ...{ input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 25 },
    cache_creation: { ephemeral_1h_input_tokens: 15, ephemeral_5m_input_tokens: 10 },
  };
  const writes = (modelUsage: Json, lines = 1): unknown => {
    const run = runIn(...Array.from({ length: lines }, () => resultLine({ usage, modelUsage })));
    return run?.usage.map((one) => [one.cacheCreation5mTokens, one.cacheCreation1hTokens]);
  };
  const told = { cacheCreationEphemeral1hInputTokens: 4 };
  expect(writes({ a: used(1, 1, told), b: used(1, 1) })).toEqual([
    [36, 4],
    [40, 0],
  ]);
  expect(writes({ a: used(1, 1, { cacheCreationEphemeral1hInputTokens: 0 }) })).toEqual([[40, 0]]);
  expect(writes({ a: used(1, 1), "<synthetic>": {} })).toEqual([[25, 15]]);
  // Two results of their own, and totals of both.
  expect(writes({ a: used(1, 1) }, 2)).toEqual([[10, 30]]);
  expect(writes({ a: used(1, 1) }, 3)).toEqual([[0, 40]]);
});

test("the size of the window is no part of a model's name", () => {
  const run = runIn(
    initLine({ model: "claude-opus-5" }),
    resultLine({
      modelUsage: { "claude-opus-5[1m]": used(1, 0.25), "claude-opus-5": used(2, 0.5) },
    }),
  );
  expect(run).toMatchObject({
    model: "claude-opus-5",
    usage: [{ outputTokens: 3, toldCost: 0.75 }],
  });
  expect(run?.usage).toHaveLength(1);
});

test("a release that names no models tells the conversation's", () => {
  const usage = { input_tokens: 5, output_tokens: 7, cache_read_input_tokens: 9 };
  const run = runIn(initLine(), resultLine({ usage, modelUsage: undefined }));
  expect(run?.usage).toEqual([
    {
      ...{ model: "opus", inputTokens: 5, outputTokens: 7, cacheReadTokens: 9 },
      ...{ cacheCreation5mTokens: 0, cacheCreation1hTokens: 0, toldCost: 0.5 },
    },
  ]);
});

test("what is no message, half of one, or of another shape is passed over", () => {
  const expected = runIn(initLine(), resultLine());
  const line = resultLine({ uuid: "half" }).trimEnd();
  const odd = [
    "Warning: a setting [x] is {unknown\n",
    'an "open text\n',
    `[debug] ${line}\n`,
    `noise ${line}\n`,
    `${line.slice(0, 60)}\n`,
    `${line.slice(0, line.indexOf("Done") + 2)}\n`,
    `${line.slice(0, -1)}\n`,
    '{"type":"assistant","message":{"content":"half a te\n',
    "]}]\n",
    "\n\r\n\ufeff\n",
    "null\n5\n[]\n{}\n[[\n",
    '{"type":"result"}\n',
    '{"type":"result","subtype":"success","session_id":7}\n',
    '{"type":["result"],"session_id":"s1","subtype":"success"}\n',
    '{"kind":"type","result":"result","type":"user","session_id":"s1","subtype":"success"}\n',
    `{"type":"user","message":${line},"session_id":"s1"}\n`,
    `${JSON.stringify({ type: "user", message: { content: [line, "\\", '\\"'] } })}\n`,
    '{"type":"system","subtype":"init","cwd":5,"model":null}\n',
    '{"type":"system"}\n',
    "[".repeat(5000),
    "\n",
  ];
  for (const one of odd) expect(runIn(initLine(), one, resultLine()), one).toEqual(expected);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...odd)), (some) => {
      expect(runIn(initLine(), ...some, resultLine(), ...some)).toEqual(expected);
    }),
  );
});

test("an output without a whole result is of no run", () => {
  expect(runIn()).toBeNull();
  expect(runIn(initLine(), "The answer.\n")).toBeNull();
  const whole = resultLine().trimEnd();
  for (let length = 0; length < whole.length; length++) {
    expect(runIn(whole.slice(0, length))).toBeNull();
  }
  expect(runIn(whole)).not.toBeNull();
});

test("a figure of a wrong kind is left out, and the rest counts", () => {
  const run = runIn(
    resultLine({
      ...{ num_turns: "6", duration_ms: -1, duration_api_ms: 1e300, ttft_ms: 12.6, uuid: 7 },
      ...{ is_error: "no", errors: "none", result: { text: "x" }, usage: [], api_error_status: {} },
      modelUsage: { opus: used(100, 0.5, { inputTokens: -3, cacheReadInputTokens: 1.5 }) },
    }),
  );
  expect(run).toMatchObject({
    ...{ uuid: null, isSuccess: true, turns: 0, durationMs: null, apiDurationMs: null },
    ...{ timeToFirstTokenMs: 13, responseLength: null, totalCost: 0.5 },
    usage: [{ inputTokens: 0, outputTokens: 100, cacheReadTokens: 0, toldCost: 0.5 }],
  });
  const many = resultLine({ modelUsage: { opus: used(2 ** 52, 1e300), __proto__: used(1, 1) } });
  expect(runIn(many)).toMatchObject({ usage: [{ outputTokens: 100_000_000_000, toldCost: null }] });
});

test("the order of keys does not matter, and a long answer is only measured", () => {
  const turned = JSON.stringify(
    Object.fromEntries(Object.entries(JSON.parse(resultLine())).toReversed()),
  );
  expect(runIn(turned)).toEqual(runIn(resultLine()));
  const answer = 'so "long" \\ {[\n'.repeat(200_000);
  const long = resultLine({ result: answer });
  expect(runIn(long)).toEqual({ ...runIn(resultLine()), responseLength: answer.length });
  expect(JSON.stringify(runIn(long))).not.toContain("long");
});

test("a message without end costs no memory, and the next one counts", () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("no gc");
  const output = new ClaudeOutput();
  output.add(initLine());
  const mebibyte = Buffer.alloc(2 ** 20, "x");
  const held = (): number => {
    collect();
    // What the first one found is freed beside it; the second waits for that.
    collect();
    return process.memoryUsage().arrayBuffers / 2 ** 20;
  };
  const before = held();
  /** The most that is held on the way, in MiB. */
  const endless = (head: string, mebibytes: number): number => {
    output.add(head);
    let most = 0;
    for (let count = 0; count < mebibytes; count++) {
      output.add(mebibyte);
      if (count % 10 === 9) most = Math.max(most, held() - before);
    }
    output.add('"}\n');
    return most;
  };
  for (const head of ['{"type":"assistant","text":"', '{"type":"system","cwd":"', ""]) {
    expect(endless(head, 20), head).toBeLessThan(4);
  }
  // These are kept for a while: a type may come yet, and a result may be long.
  const start = '"session_id":"s9","subtype":"success","result":"';
  for (const head of [`{${start}`, `{"type":"result",${start}`]) {
    expect(endless(head, 120), head).toBeLessThan(100);
    expect(held() - before, head).toBeLessThan(4);
  }
  output.add(resultLine());
  expect(output.end()).toEqual(runIn(initLine(), resultLine()));
});

const facts = { at: 1_764_000_000_000, project: "app", task: "t1", worker: null };

test("a run is a call of its own model, with the others beside it", () => {
  const run = runIn(sample("stream.jsonl"));
  if (run === null) throw new Error("no run");
  expect(recordedRun(run, { ...facts, exitCode: 0, promptLength: 12 })).toEqual({
    ...{
      ...opus,
      ...facts,
      place: null,
      key: success.uuid,
      provider: "anthropic",
      others: [haiku],
    },
    ...{ durationMs: 48213, timeToFirstTokenMs: 1912, isSuccess: true, error: null },
    ...{ exitCode: 0, turns: 6, sessionId: success.sessionId, responseLength: 35 },
    ...{ promptLength: 12, promptFile: null, settings: null },
  });
  // An alias, which no usage is told under.
  expect(recordedRun({ ...run, model: "opus" }, facts)).toMatchObject({ ...opus, others: [haiku] });
  const crashed = runIn(sample("result-crash.json"));
  if (crashed === null) throw new Error("no run");
  expect(recordedRun(crashed, facts)).toMatchObject({ model: "", outputTokens: 0, toldCost: 0 });
});

test("a run that goes on from an earlier one counts only what it used itself", () => {
  const own = { input_tokens: 3, output_tokens: 4, cache_creation_input_tokens: 0 };
  const run = runIn(resultLine({ usage: own }));
  if (run === null) throw new Error("no run");
  expect(recordedRun({ ...run, resumed: true }, facts)).toMatchObject({
    ...{ model: "opus", inputTokens: 3, outputTokens: 4, toldCost: null, others: [] },
  });
  // Totals that are no more than the conversation's did not go on.
  const anew = { ...success, usage: [opus], resumed: true };
  expect(recordedRun(anew, facts)).toMatchObject({ ...opus, others: [] });
  // Of another model, as a run may go on with one.
  const other = { ...success, usage: [opus, { ...opus, model: "earlier" }], resumed: true };
  expect(recordedRun(other, facts)).toMatchObject({ ...opus, toldCost: null, others: [] });
});
