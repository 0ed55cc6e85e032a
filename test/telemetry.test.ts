import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { hash52 } from "../src/calls/hash.ts";
import { ForeignReader } from "../src/ledger/foreign-books.ts";
import { keepTranscripts } from "../src/ledger/keep.ts";
import { keepMachine } from "../src/ledger/machines.ts";
import { mergeBooks } from "../src/ledger/merge.ts";
import type { Books } from "../src/ledger/open.ts";
import { keepTelemetry } from "../src/ledger/telemetry.ts";
import { UNKNOWN_PROJECT } from "../src/usage.ts";
import { emptyBooks } from "./support/books.ts";
import { dice, oneOf, shuffled, type Dice } from "./support/dice.ts";
import { newHome, root } from "./support/home.ts";
import { apiRequest, otlpLogs } from "./support/otlp.ts";
import { serveFrom } from "./support/server.ts";
import { say } from "./support/transcripts.ts";

const OPUS = "claude-opus-4-5";
const sample: unknown = JSON.parse(
  readFileSync(join(root, "test", "support", "otlp-logs.json"), "utf8"),
);

const BESIDE = `
  SELECT session_id, model_name, input_tokens, output_tokens, cache_read_tokens, is_beside
  FROM call_usage ORDER BY at`;

/** A nightly run asks for more: CCBOOKS_TOLD_LIVES=5000. */
const LIVES = Number(process.env["CCBOOKS_TOLD_LIVES"] ?? 60);

/** A call as it really was, and who tells of it. */
interface Truth {
  request: string;
  session: string;
  at: number;
  output: number;
  tells: { transcript: boolean; telemetry: boolean };
}

test(`in ${LIVES} random lives calls that both tell of are one, in any order, partly and doubled`, () => {
  let calls = 0;
  for (let seed = 1; seed <= LIVES; seed += 1) {
    const roll = dice(seed);
    const truth: Truth[] = Array.from({ length: 1 + roll(12) }, (_, number) => ({
      request: `req_${number}`,
      session: `s${roll(3)}`,
      at: Date.parse("2026-11-20T22:00:00Z") + roll(4) * 3_600_000,
      output: 1 + roll(1000),
      tells: oneOf(roll, [
        { transcript: true, telemetry: true },
        { transcript: true, telemetry: false },
        { transcript: false, telemetry: true },
      ]),
    }));
    const steps = shuffled(
      roll,
      truth.flatMap((call) => tellings(call, roll)),
    );
    const books = Array.from({ length: 2 }, () => emptyBooks());
    for (const tell of steps) tell(oneOf(roll, books));
    const [one, other] = books;
    if (one === undefined || other === undefined) throw new Error("no books");
    const span = { first: 0, last: Date.parse("2026-12-01T00:00:00Z") };
    mergeBooks(one, new ForeignReader(other, "other"), span, "2026-11-30T00:00:00.000Z");
    const kept = one
      .prepare(
        `SELECT c.request, c.output_tokens AS output, c.transcript IS NULL AS beside,
           t.duration_ms AS duration, s.session_id AS session, s.project_path AS project
         FROM call AS c
         JOIN session_day AS d ON d.id = c.session_day
         JOIN session AS s ON s.id = d.session
         LEFT JOIN telemetry_call AS t ON t.identity = c.request
         WHERE c.is_replay = 0 ORDER BY c.request`,
      )
      .all();
    const seen = new Set(
      truth.filter(({ tells }) => tells.transcript).map(({ session }) => session),
    );
    const expected = truth
      .map(({ request, session, output, tells }) => ({
        ...{ request: hash52(request), output, beside: tells.transcript ? 0 : 1 },
        duration: tells.telemetry ? output * 2 : null,
        ...{ session, project: seen.has(session) ? "-app" : UNKNOWN_PROJECT },
      }))
      .toSorted((a, b) => a.request - b.request);
    expect({ seed, kept }).toEqual({ seed, kept: expected });
    calls += truth.length;
    for (const each of books) each.close();
  }
  process.stderr.write(`${LIVES} random lives with ${calls} calls, 0 lost or doubled\n`);
});

/** All that is told of a call, some of it twice: to whichever books. */
function tellings(call: Truth, roll: Dice): ((books: Books) => void)[] {
  const { request, session, at, output, tells } = call;
  const tokens = {
    ...{ inputTokens: 10, outputTokens: output, cacheReadTokens: 5 },
    ...{ cacheCreation5mTokens: 0, cacheCreation1hTokens: 0 },
  };
  const said = { model: "claude-opus-4-5", isSidechain: false, speed: null, clientVersion: null };
  const seenAt = new Date(at).toISOString();
  const machineOf = (books: Books) =>
    keepMachine(
      books,
      { uid: "0123456789abcdef", name: "m", timezone: "UTC" },
      "2026-11-01T00:00:00.000Z",
    ).row;
  const hear = (books: Books): void => {
    const told = {
      ...{ ...tokens, ...said, sessionId: session, hasRequest: true, identity: hash52(request) },
      ...{ at: at + roll(150), status: "ok" as const, durationMs: output * 2, attempts: null },
      ...{ timeToFirstTokenMs: null, statusCode: null, error: null, effort: null },
      ...{ querySource: null, toldCost: 1 },
    };
    const machine = machineOf(books);
    const batch = { calls: [told], sweeps: [], events: new Map() };
    books.transaction(() => keepTelemetry(books, machine, batch, seenAt))();
  };
  const scan = (outputTokens: number) => (books: Books) => {
    const line = {
      ...{ ...tokens, ...said, outputTokens, hasRequest: true, at, branch: "main" },
      ...{ message: hash52(`msg ${request}`), request: hash52(request), webSearches: 0 },
      ...{ serviceTier: null, lineCost: null, details: null },
    };
    const { id, uid } = machineOf(books);
    keepTranscripts(books, { machine: id, uid, seenAt: "2026-11-21T00:00:00.000Z" }, [
      {
        ...{ path: `/projects/-app/${session}.jsonl`, sessionId: session, subagent: null },
        ...{ size: 1, modifiedAt: 1, readTo: 1, readHash: 1, setAside: {}, earlyAt: null },
        ...{ calls: [line], title: null, costState: null },
        project: () => ({ slug: "-app", path: null, name: "app" }),
      },
    ]);
  };
  const twice = (tell: (books: Books) => void) => Array.from({ length: 1 + roll(2) }, () => tell);
  return [
    ...(tells.telemetry ? twice(hear) : []),
    // Early lines of an answer have a placeholder for its output.
    ...(tells.transcript ? [...twice(scan(output)), ...(roll(2) === 0 ? [scan(1)] : [])] : []),
  ];
}

describe("telemetry", () => {
  test("tells of calls that no transcript holds, each once, however often it is sent", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const send = () => server.ask("POST", "/v1/logs", sample);
    expect(await send()).toEqual({ status: 200, json: {} });
    const told = () => ({
      calls: home.query(
        `SELECT model_name AS model, total_tokens AS tokens, duration_ms AS duration,
           time_to_first_token_ms AS first, attempts, status, query_source AS source, told_cost AS told
         FROM call_usage ORDER BY at_ms`,
      ),
      failed: home.query(
        `SELECT status_code AS code, error, attempts, has_request AS request
         FROM telemetry_call WHERE status = 'error' ORDER BY at`,
      ),
      sweeps: home.query(
        "SELECT period_days AS days, transcripts_deleted AS deleted FROM retention_sweep",
      ),
    });
    const first = told();
    const main = { source: "repl_main_thread", attempts: null, status: "ok" };
    expect(first).toEqual({
      calls: [
        {
          ...main,
          model: "claude-haiku-5-5",
          tokens: 430,
          duration: 611,
          first: 402,
          source: "generate_session_title",
          told: 0.00005,
        },
        {
          ...main,
          model: "claude-opus-5-5",
          tokens: 37_656,
          duration: 9120,
          first: 1874,
          told: 0.1918,
        },
        {
          ...main,
          model: "claude-opus-5-5",
          tokens: 11_379,
          duration: 6021,
          first: 1102,
          source: "agent:builtin:Explore",
          told: 0.045276,
        },
        {
          ...main,
          model: "claude-opus-5-5",
          tokens: 40_116,
          duration: 7310,
          first: 1690,
          told: 0.048488,
        },
        // A refusal is two events and one call.
        {
          ...main,
          model: "claude-opus-5-5",
          tokens: 39_483,
          duration: 1420,
          first: 1190,
          attempts: 1,
          status: "refusal",
          told: 0.008358,
        },
        // An older client.
        {
          ...main,
          model: "claude-opus-5",
          tokens: 11_535,
          duration: 4410,
          first: null,
          source: "sdk",
          told: 0.026815,
        },
        { ...main, model: "glm-5.3-coder", tokens: 2500, duration: 3020, first: 640, told: 0.018 },
      ],
      failed: [
        // That tries are exhausted is another event of the same moment.
        { code: null, error: "Repeated 529 Overloaded errors", attempts: 11, request: 0 },
        {
          code: 400,
          error: "prompt is too long: 1000412 tokens > 1000000 maximum",
          attempts: 1,
          request: 1,
        },
      ],
      sweeps: [{ days: 30, deleted: 12 }],
    });
    await send();
    expect(told()).toEqual(first);
    // ccusage counts and prices them; what Claude Code reckons by guess for an unknown model is summed nowhere.
    await home.fetch();
    expect(
      home.query(
        "SELECT total_tokens AS tokens, ROUND(total_cost, 6) AS cost, unpriced_tokens AS unpriced FROM daily_usage",
      ),
    ).toEqual([{ tokens: 143_099, cost: expect.closeTo(0.303083, 5), unpriced: 2500 }]);
    // The audit compares transcripts, of which there are none.
    expect((await home.run(["audit", "--json"])).stdout).toContain('"differences":[]');
    expect((await home.run(["stats"])).stdout).not.toContain("kept of deleted transcripts");
  });

  test.for(["first", "last"])(
    "and a transcript of the same call are one call, also when telemetry comes %s",
    async (order) => {
      const home = newHome();
      const server = await serveFrom(home);
      const cwd = "/home/dev/shop";
      const write = async () => {
        const line = { gitBranch: "main" };
        say(home.claude, "-home-dev-shop", "s1", {
          ...{ id: "a", requestId: "req_1", at: "2026-11-20T23:59:59.950Z", model: OPUS },
          ...{ cwd, line, cacheRead: 500 },
        });
        await home.fetch();
      };
      const send = async () => {
        const batch = otlpLogs([
          apiRequest("s1", "req_1", "2026-11-21T00:00:00.050Z", { cache_read_tokens: 500 }),
          apiRequest("s1", "req_title", "2026-11-20T23:59:58.000Z", {
            ...{ model: "claude-haiku-4-5", query_source: "generate_session_title" },
          }),
        ]);
        expect((await server.ask("POST", "/v1/logs", batch)).status).toBe(200);
        await home.fetch();
      };
      await (order === "first" ? send() : write());
      if (order === "first") {
        expect(home.query("SELECT DISTINCT project_path AS project FROM call_usage")).toEqual([
          { project: "Unknown Project" },
        ]);
      }
      await (order === "first" ? write() : send());
      // The day is the line's, as ccusage goes by that; so are branch and project.
      expect(
        home.query(
          `SELECT date, project_path AS project, branch, total_tokens AS tokens,
             duration_ms AS duration, is_beside AS beside
           FROM call_usage ORDER BY at_ms`,
        ),
      ).toEqual([
        {
          date: "2026-11-20",
          project: "-home-dev-shop",
          branch: null,
          tokens: 110,
          duration: 1000,
          beside: 1,
        },
        {
          date: "2026-11-20",
          project: "-home-dev-shop",
          branch: "main",
          tokens: 610,
          duration: 1000,
          beside: 0,
        },
      ]);
      expect((await home.run(["stats"])).stdout).toContain("beside the conversations: < $0.01");
      expect(home.query("SELECT date, total_tokens AS tokens FROM daily_usage")).toEqual([
        { date: "2026-11-20", tokens: 720 },
      ]);
      expect(
        home.query("SELECT project_path AS project, total_tokens AS tokens FROM project_usage"),
      ).toEqual([{ project: "-home-dev-shop", tokens: 720 }]);
    },
  );

  test("without a request id is kept apart and added to nothing", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    say(home.claude, "-app", "s1", { id: "a", requestId: null, at: "2026-11-20T10:00:00Z" });
    await server.ask(
      "POST",
      "/v1/logs",
      otlpLogs([apiRequest("s1", null, "2026-11-20T10:00:00.100Z")]),
    );
    await home.fetch();
    expect(home.query(BESIDE)).toMatchObject([{ session_id: "s1", is_beside: 0 }]);
    expect(
      home.query("SELECT COUNT(*) AS apart FROM telemetry_call WHERE has_request = 0"),
    ).toEqual([{ apart: 1 }]);
  });

  test("of a call whose owner is a fork is of that call", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const call = { id: "a", requestId: "req_1", at: "2026-11-20T10:00:00Z" };
    // The fork sorts first, so that it has the call.
    say(home.claude, "-app", "fork", call);
    say(home.claude, "-app", "parent", call);
    await home.fetch();
    await server.ask(
      "POST",
      "/v1/logs",
      otlpLogs([apiRequest("parent", "req_1", "2026-11-20T10:00:00.1Z")]),
    );
    await home.fetch();
    expect(home.query(BESIDE)).toMatchObject([{ session_id: "fork", is_beside: 0 }]);
  });

  test("comes packed, in pieces, with numbers as texts and with unknown keys", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const headers = {
      authorization: `Bearer ${server.tokens.record}`,
      "content-type": "application/json",
    };
    const event = apiRequest("s1", "req_1", "2026-11-20T10:00:00Z");
    const odd = JSON.stringify(otlpLogs([event])).replaceAll(
      /"intValue":(\d+)/g,
      '"intValue":"$1","new":1',
    );
    const packed = await fetch(`${server.url}/v1/logs`, {
      ...{ method: "POST", body: gzipSync(odd) },
      headers: { ...headers, "content-encoding": "gzip" },
    });
    expect(packed.status).toBe(200);
    const other = JSON.stringify(otlpLogs([apiRequest("s1", "req_2", "2026-11-20T10:00:01Z")]));
    const pieces = await fetch(`${server.url}/v1/logs`, {
      method: "POST",
      headers,
      body: new ReadableStream({
        start(stream) {
          for (let at = 0; at < other.length; at += 100) {
            stream.enqueue(new TextEncoder().encode(other.slice(at, at + 100)));
          }
          stream.close();
        },
      }),
      duplex: "half",
    } as RequestInit);
    expect(pieces.status).toBe(200);
    expect(home.query(BESIDE)).toHaveLength(2);
    expect((await server.ask("POST", "/v1/metrics", { resourceMetrics: [] })).status).toBe(200);
  });

  test("in protobuf is told which variable to set", async () => {
    const server = await serveFrom(newHome());
    const { status, json } = await server.ask(
      "POST",
      "/v1/logs",
      {},
      { "content-type": "application/x-protobuf" },
    );
    expect(status).toBe(415);
    expect(json["error"]).toBe(
      "The body is protobuf; set OTEL_EXPORTER_OTLP_PROTOCOL=http/json where Claude Code runs.",
    );
  });

  test("that told of a part is said: on the page, by the doctor, and with the calls", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const at = new Date().toISOString();
    say(
      home.claude,
      "-app",
      "s1",
      { id: "a", requestId: "req_1", at },
      { id: "b", requestId: "req_2", at },
    );
    await server.ask("POST", "/v1/logs", otlpLogs([apiRequest("s1", "req_1", at)]));
    await home.fetch();
    const doctor = (await home.run(["doctor"])).stdout.replaceAll(/\s+/g, " ");
    expect(doctor).toContain(
      "warn telemetry Telemetry told of 50.0% of the tokens of 1 session in 7 days;",
    );
    expect((await home.run(["telemetry"])).stdout).toMatch(/s1 +220 +50\.0% +0 calls/);
    expect((await home.run(["calls"])).stdout).toContain(
      "Telemetry told of 50.0% of these sessions' tokens",
    );
    await home.run(["report"]);
    expect(readFileSync(join(home.folder, "ccbooks-report.html"), "utf8")).toContain(
      "In the last 7 days telemetry told of 50.0% of the tokens; transcripts count the rest.",
    );
  });

  test("is turned on and off in Claude Code's settings, which keep the rest", async () => {
    const home = newHome();
    const settings = join(home.claude, "settings.json");
    const before = { model: "opus", env: { FOO: "1" } };
    writeFileSync(settings, JSON.stringify(before));
    const on = await home.run(["telemetry", "on"]);
    expect(on.exitCode).toBe(0);
    const { env, ...rest } = JSON.parse(readFileSync(settings, "utf8"));
    expect(rest).toEqual({ model: "opus" });
    expect(env).toMatchObject({ FOO: "1", OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/json" });
    const token = env.OTEL_EXPORTER_OTLP_LOGS_HEADERS.split(" ").at(-1);
    // It is shown nowhere.
    for (const text of [on.stderr, (await home.run(["telemetry"])).stdout]) {
      expect(text).toContain("Authorization=Bearer …");
      expect(text).not.toContain(token);
    }
    const server = await serveFrom(home);
    const headers = { authorization: `Bearer ${token}` };
    expect((await server.ask("POST", "/v1/logs", {}, headers)).status).toBe(200);
    // What is printed for another machine takes nothing away here.
    const [, , , , printed = ""] = (await home.run(["telemetry", "on", "--print"])).stdout.split(
      "\n",
    );
    const others = { authorization: /Authorization=(.*)'$/.exec(printed)?.[1] ?? "" };
    for (const each of [headers, others]) {
      expect((await server.ask("POST", "/v1/logs", {}, each)).status).toBe(200);
    }
    await home.run(["telemetry", "off"]);
    expect(JSON.parse(readFileSync(settings, "utf8"))).toEqual(before);
    expect((await server.ask("POST", "/v1/logs", {}, headers)).status).toBe(401);
    const other = { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example" } };
    writeFileSync(settings, JSON.stringify(other));
    expect((await home.run(["telemetry", "on"])).stderr).toContain(
      "Claude Code sends its telemetry to https://collector.example already, which was left;",
    );
    expect((await home.run(["telemetry", "on", "--print"])).stdout).toMatch(
      /^export CLAUDE_CODE_ENABLE_TELEMETRY='1'\n/,
    );
    expect(JSON.parse(readFileSync(settings, "utf8"))).toEqual(other);
  });
});
