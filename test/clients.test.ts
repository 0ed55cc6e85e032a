import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { execa } from "execa";
import { describe, expect, test } from "vitest";

import { newHome, root } from "./support/home.ts";
import { serveFrom } from "./support/server.ts";
import { usageServer, type SentCall, type UsageServer } from "./support/usage-server.ts";

/** What a program does with a client, one after the other. */
type Step =
  /** Records so many calls; their request ids are numbered. */
  | { record: SentCall; times?: number }
  /** Tracks a call that gives this answer. */
  | { answer: object; more?: More }
  /** Tracks a call that gives a stream, of a generator or of an SDK's own kind, and takes so many chunks of it. */
  | { chunks: object[]; sdk?: boolean; take?: number; error?: string; more?: More }
  /** Tracks a call that fails. */
  | { error: string; more?: More }
  | { flush: true }
  | { end: true };

interface More {
  project?: string;
  task?: string;
}

/** The app got what it would have got without a client. */
const SAME = "the same";

/** Prints what the app got of each tracked call: the same object, which chunks of it, the same error. */
const javaScript = `
const [file, steps] = process.argv.slice(1);
const { record, track, flush } = await import(file);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function* generate(chunks, error) {
  for (const chunk of chunks) { await pause(2); yield chunk; }
  if (error !== undefined) throw error;
}
class SdkStream {
  #response = "the response";
  constructor(iterator) { this.iterator = iterator; }
  get response() { return this.#response; }
  [Symbol.asyncIterator]() { return this.iterator(); }
}
const got = [];
for (const step of JSON.parse(steps)) {
  const { record: call, times = 1, answer, chunks, sdk, take = Infinity, error, more } = step;
  const thrown = error === undefined ? undefined : new Error(error);
  const ids = (number) => (times === 1 ? {} : { request_id: "call-" + number });
  if (call !== undefined) for (let n = 0; n < times; n += 1) record({ ...call, ...ids(n) });
  else if (step.flush) await flush();
  else if (step.end) process.exit();
  else if (answer !== undefined) {
    got.push((await track(Promise.resolve(answer), more)) === answer ? "${SAME}" : "another");
  } else if (chunks !== undefined) {
    const plain = generate(chunks, thrown);
    const stream = sdk ? new SdkStream(() => plain) : plain;
    const tracked = await track(async () => stream, more);
    const seen = [];
    try {
      for await (const chunk of tracked) if (seen.push(chunks.indexOf(chunk)) >= take) break;
    } catch (caught) {
      seen.push(caught === thrown ? caught.message : "another");
    }
    got.push([tracked === stream && (!sdk || tracked.response === "the response") ? "${SAME}" : "another", ...seen]);
  } else {
    await track(Promise.reject(thrown), more).catch((caught) => got.push(caught === thrown ? "${SAME}" : "another"));
  }
}
console.log(JSON.stringify(got));
`;

/** Objects with members, as the SDKs give them, in Python's names. */
const python = `
import asyncio, json, re, sys
from types import SimpleNamespace
folder, steps, is_awaited = sys.argv[1], sys.argv[2], sys.argv[3] == "awaited"
sys.path.insert(0, folder)
import ccbooks_client as ccbooks

def snake(fields):
    return {re.sub("([A-Z])", lambda m: "_" + m[1].lower(), name): value for name, value in fields.items()}

def objects(value):
    return json.loads(json.dumps(value), object_hook=lambda fields: SimpleNamespace(**snake(fields)))

def generate(chunks, error):
    yield from chunks
    if error: raise error

async def agenerate(chunks, error):
    for chunk in chunks:
        await asyncio.sleep(0.002)
        yield chunk
    if error: raise error

class SdkStream:
    response = "the response"
    def __init__(self, iterator): self._iterator = iterator
    def __next__(self): return self._iterator.__next__()
    def __iter__(self):
        for chunk in self._iterator: yield chunk
    def __enter__(self): return self
    def __exit__(self, *_): self.close()
    def close(self): pass

class AsyncSdkStream:
    response = "the response"
    def __init__(self, iterator): self._iterator = iterator
    async def __anext__(self): return await self._iterator.__anext__()
    async def __aiter__(self):
        async for chunk in self._iterator: yield chunk

def give(value):
    if isinstance(value, Exception): raise value
    return value

async def agive(value):
    return give(value)

def told(is_same): return "${SAME}" if is_same else "another"

async def main():
    got = []
    for step in json.loads(steps):
        more = step.get("more", {})
        error = RuntimeError(step["error"]) if "error" in step else None
        async def track(value):
            if is_awaited: return await ccbooks.atrack(agive, value, **more)
            return ccbooks.track(give, value, **more)
        if "record" in step:
            times = step.get("times", 1)
            for number in range(times):
                ids = {} if times == 1 else {"request_id": f"call-{number}"}
                ccbooks.record(**step["record"], **ids)
        elif "flush" in step: ccbooks.flush()
        elif "answer" in step:
            answer = objects(step["answer"])
            got.append(told(await track(answer) is answer))
        elif "chunks" in step:
            chunks, sdk = objects(step["chunks"]), step.get("sdk")
            plain = agenerate(chunks, error) if is_awaited else generate(chunks, error)
            stream = (AsyncSdkStream if is_awaited else SdkStream)(plain) if sdk else plain
            tracked = await track(stream)
            seen = []
            def take(chunk):
                seen.append(next(index for index, one in enumerate(chunks) if one is chunk))
                return len(seen) >= step.get("take", 10**9)
            try:
                if is_awaited:
                    async for chunk in tracked:
                        if take(chunk): break
                elif sdk:
                    with tracked:
                        for chunk in tracked:
                            if take(chunk): break
                else:
                    for chunk in tracked:
                        if take(chunk): break
            except RuntimeError as caught:
                seen.append(str(caught) if caught is error else "another")
            # What iterates over a stream that is not read to its end is let go.
            if is_awaited and hasattr(tracked, "aclose"): await tracked.aclose()
            got.append([told(type(tracked) is type(stream) and (not sdk or tracked is stream)), *seen])
            del tracked, stream, plain
        else:
            try: await track(error)
            except RuntimeError as caught: got.append(told(caught is error))
    print(json.dumps(got))

asyncio.run(main())
`;

const clients = join(root, "src", "clients");

/** Ways to run a program, by what they are called. */
const programs: Record<string, (steps: readonly Step[]) => readonly [string, ...string[]]> = {
  "the client for TypeScript": (steps) => [
    process.execPath,
    "--input-type=module",
    ...["-e", javaScript, join(clients, "client.ts"), JSON.stringify(steps)],
  ],
  "the client for Python": (steps) => pythonWith(steps, "plain"),
  "the client for Python, awaited": (steps) => pythonWith(steps, "awaited"),
};

function pythonWith(steps: readonly Step[], how: string): readonly [string, ...string[]] {
  return ["python3", "-B", "-c", python, clients, JSON.stringify(steps), how];
}

const { status } = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]);
const hasPython = status === 0;
const runnable = Object.keys(programs).filter((name) => hasPython || !name.includes("Python"));

interface Ran {
  /** What the app got. */
  got: unknown;
  stderr: string;
  exitCode: number | undefined;
}

const program =
  (name: string) =>
  async (
    steps: readonly Step[],
    { url, token }: Pick<UsageServer, "url" | "token">,
    environment: Record<string, string> = {},
  ): Promise<Ran> => {
    const [command, ...values] = programs[name]?.(steps) ?? [""];
    const { stdout, stderr, exitCode } = await execa(command, values, {
      env: {
        ...{ CCBOOKS_URL: url, CCBOOKS_TOKEN: token, CCBOOKS_PROJECT: "", CCBOOKS_WORKER: "" },
        ...environment,
      },
      reject: false,
      stdin: "ignore",
      timeout: 30_000,
    });
    return { got: stdout === "" ? undefined : JSON.parse(stdout), stderr, exitCode };
  };

const call = { provider: "other", model: "m-1", input_tokens: 1, output_tokens: 2 };

// What each provider answers, and what is to be told of it.

const message = {
  ...{ type: "message", model: "claude-opus-4-5" },
  usage: {
    ...{ input_tokens: 10, output_tokens: 1 },
    ...{ cache_creation_input_tokens: 30, cache_read_input_tokens: 40 },
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
  },
};
const ofMessage = {
  ...{ provider: "anthropic", model: "claude-opus-4-5", input_tokens: 10 },
  ...{ cache_creation_tokens: 30, cache_creation_1h_tokens: 20, cache_read_tokens: 40 },
};
const messageEvents = (id: string): object[] => [
  { type: "message_start", message: { id, ...message } },
  { type: "content_block_delta", delta: { type: "text_delta", text: "hi" } },
  { type: "message_delta", usage: { input_tokens: null, output_tokens: 55 } },
  { type: "message_stop" },
];

const chat = { object: "chat.completion", model: "gpt-5" };
const chatUsage = {
  ...{ prompt_tokens: 100, completion_tokens: 20 },
  prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 5 },
};
const ofChat = {
  ...{ provider: "openai", model: "gpt-5", input_tokens: 30, output_tokens: 20 },
  ...{ cache_creation_tokens: 10, cache_read_tokens: 60 },
};
const chatChunks = (id: string, usage: object | null): object[] => {
  const chunk = { id, ...chat, object: "chat.completion.chunk", usage: null };
  return [
    { ...chunk, choices: [{ delta: { role: "assistant", content: "" } }] },
    { ...chunk, choices: [{ delta: { content: "hi" } }] },
    { ...chunk, choices: [], usage },
  ];
};

const response = { object: "response", model: "gpt-5-mini", status: "completed", error: null };
const responseUsage = {
  ...{ input_tokens: 100, input_tokens_details: { cached_tokens: 60 } },
  ...{ output_tokens: 20, output_tokens_details: { reasoning_tokens: 5 } },
};
const ofResponse = {
  ...{ provider: "openai", model: "gpt-5-mini", input_tokens: 40, output_tokens: 20 },
  cache_read_tokens: 60,
};

const content = {
  candidates: [{ content: { parts: [{ text: "hi" }] } }],
  modelVersion: "gemini-2.5-flash",
};
const contentUsage = {
  ...{ promptTokenCount: 100, cachedContentTokenCount: 20, toolUsePromptTokenCount: 9 },
  ...{ candidatesTokenCount: 5, thoughtsTokenCount: 7 },
};
const ofContent = {
  ...{ provider: "google", model: "gemini-2.5-flash", input_tokens: 89, output_tokens: 12 },
  cache_read_tokens: 20,
};

const answers: [Step, told: object][] = [
  [
    { answer: { id: "msg_1", _request_id: "req_1", ...message } },
    { ...ofMessage, output_tokens: 1, request_id: "req_1" },
  ],
  [
    { answer: { id: "msg_2", ...message }, more: { project: "shop", task: "t-1" } },
    { ...ofMessage, request_id: "msg_2", project: "shop", task_id: "t-1" },
  ],
  [
    { answer: { id: "chatcmpl-1", ...chat, choices: [], usage: chatUsage } },
    { ...ofChat, request_id: "chatcmpl-1" },
  ],
  [
    { answer: { id: "resp_1", ...response, usage: responseUsage } },
    { ...ofResponse, request_id: "resp_1" },
  ],
  [
    { answer: { ...content, responseId: "g-1", usageMetadata: contentUsage } },
    { ...ofContent, request_id: "g-1" },
  ],
  [
    { answer: { object: "list", model: "text-embedding-3", usage: { prompt_tokens: 7 } } },
    { provider: "openai", model: "text-embedding-3", input_tokens: 7, output_tokens: 0 },
  ],
  [
    { answer: { id: "resp_2", ...response, status: "failed", error: { message: "too hot" } } },
    { provider: "openai", request_id: "resp_2", success: false, error_message: "too hot" },
  ],
];

const streams: [Step, seen: unknown[], told: object][] = [
  [
    { chunks: messageEvents("msg_3"), sdk: true },
    [0, 1, 2, 3],
    { ...ofMessage, output_tokens: 55, request_id: "msg_3" },
  ],
  [
    { chunks: chatChunks("chatcmpl-2", chatUsage), sdk: true },
    [0, 1, 2],
    { ...ofChat, request_id: "chatcmpl-2" },
  ],
  [
    {
      sdk: true,
      chunks: [
        {
          type: "response.created",
          response: { id: "resp_3", ...response, status: "in_progress" },
        },
        { type: "response.output_text.delta", delta: "hi" },
        {
          type: "response.completed",
          response: { id: "resp_3", ...response, usage: responseUsage },
        },
      ],
    },
    [0, 1, 2],
    { ...ofResponse, request_id: "resp_3" },
  ],
  [
    {
      chunks: [
        { ...content, responseId: "g-2", usageMetadata: { promptTokenCount: 100 } },
        { ...content, responseId: "g-2", usageMetadata: contentUsage },
      ],
    },
    [0, 1],
    { ...ofContent, request_id: "g-2" },
  ],
  [
    { chunks: messageEvents("msg_4"), error: "cut off" },
    [0, 1, 2, 3, "cut off"],
    { ...ofMessage, output_tokens: 55, success: false, error_message: "cut off" },
  ],
];

describe.each(runnable)("%s", (name) => {
  const run = program(name);

  test("gives answers as they are, and tells of their usage as Anthropic counts it", async () => {
    const server = await usageServer();
    const ran = await run(
      answers.map(([step]) => step),
      server,
      { CCBOOKS_PROJECT: "usual", CCBOOKS_WORKER: "w-1" },
    );
    expect(ran).toEqual({ got: answers.map(() => SAME), stderr: "", exitCode: 0 });
    const calls = [...server.calls.values()];
    expect(calls).toHaveLength(answers.length);
    for (const [index, [, told]] of answers.entries()) {
      const others = { project: "usual", worker_id: "w-1", success: true };
      expect(calls[index]).toMatchObject({ ...others, ...told });
      expect(calls[index]).not.toHaveProperty("time_to_first_token_ms");
      expect(calls[index]?.["duration_ms"]).toBeTypeOf("number");
      expect(calls[index]?.["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    }
  });

  test("passes streams through in their order, and tells of them when they end", async () => {
    const server = await usageServer();
    const ran = await run(
      streams.map(([step]) => step),
      server,
    );
    expect(ran).toEqual({
      got: streams.map(([, seen]) => [SAME, ...seen]),
      ...{ stderr: "", exitCode: 0 },
    });
    const calls = [...server.calls.values()];
    expect(calls).toHaveLength(streams.length);
    for (const [index, [, , told]] of streams.entries()) {
      expect(calls[index]).toMatchObject({ success: true, ...told });
      const { duration_ms: whole, time_to_first_token_ms: first } = calls[index] ?? {};
      expect(Number(first)).toBeGreaterThanOrEqual(0);
      expect(Number(first)).toBeLessThanOrEqual(Number(whole));
    }
  });

  test("tells what is known of a stream that the app leaves, and says where no usage was told", async () => {
    const server = await usageServer();
    const left: Step[] = [
      { chunks: messageEvents("msg_5"), take: 2 },
      { chunks: messageEvents("msg_6"), take: 1, sdk: true },
      { chunks: chatChunks("chatcmpl-3", null) },
    ];
    const { got, stderr } = await run(left, server);
    expect(got).toEqual([
      [SAME, 0, 1],
      [SAME, 0],
      [SAME, 0, 1, 2],
    ]);
    expect([...server.calls.keys()].toSorted()).toEqual(["chatcmpl-3", "msg_5", "msg_6"]);
    expect(server.calls.get("msg_5")).toMatchObject({ ...ofMessage, output_tokens: 1 });
    expect(server.calls.get("msg_6")).not.toHaveProperty("time_to_first_token_ms");
    expect(server.calls.get("chatcmpl-3")).toMatchObject({ input_tokens: 0, success: true });
    expect(stderr).toMatch(/^ccbooks: An answer told no usage, .*include_usage.*$/);
  });

  test("throws what a call throws, and tells that it failed", async () => {
    const server = await usageServer();
    const failing = [
      { error: "no such model" },
      { error: "x".repeat(2000), more: { task: "t-2" } },
    ];
    const ran = await run(failing, server);
    expect(ran).toEqual({ got: [SAME, SAME], stderr: "", exitCode: 0 });
    expect([...server.calls.values()]).toMatchObject([
      { success: false, error_message: "no such model", model: "unknown", input_tokens: 0 },
      { success: false, error_message: "x".repeat(500), task_id: "t-2" },
    ]);
  });

  test("does not record an answer that it does not know, and says so once", async () => {
    const server = await usageServer();
    const { got, stderr } = await run([{ answer: { a: 1 } }, { answer: { b: 2 } }], server);
    expect(got).toEqual([SAME, SAME]);
    expect(stderr).toMatch(/^ccbooks: An answer is of no provider that is known, .*$/);
    expect(server.requests).toEqual([]);
  });
});

// How calls are sent is the same whether or not they are awaited.
describe.each(runnable.filter((name) => !name.endsWith("awaited")))("%s", (name) => {
  const run = program(name);

  test("delivers what was recorded right before the process ended, in one batch", async () => {
    const server = await usageServer();
    const ran = await run([{ record: call, times: 25 }], server);
    expect(ran).toEqual({ got: [], stderr: "", exitCode: 0 });
    expect(server.requests).toHaveLength(1);
    expect(server.calls.size).toBe(25);
  });

  test("sends the same again, and later, where the server asks to wait", async () => {
    const server = await usageServer([{ status: 503, retryAfter: 1 }, { status: 503 }]);
    const begun = performance.now();
    const { stderr } = await run([{ record: call, times: 3 }, { flush: true }], server);
    expect(performance.now() - begun).toBeGreaterThan(1000);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[1]).toEqual(server.requests[0]);
    expect(server.requests[2]).toEqual(server.requests[0]);
    expect(server.calls.size).toBe(3);
    expect(stderr).toBe(
      `ccbooks: ${server.url} takes no calls now (Not now.); they are sent later.`,
    );
  });

  test("doubles nothing when the connection ends after the server kept the calls", async () => {
    const server = await usageServer(["keeps the calls and hangs up", { status: 429 }]);
    await run(
      [{ record: call }, { record: call }, { answer: { id: "msg_7", ...message } }],
      server,
    );
    expect(server.requests).toHaveLength(3);
    expect(server.requests[2]).toEqual(server.requests[0]);
    expect(server.calls.size).toBe(3);
    expect(server.calls.has("msg_7")).toBe(true);
  });

  test("drops the call that is refused, says so once, and keeps the others of its batch", async () => {
    const server = await usageServer();
    const bad = { ...call, input_tokens: -1, request_id: "bad" };
    const steps = [{ record: call }, { record: bad }, { record: call }, { flush: true as const }];
    const { stderr } = await run([...steps, { record: call }], server);
    expect(stderr).toBe(
      `ccbooks: ${server.url} refused calls (This is no count of tokens. [input_tokens]); they are dropped.`,
    );
    const sizes = server.requests.map((calls) => calls.length);
    expect(sizes).toEqual([3, 2, 1]);
    expect(server.calls.size).toBe(3);
    expect(server.calls.has("bad")).toBe(false);
  });

  test("drops what a token may not send, and does not show the token", async () => {
    const { url, requests } = await usageServer();
    const { stderr, exitCode } = await run([{ record: call }], { url, token: "s3cret" });
    expect(exitCode).toBe(0);
    expect(stderr).toContain("This token is not known");
    expect(stderr).not.toContain("s3cret");
    expect(requests).toEqual([]);
  });

  test("sends in parts what is too large at once", async () => {
    const server = await usageServer([], 30);
    const { stderr } = await run([{ record: call, times: 100 }], server);
    expect(stderr).toBe("");
    expect(server.calls.size).toBe(100);
    const kept = server.requests.filter((calls) => calls.length <= 30);
    expect(kept.flat()).toHaveLength(100);
  });

  test("keeps the latest 10,000 calls while the server is away", async () => {
    const server = await usageServer([{ status: 503, retryAfter: 2 }]);
    const { stderr } = await run([{ record: call, times: 10_050 }, { flush: true }], server);
    expect(server.calls.size).toBe(10_000);
    expect(server.calls.has("call-10049")).toBe(true);
    expect(Math.max(...server.requests.map((calls) => calls.length))).toBe(1000);
    expect(stderr).toContain("ccbooks: More than 10000 calls wait; the oldest are dropped.");
  });

  test("goes on, ends well and says what is lost where there is no server", async () => {
    const away = { url: "http://127.0.0.1:9", token: "ccb_test" };
    const ran = await run([{ record: call }, { answer: { id: "msg_8", ...message } }], away);
    expect(ran).toMatchObject({ got: [SAME], exitCode: 0 });
    expect(ran.stderr.split("\n")).toEqual([
      expect.stringMatching(
        /^ccbooks: http:\/\/127\.0\.0\.1:9 takes no calls now \(.+\); they are/,
      ),
      "ccbooks: The process ended with calls that were not sent: 2.",
    ]);
  });

  test("ends soon where the server never answers", async () => {
    const server = await usageServer(["never answers"]);
    const begun = performance.now();
    const { exitCode, stderr } = await run([{ record: call }], server);
    expect(exitCode).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(stderr).toContain("The process ended with calls that were not sent: 1.");
  });

  test("does nothing without a token, and says so once", async () => {
    const server = await usageServer();
    const steps: Step[] = [{ record: call }, { answer: { id: "msg_9", ...message } }];
    const ran = await run(steps, { ...server, token: "" });
    expect(ran).toEqual({
      ...{ got: [SAME], exitCode: 0 },
      stderr: "ccbooks: No call is recorded, as there is no token; set CCBOOKS_TOKEN.",
    });
    expect(server.requests).toEqual([]);
  });
});

test("the client for TypeScript says what process.exit() kept it from sending", async () => {
  const server = await usageServer();
  const run = program("the client for TypeScript");
  const { stderr } = await run([{ record: call }, { end: true }], server);
  expect(stderr).toBe("ccbooks: The process ended with calls that were not sent: 1.");
});

/** Runs a program of its own with the client, and gives what it printed. */
async function printed(
  server: UsageServer,
  command: string,
  values: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  const { url: CCBOOKS_URL, token: CCBOOKS_TOKEN } = server;
  return execa(command, [...values, clients], {
    env: { CCBOOKS_URL, CCBOOKS_TOKEN, CCBOOKS_PROJECT: "", CCBOOKS_WORKER: "" },
    stdin: "ignore",
    timeout: 30_000,
  });
}

test("the client for TypeScript follows the helpers and the copies of streams", async () => {
  const server = await usageServer();
  const code = `
import { EventEmitter } from "node:events";
const { track, flush } = await import(process.argv[1] + "/client.ts");
const [first, second] = ["msg_1", "msg_2"].map((id) => ${JSON.stringify(messageEvents("ID"))}
  .map((event) => JSON.parse(JSON.stringify(event).replace("ID", id))));
class Helper extends EventEmitter {
  async done() {}
  [Symbol.asyncIterator]() { throw new Error("nobody iterates"); }
}
const helper = await track(new Helper());
for (const event of first) helper.emit("streamEvent", event);
helper.emit("end");
class Stream {
  iterator = async function* () { yield* second; };
  [Symbol.asyncIterator]() { return this.iterator(); }
  tee() {
    const iterator = this.iterator();
    return { [Symbol.asyncIterator]: () => iterator };
  }
}
const stream = await track(Promise.resolve({ data: new Stream(), response: {}, request_id: "req_2" }));
for await (const event of stream.data.tee()) console.log(event === second[0]);
`;
  const { stdout } = await printed(server, process.execPath, ["--input-type=module", "-e", code]);
  expect(stdout).toBe("true\nfalse\nfalse\nfalse");
  expect([...server.calls.values()]).toMatchObject([
    { ...ofMessage, output_tokens: 55, request_id: "msg_1" },
    { ...ofMessage, output_tokens: 55, request_id: "req_2" },
  ]);
});

test.runIf(hasPython)("the client for Python follows streams that `with` makes", async () => {
  const server = await usageServer();
  const code = `
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
import ccbooks_client as ccbooks
events = json.loads('${JSON.stringify(messageEvents("ID"))}')
def named(id): return [json.loads(json.dumps(event).replace("ID", id)) for event in events]

class Stream:
    def __init__(self, id):
        self._iterator = iter(named(id))
        self.text = (event["delta"]["text"] for event in self if event["type"] == "content_block_delta")
    def __next__(self): return next(self._iterator)
    def __iter__(self): yield from self._iterator
    def close(self): pass

class Manager:
    def __enter__(self):
        self.stream = Stream("msg_1")
        return self.stream
    def __exit__(self, *_): self.stream.close()
    async def __aenter__(self):
        self.stream = Stream("msg_2")
        return self.stream
    async def __aexit__(self, *_): self.stream.close()

with ccbooks.track(Manager) as stream:
    print(type(stream).__name__, *stream.text)

async def main():
    async with ccbooks.track(Manager) as stream:
        print(next(stream)["type"])
asyncio.run(main())
`;
  const { stdout, stderr } = await printed(server, "python3", ["-B", "-c", code]);
  expect([stdout, stderr]).toEqual(["Stream hi\nmessage_start", ""]);
  expect([...server.calls.values()]).toMatchObject([
    { ...ofMessage, output_tokens: 55, request_id: "msg_1" },
    { ...ofMessage, output_tokens: 1, request_id: "msg_2" },
  ]);
});

test.runIf(hasPython)(
  "the client for Python takes calls of many threads and of a fork",
  async () => {
    const server = await usageServer();
    const code = `
import os, sys, threading
sys.path.insert(0, sys.argv[1])
import ccbooks_client as ccbooks

def work():
    for _ in range(500): ccbooks.record(provider="other", model="m-1")

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
child = os.fork()
if child == 0:
    ccbooks.record(provider="other", model="m-2")
    ccbooks.flush()
    os._exit(0)
os.waitpid(child, 0)
`;
    const { stderr } = await printed(server, "python3", ["-B", "-W", "ignore", "-c", code]);
    expect(stderr).toBe("");
    expect(server.requests.flat()).toHaveLength(4001);
    expect(server.calls.size).toBe(4001);
  },
);

test.runIf(!hasPython)(
  "the client for Python is not tested, as there is no python3 >= 3.9",
  () => {},
);

test("a real server takes what both clients tell, each call once", async () => {
  const home = newHome();
  const server = await serveFrom(home);
  const env = { ...home.env, CCBOOKS_URL: server.url, CCBOOKS_TOKEN: server.tokens.record };
  const answer = {
    ...{ type: "message", id: "msg_1", model: "claude-opus-4-5", _request_id: "req_1" },
    usage: { input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 50 },
  };
  const script = `
    import { flush, record, track } from ${JSON.stringify(join(root, "dist", "client.js"))};
    await track(Promise.resolve(${JSON.stringify(answer)}), { project: "shop" });
    record({ provider: "openai", model: "gpt-5.5", input_tokens: 10, output_tokens: 5, project: "shop" });`;
  await execa(process.execPath, ["--input-type=module", "-e", script], { env, extendEnv: false });
  if (hasPython) {
    const tells = `import sys; sys.path.insert(0, ${JSON.stringify(join(root, "dist"))})
import ccbooks_client as ccbooks
ccbooks.track(lambda: ${JSON.stringify(answer)}, project="shop")`;
    await execa("python3", ["-B", "-c", tells], { env, extendEnv: false });
  }
  // The same answer, told by both, is one call.
  expect(
    home.query(
      "SELECT model, project, input_tokens AS input, cache_read_tokens AS read FROM recorded_usage ORDER BY model",
    ),
  ).toEqual([
    { model: "claude-opus-4-5", project: "shop", input: 100, read: 50 },
    { model: "gpt-5.5", project: "shop", input: 10, read: 0 },
  ]);
});
