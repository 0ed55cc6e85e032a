import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { newHome } from "./support/home.ts";
import { serveFrom, tokenOf, type Served } from "./support/server.ts";

const CALL = {
  ...{ project: "shop", provider: "anthropic", model: "claude-opus-4-5" },
  ...{ input_tokens: 1000, output_tokens: 100, cache_creation_tokens: 200, cache_read_tokens: 400 },
  ...{ timestamp: "2026-11-20T10:00:00Z", duration_ms: 1500, time_to_first_token_ms: 300 },
  ...{ task_id: "gh-456", worker_id: "w-abc" },
};

/** At $5, $25, $6.25 and $0.50 for a million. */
const COST = (1000 * 5 + 100 * 25 + 200 * 6.25 + 400 * 0.5) / 1e6;

async function posted(server: Served, body: unknown, headers: Record<string, string> = {}) {
  return server.ask("POST", "/api/usage", body, headers);
}

describe("a call that an app sends", () => {
  test("is kept with what it costs, and is of the source apps", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    expect(await posted(server, CALL)).toEqual({
      status: 200,
      json: {
        results: [{ id: 1, status: "added", cost_usd: expect.closeTo(COST, 9) }],
        unpriced_models: [],
      },
    });
    const others = [
      { ...CALL, provider: "openai", model: "gpt-5.5", cost_usd: 0.25 },
      { ...CALL, provider: "google", model: "gemini-2.5-pro", project: "search" },
      { ...CALL, model: "claude-unheard-of-9", success: false, error_message: "overloaded" },
    ];
    const { json } = await posted(server, others);
    expect(json).toMatchObject({ unpriced_models: ["claude-unheard-of-9"] });
    expect(
      home.query(
        "SELECT source, project, model, who, ROUND(cost, 6) AS cost, unpriced_tokens AS unpriced FROM spending ORDER BY cost",
      ),
    ).toEqual([
      {
        source: "apps",
        project: "shop",
        model: "claude-unheard-of-9",
        who: "w-abc",
        cost: null,
        unpriced: 1700,
      },
      {
        source: "apps",
        project: "search",
        model: "gemini-2.5-pro",
        who: "w-abc",
        cost: 0.00255,
        unpriced: 0,
      },
      {
        source: "apps",
        project: "shop",
        model: "claude-opus-4-5",
        who: "w-abc",
        cost: 0.00895,
        unpriced: 0,
      },
      { source: "apps", project: "shop", model: "gpt-5.5", who: "w-abc", cost: 0.25, unpriced: 0 },
    ]);
    const stats = JSON.parse((await home.run(["stats", "--source", "apps", "--json"])).stdout);
    expect(stats.total).toMatchObject({ totalTokens: 6800, unpricedTokens: 1700 });
    expect((await home.run(["stats", "--source", "apps"])).stdout).toContain("Only source apps");
    const models = JSON.parse(
      (await home.run(["stats", "models", "--source", "apps", "--json"])).stdout,
    );
    expect(models.rows.map((row: { model: string }) => row.model)).toEqual([
      "gpt-5.5",
      "claude-opus-4-5",
      "gemini-2.5-pro",
      "claude-unheard-of-9",
    ]);
    // One's own calls are another source, and are added to nothing.
    expect((await home.run(["stats"])).stdout).toContain("The books are empty so far");
    await home.run(["report", "--source", "apps"]);
  });

  test("again is the same call, by its request id or by an Idempotency-Key", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const statuses = async (body: unknown, key?: string): Promise<unknown> => {
      const { json } = await posted(
        server,
        body,
        key === undefined ? {} : { "idempotency-key": key },
      );
      return (json["results"] as { status: string }[]).map(({ status }) => status);
    };
    const named = { ...CALL, request_id: "req_1" };
    expect(await statuses([named, named])).toEqual(["added", "known"]);
    expect(await statuses(named)).toEqual(["known"]);
    expect(await statuses([CALL, CALL], "k1")).toEqual(["added", "added"]);
    expect(await statuses([CALL, CALL], "k1")).toEqual(["known", "known"]);
    expect(await statuses([CALL], "k2")).toEqual(["added"]);
    expect(await statuses(CALL)).toEqual(["added"]);
    expect(
      home.query("SELECT SUM(calls) AS calls, SUM(input_tokens) AS tokens FROM recorded_cell"),
    ).toEqual([{ calls: 5, tokens: 5000 }]);
    // Cells are the sums of their calls.
    expect(
      home.query(
        `SELECT SUM(is_call) AS calls, SUM(input_tokens) AS tokens, ROUND(SUM(cost), 6) AS cost FROM recorded_usage`,
      ),
    ).toEqual(
      home.query(
        "SELECT SUM(calls) AS calls, SUM(input_tokens) AS tokens, ROUND(SUM(cost), 6) AS cost FROM recorded_cell",
      ),
    );
  });

  test.for<[string, unknown, string, Record<string, unknown>]>([
    [
      "a negative count",
      [CALL, { ...CALL, input_tokens: -1 }],
      "record 1, input_tokens: ",
      { index: 1, field: "input_tokens" },
    ],
    ["no model", [{ input_tokens: 1 }], "record 0, model: ", { index: 0, field: "model" }],
    [
      "an unknown field",
      [{ ...CALL, tokens: 5 }],
      'record 0: Unrecognized key: "tokens"',
      { index: 0 },
    ],
    [
      "a time without an offset",
      { ...CALL, timestamp: "2026-11-20 10:00" },
      "takes ISO 8601 with an offset",
      { index: 0, field: "timestamp" },
    ],
    [
      "a time to come",
      { ...CALL, timestamp: "2999-01-01T00:00:00Z" },
      "not between 2020 and tomorrow",
      { index: 0 },
    ],
    [
      "more kept for an hour than in all",
      { ...CALL, cache_creation_1h_tokens: 500 },
      "is a part of cache_creation_tokens",
      { index: 0, field: "cache_creation_1h_tokens" },
    ],
    ["no record", [], "The body: ", {}],
    ["a thousand and one", Array.from({ length: 1001 }, () => CALL), "The body: ", {}],
    ["a text", "hello", "record 0: ", { index: 0 }],
  ])("with %s refuses all that comes with it", async ([, body, says, more]) => {
    const home = newHome();
    const server = await serveFrom(home);
    const { status, json } = await posted(server, body);
    expect({ status, json }).toMatchObject({ status: 400, json: more });
    expect(json["error"]).toContain(says);
    expect(home.query("SELECT COUNT(*) AS calls FROM recorded_call")).toEqual([{ calls: 0 }]);
  });

  test("has its prompt and answer kept only where the server was told to, and they can be forgotten", async () => {
    const home = newHome();
    const content = { ...CALL, prompt: "What is 1 + 1?", response: "2" };
    const careful = await serveFrom(home);
    await posted(careful, content);
    expect(home.query("SELECT * FROM recorded_content")).toEqual([]);
    expect(
      home.query("SELECT prompt_length AS prompt, response_length AS response FROM recorded_call"),
    ).toEqual([{ prompt: 14, response: 1 }]);
    await careful.end();
    const keeping = await serveFrom(home, "--keep-content");
    await posted(keeping, { ...content, response: "x".repeat(50_000) });
    expect(home.query("SELECT prompt, length(response) AS length FROM recorded_content")).toEqual([
      { prompt: "What is 1 + 1?", length: 20_000 },
    ]);
    expect((await home.run(["forget", "--content"])).stderr).toBe(
      "The prompts and answers of 1 call are forgotten; its figures stay.",
    );
    expect(home.query("SELECT * FROM recorded_content")).toEqual([]);
  });

  test("of another project than the token's is refused", async () => {
    const home = newHome();
    const server = await serveFrom(home);
    const token = await tokenOf(home, "shop", "--project", "shop");
    const reads = await tokenOf(home, "shop-reads", "--role", "read", "--project", "shop");
    const headers = { authorization: `Bearer ${token}` };
    expect((await posted(server, { ...CALL, project: "search" }, headers)).status).toBe(403);
    const { project: _, ...without } = CALL;
    expect((await posted(server, without, headers)).status).toBe(200);
    await posted(server, { ...CALL, project: "search" });
    const seen = await server.ask("GET", "/api/usage", undefined, {
      authorization: `Bearer ${reads}`,
    });
    expect(seen.json["calls"]).toMatchObject([{ project: "shop" }]);
    const other = await server.ask("GET", "/api/admin/usage?project=search", undefined, {
      authorization: `Bearer ${reads}`,
    });
    expect(other.status).toBe(403);
  });
});

test("calls are also lines in the day's file, where that is asked for", async () => {
  const home = newHome();
  const server = await serveFrom(home, "--jsonl", "lines");
  await posted(server, [CALL, { ...CALL, request_id: "r" }]);
  await posted(server, { ...CALL, request_id: "r" });
  const text = readFileSync(join(home.folder, "lines", "api-calls-2026-11-20.jsonl"), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({
    model: "claude-opus-4-5",
    task_id: "gh-456",
    worker_id: "w-abc",
  });
});

test("calls are listed the newest first, page by page", async () => {
  const home = newHome();
  const server = await serveFrom(home);
  const calls = Array.from({ length: 25 }, (_, number) => ({
    ...CALL,
    timestamp: `2026-11-${10 + Math.floor(number / 5)}T10:00:0${number % 5}Z`,
    model: number % 2 === 0 ? "claude-opus-4-5" : "claude-haiku-4-5",
    request_id: `req_${number}`,
  }));
  await posted(server, calls);
  const times: string[] = [];
  for (let cursor = ""; ;) {
    const { json } = await server.ask("GET", `/api/usage?limit=7${cursor}`);
    const page = json as { calls: { timestamp: string }[]; next: string | null };
    times.push(...page.calls.map(({ timestamp }) => timestamp));
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  expect(times).toHaveLength(25);
  expect(times).toEqual(times.toSorted().toReversed());
  const asked = async (query: string): Promise<number> => {
    const { json } = await server.ask("GET", `/api/usage?${query}`);
    return (json["calls"] as unknown[]).length;
  };
  expect(await asked("model=claude-haiku-4-5")).toBe(12);
  expect(await asked("since=2026-11-12&until=2026-11-13")).toBe(10);
  expect(await asked("provider=openai")).toBe(0);
  expect((await server.ask("GET", "/api/usage?limit=0")).status).toBe(400);
  expect((await server.ask("GET", "/api/usage?since=yesterday")).json["error"]).toContain(
    "takes a date",
  );
});

test("the summary is by day, provider, model and project, and its total is the sum", async () => {
  const home = newHome();
  const server = await serveFrom(home);
  await posted(server, [
    CALL,
    { ...CALL, model: "gpt-5.5", provider: "openai", cost_usd: 1, project: "search" },
    { ...CALL, success: false, timestamp: "2026-11-21T10:00:00Z" },
  ]);
  const { json } = await server.ask("GET", "/api/admin/usage?since=2026-11-20");
  expect(json).toMatchObject({
    total: {
      calls: 3,
      failed_calls: 1,
      input_tokens: 3000,
      cost_usd: expect.closeTo(1 + 2 * COST, 6),
    },
    daily: [
      { name: "2026-11-20", calls: 2 },
      { name: "2026-11-21", calls: 1 },
    ],
    by_provider: [{ name: "openai" }, { name: "anthropic", calls: 2 }],
    by_model: [{ name: "gpt-5.5" }, { name: "claude-opus-4-5" }],
    by_project: [{ name: "search" }, { name: "shop", failed_calls: 1 }],
  });
});

test("a project's budget is one of the books, and is told of once", async () => {
  const home = newHome();
  const server = await serveFrom(home);
  const admin = { authorization: `Bearer ${server.tokens.admin}` };
  const path = "/api/admin/projects/shop/budget";
  expect((await server.ask("GET", path)).json).toEqual({
    ...{ project: "shop", budget_threshold_usd: null },
    ...{ budget_alert_threshold_percent: 80, spent_usd: 0 },
  });
  expect((await server.ask("PATCH", path, {}, admin)).status).toBe(400);
  expect((await server.ask("PATCH", path, { budget_threshold_usd: 10 })).status).toBe(403);
  await server.ask("PATCH", path, { budget_threshold_usd: 10 }, admin);
  await posted(server, { ...CALL, timestamp: undefined, cost_usd: 9 });
  await posted(server, { ...CALL, timestamp: undefined, cost_usd: 50, project: "search" });
  expect((await server.ask("GET", path)).json).toMatchObject({
    budget_threshold_usd: 10,
    spent_usd: 9,
  });
  const check = "/api/admin/usage/check-budgets";
  expect((await server.ask("GET", check)).json["budgets"]).toMatchObject([
    { level: "warn", spent: 9, limit: 10 },
  ]);
  const fired = async () => (await server.ask("POST", check, {}, admin)).json["fired"];
  expect(await fired()).toMatchObject([{ budget: "apps shop", level: "warn" }]);
  expect(await fired()).toEqual([]);
  expect((await home.run(["budget", "list"])).stdout).toMatch(
    /apps shop +\$10 a month +80% +source apps, project shop/,
  );
  await server.ask("PATCH", path, { budget_alert_threshold_percent: 95 }, admin);
  expect((await server.ask("GET", check)).json["budgets"]).toMatchObject([{ level: "ok" }]);
});

test("the description of the API is made from what is checked", async () => {
  const server = await serveFrom(newHome());
  const { json } = await server.ask("GET", "/openapi.json");
  const paths = json["paths"] as Record<string, Record<string, { parameters: { name: string }[] }>>;
  expect(Object.keys(paths)).toEqual([
    "/v1/logs",
    "/v1/metrics",
    "/v1/traces",
    "/api/usage",
    "/api/admin/usage",
    "/api/admin/usage/check-budgets",
    "/api/admin/projects/{id}/budget",
  ]);
  expect(paths["/api/usage"]?.["get"]?.parameters.map(({ name }) => name)).toEqual([
    ...["since", "until", "project", "provider", "model", "limit", "cursor"],
  ]);
  expect(JSON.stringify(paths["/api/usage"]?.["post"])).toContain('"cache_read_tokens"');
});
