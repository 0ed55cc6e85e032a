import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome, type Home } from "./support/home.ts";
import {
  PRICED,
  say,
  sweep,
  transcriptPath,
  UNPRICED,
  type Message,
} from "./support/transcripts.ts";
import { daysIn, sessionsIn } from "./support/witness.ts";

const DAY = "2026-11-20";
const at = `${DAY}T10:00:00.000Z`;

const small = { ...shapes.demo, days: 6, seed: 3, until: new Date("2026-11-20T18:00:00Z") };

interface Figures {
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
}

interface Row extends Figures {
  date: string;
  totalTokens: number;
  totalCost: number;
  modelBreakdowns: (Figures & { modelName: string; cost: number })[];
}

const counts = `input_tokens AS inputTokens, output_tokens AS outputTokens,
  cache_creation_tokens AS cacheCreationTokens, cache_read_tokens AS cacheReadTokens`;

const figuresOf = (row: Figures): Figures => ({
  inputTokens: row.inputTokens,
  outputTokens: row.outputTokens,
  cacheCreationTokens: row.cacheCreationTokens,
  cacheReadTokens: row.cacheReadTokens,
});

/** As the books have a cost of ccusage's: what it has no price for is priced by our list. */
const costOf = (cost: number): unknown => (cost > 0 ? expect.closeTo(cost, 9) : expect.anything());

test.for(["UTC", "America/New_York", "Asia/Kathmandu"])(
  "the books equal ccusage's own reports to the token in %s",
  async (timezone) => {
    const home = newHome({ timezone });
    writeTranscripts(home.claude, small);
    const result = await home.fetch();
    const [daily, instances, sessions]: [
      { daily: Row[] },
      { projects: Record<string, Row[]> },
      { sessions: (Row & { sessionId: string; lastActivity: string })[] },
    ] = await Promise.all([
      home.ccusage("daily"),
      home.ccusage("daily", "--instances"),
      home.ccusage("session"),
    ]);

    expect(result).toMatchObject({ differing: [], warnings: [], notRead: { setAside: [] } });
    expect(
      home.query(`SELECT date, ${counts}, total_tokens AS totalTokens FROM daily_usage`),
    ).toEqual(
      daily.daily.map((day) => ({
        ...{ date: day.date, ...figuresOf(day), totalTokens: day.totalTokens },
      })),
    );
    const cells = Object.entries(instances.projects).flatMap(([project, days]) =>
      days.flatMap(({ date, modelBreakdowns }) =>
        modelBreakdowns.map((model) => ({
          ...{ date, project, model: model.modelName, ...figuresOf(model) },
          cost: costOf(model.cost),
        })),
      ),
    );
    expect(cells.length).toBeGreaterThan(10);
    const key = (one: { date: string; project: string; model: string }): string =>
      `${one.date} ${one.project} ${one.model}`;
    const books = home.query<{ date: string; project: string; model: string }>(
      `SELECT date, project_path AS project, model_name AS model, ${counts}, cost FROM usage_cell`,
    );
    const sorted = <T extends { date: string; project: string; model: string }>(rows: T[]): T[] =>
      rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    expect(sorted(books)).toEqual(sorted(cells));
    expect(
      home.query(`SELECT session_id AS sessionId, ${counts}, last_activity_at AS lastActivity
        FROM session_usage ORDER BY 1`),
    ).toEqual(
      sessions.sessions
        .map(({ sessionId, lastActivity, ...row }) => ({
          ...{ sessionId, ...figuresOf(row), lastActivity },
        }))
        .toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1)),
    );
    // The four tables are sums of the same cells, and sessions add up to days.
    const sums = home.query<{ tokens: number; cost: number }>(
      ["daily_usage", "project_usage", "session_usage"]
        .map((table) => `SELECT SUM(total_tokens) AS tokens, SUM(total_cost) AS cost FROM ${table}`)
        .join(" UNION ALL "),
    );
    const [first] = sums;
    for (const { tokens, cost } of sums) {
      expect(tokens).toBe(first?.tokens);
      expect(cost).toBeCloseTo(first?.cost ?? 0, 9);
    }
  },
);

test("what --json promises is there, and says what was done", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100_000, output: 0 });
  const result = await home.fetch();
  expect(result).toEqual({
    status: "ok",
    run: {
      ...{ machine: "test-machine", timezone: "UTC", ccusageVersion: "20.0.20" },
      prices: "built in",
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
    },
    calls: { added: 1, changed: 0 },
    days: { added: 1, grown: 0, repriced: 0, recounted: 0 },
    sessions: { added: 1, grown: 0, repriced: 0, recounted: 0 },
    kept: { days: 0, totalTokens: 0, totalCost: null, unpricedTokens: 0 },
    effort: {
      ...{ filesSeen: 1, filesRead: 1, bytesRead: expect.any(Number) },
      ...{ scanMs: expect.any(Number), countMs: expect.any(Number) },
    },
    totals: {
      ...{ days: 1, sessions: 1, firstDate: DAY, lastDate: DAY },
      ...{ totalTokens: 100_000, totalCost: 0.3, unpricedTokens: 0 },
    },
    unpricedModels: [],
    retention: { days: 30 },
    notRead: { unreadable: [], notFiles: [], setAside: [] },
    differing: [],
    budgets: [],
    audit: null,
    warnings: [],
  });
});

test("fetching again changes nothing, and --full reads everything and changes nothing either", async () => {
  const home = newHome();
  writeTranscripts(home.claude, { ...small, days: 3 });
  const first = await home.fetch();
  const once = home.dump();
  const idle = await home.fetch();
  const full = await home.fetch("--full");
  expect(home.dump()).toBe(once);
  expect(first.days).toMatchObject({ added: 3, grown: 0 });
  expect(first.effort.filesRead).toBeGreaterThan(3);
  expect(idle.effort).toMatchObject({ filesRead: 0, bytesRead: 0 });
  expect(full.effort).toMatchObject({
    filesRead: first.effort.filesRead,
    bytesRead: first.effort.bytesRead,
  });
  for (const { calls, days, totals } of [idle, full]) {
    expect(calls).toEqual({ added: 0, changed: 0 });
    expect(days).toEqual({ added: 0, grown: 0, repriced: 0, recounted: 0 });
    expect(totals).toEqual(first.totals);
  }
});

test("new messages grow exactly the day, model, project and session they belong to, and only they are read", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 5, output: 0 });
  say(home.claude, "-app", "two", { id: "b", at: "2026-11-21T10:00:00.000Z", input: 7, output: 0 });
  const first = await home.fetch();
  const before = home.dump().split("\n");

  const added = { id: "c", at: "2026-11-21T10:00:00.000Z", input: 1000, output: 0 };
  say(home.claude, "-app", "two", added);
  const result = await home.fetch();
  expect(result).toMatchObject({
    calls: { added: 1, changed: 0 },
    days: { added: 0, grown: 1 },
    sessions: { added: 0, grown: 1 },
    effort: { filesRead: 1 },
  });
  expect(result.effort.bytesRead).toBeLessThan(first.effort.bytesRead);
  const changed = home
    .dump()
    .split("\n")
    .filter((line) => !before.includes(line));
  expect(changed).toHaveLength(4);
  for (const line of changed) expect(line).toContain("1007");
});

test("a deleted transcript lowers nothing, and what is kept of it is said", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100_000, output: 0 });
  say(home.claude, "-web", "two", { id: "b", at, input: 7, output: 0 });
  await home.fetch();
  const before = home.dump();
  sweep(home.claude, "-app", "one");
  const result = await home.fetch();
  expect(result.kept).toEqual({ days: 1, totalTokens: 100_000, totalCost: 0.3, unpricedTokens: 0 });
  expect(home.dump()).toBe(before);
  const { stderr } = await home.run(["fetch", "--offline"]);
  expect(stderr).toContain("Kept of deleted transcripts: $0.30, 100,000 tokens on 1 day.");
});

test("fetches that find nothing new share a row of the log, until something is new", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at });
  for (let fetch = 0; fetch < 4; fetch++) await home.fetch();
  say(home.claude, "-app", "one", { id: "b", at });
  await home.fetch();
  await home.fetch();
  expect(
    home.query("SELECT status, fetches, calls_added, files_read, prices FROM import_run"),
  ).toEqual([
    { status: "ok", fetches: 1, calls_added: 1, files_read: 1, prices: "built in" },
    { status: "ok", fetches: 3, calls_added: 0, files_read: 0, prices: null },
    { status: "ok", fetches: 1, calls_added: 1, files_read: 1, prices: "built in" },
    { status: "ok", fetches: 1, calls_added: 0, files_read: 0, prices: null },
  ]);
  const [shared] = home.query<{ started_at: string; finished_at: string }>(
    "SELECT started_at, finished_at FROM import_run WHERE fetches = 3",
  );
  expect(Date.parse(shared?.finished_at ?? "")).toBeGreaterThan(
    Date.parse(shared?.started_at ?? ""),
  );
});

test("a fetch that fails says so and keeps its calls, which the next one counts without reading them again", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100, output: 0 });
  const nowhere = join(home.folder, "nowhere");
  const failed = await home.run(["fetch", "--offline", "--json", "--ccusage", nowhere]);
  expect(failed.exitCode).toBe(1);
  expect(JSON.parse(failed.stdout)).toEqual({
    status: "failed",
    error: expect.stringContaining("There is no ccusage program at"),
  });
  expect(home.query("SELECT status, error IS NULL AS silent FROM import_run")).toEqual([
    { status: "failed", silent: 0 },
  ]);
  expect(home.query("SELECT input_tokens FROM call")).toEqual([{ input_tokens: 100 }]);
  expect(daysIn(home)).toEqual({});

  sweep(home.claude, "-app", "one");
  expect(await home.fetch()).toMatchObject({ effort: { filesRead: 0 }, days: { added: 1 } });
  expect(daysIn(home)).toEqual({ [DAY]: 100 });
});

/** Adds lines that are no answers to a session's transcript. */
function add(home: Home, session: string, ...lines: object[]): void {
  const path = transcriptPath(home.claude, "-app", session);
  appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

const titles = (home: Home): unknown =>
  home.query("SELECT session_id, title FROM session ORDER BY session_id");

test("a session's title is kept, the one that was written last, also of a transcript that only has grown", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at });
  add(home, "one", { type: "summary", summary: "Mend the tests" });
  say(home.claude, "-app", "two", { id: "b", at });
  await home.fetch();
  expect(titles(home)).toEqual([
    { session_id: "one", title: "Mend the tests" },
    { session_id: "two", title: null },
  ]);
  add(home, "one", { type: "ai-title", aiTitle: "Mend the tests — résumé" });
  await home.fetch();
  expect(titles(home)).toMatchObject([{ title: "Mend the tests — résumé" }, { title: null }]);

  // As other programs write the same signs, also one beside the other.
  const path = transcriptPath(home.claude, "-app", "two");
  appendFileSync(path, String.raw`{"type":"ai-title","aiTitle":"Caf\u00e9 é \u2014 日"}` + "\n");
  await home.fetch();
  expect(titles(home)).toMatchObject([{}, { title: "Café é — 日" }]);
});

test.for([
  { how: "--no-titles is given", flags: ["--no-titles"], settings: {} },
  { how: "the settings say so", flags: [], settings: { titles: false } },
])("no title is kept where $how", async ({ flags, settings }) => {
  const home = newHome();
  keepSettings(home, settings);
  say(home.claude, "-app", "one", { id: "a", at });
  add(home, "one", { type: "ai-title", aiTitle: "Nobody's business" });
  await home.fetch(...flags);
  expect(titles(home)).toEqual([{ session_id: "one", title: null }]);
  // Said once for this run, it comes before the settings.
  await home.fetch("--titles", "--full");
  expect(titles(home)).toEqual([{ session_id: "one", title: "Nobody's business" }]);
});

test("what Claude Code itself says a session cost is kept beside, the highest it said", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100_000, output: 0 });
  const state = { totalCostUSD: 0.4, totalDuration: 60_000.4, totalAPIDuration: 5000 };
  add(home, "one", { type: "cost-state", ...state, hasUnknownModelCost: false });
  add(home, "one", { type: "cost-state", ...state, totalCostUSD: 0.3 });
  add(home, "one", { type: "cost-state", ...state, totalCostUSD: "much" });
  await home.fetch();
  expect(home.query("SELECT * FROM cost_state")).toEqual([
    {
      ...{ session: 1, total_cost: 0.4, duration_ms: 60_000, api_duration_ms: 5000 },
      has_unknown_cost: 0,
    },
  ]);
  expect(home.query("SELECT total_cost FROM session_usage")).toEqual([{ total_cost: 0.3 }]);
});

test("branch, version, speed, tier, web searches, the two kinds of cache writes and what else usage says are kept", async () => {
  const home = newHome();
  const call: Message = {
    ...{ id: "a", at, model: "claude-opus-4-8", input: 1, output: 2, cacheRead: 5 },
    line: { gitBranch: "fix/naïve", version: "2.1.331" },
    usage: {
      cache_creation_input_tokens: 7,
      cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
      ...{ speed: "fast", service_tier: "priority", inference_geo: "us", foo: null },
      server_tool_use: { web_search_requests: 6 },
    },
  };
  say(home.claude, "-app", "one", call);
  say(home.claude, "-app", "one/subagents/agent-x", { id: "b", at, isSidechain: true });
  await home.fetch();
  expect(
    home.query(
      `SELECT b.name AS branch, v.name AS version, c.at, c.input_tokens AS i, c.output_tokens AS o,
         c.cache_creation_5m_tokens AS five, c.cache_creation_1h_tokens AS hour,
         c.cache_read_tokens AS read, c.speed, c.service_tier AS tier, c.web_searches AS searches,
         c.details, c.is_sidechain AS isSidechain, t.subagent
       FROM call AS c JOIN transcript AS t ON t.id = c.transcript
       LEFT JOIN branch AS b ON b.id = c.branch LEFT JOIN client_version AS v ON v.id = c.client_version
       ORDER BY c.is_sidechain`,
    ),
  ).toEqual([
    {
      ...{ branch: "fix/naïve", version: "2.1.331", at: Date.parse(at) },
      ...{ i: 1, o: 2, five: 3, hour: 4, read: 5, speed: "fast", tier: "priority", searches: 6 },
      ...{ details: '{"inference_geo":"us"}', isSidechain: 0, subagent: null },
    },
    {
      ...{ branch: null, version: "2.1.0", at: Date.parse(at) },
      ...{ i: 10, o: 100, five: 0, hour: 0, read: 0, speed: null, tier: null, searches: 0 },
      ...{ details: null, isSidechain: 1, subagent: "agent-x" },
    },
  ]);
  // Fast mode is a model of its own to ccusage, at twice the price: 1 in, 2 out, 3 and 4 written, 5 read.
  const [fast] = home.query<{ cost: number }>(
    "SELECT cost FROM model_breakdown WHERE model_name = 'claude-opus-4-8-fast'",
  );
  expect(fast?.cost).toBeCloseTo((1 * 10 + 2 * 50 + 3 * 12.5 + 4 * 20 + 5 * 1) / 1e6, 12);
  // No content is: neither the answer nor the title of anything is anywhere in the file.
  expect(home.query("SELECT 1 FROM call WHERE details LIKE '%…%'")).toEqual([]);
});

function keepSettings(home: Home, settings: object): void {
  const path = join(home.folder, "config", "settings.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(settings));
}

/** A hundred thousand tokens of each kind: in, out, written for 5 minutes and for an hour, and read. */
const ofEachKind = {
  ...{ input: 100_000, output: 100_000, cacheRead: 100_000 },
  usage: {
    cache_creation_input_tokens: 200_000,
    cache_creation: { ephemeral_5m_input_tokens: 100_000, ephemeral_1h_input_tokens: 100_000 },
  },
};

const pricesOf = (home: Home): Record<string, unknown> =>
  Object.fromEntries(
    home
      .query<{ date: string; model: string; cost: number | null; by: string | null }>(
        `SELECT d.date, c.model_name AS model, c.cost, c.priced_by AS by
         FROM session_cell AS c JOIN session_day AS d ON d.id = c.session_day`,
      )
      .map(({ date, model, cost, by }) => [
        `${date} ${model}`,
        [cost === null ? null : Math.round(cost * 1e7) / 1e7, by],
      ]),
  );

test("offline, the models of today are priced by our list, and by its dates", async () => {
  const home = newHome();
  const models = [
    ...["claude-opus-5-5", "claude-fable-5-1", "claude-mythos-5-1", "claude-fable-5-2"],
    ...["claude-mythos-5-2", "claude-haiku-5-5", "claude-opus-4-8", "claude-opus-5-5-20261001"],
  ];
  for (const model of models) {
    say(home.claude, "-app", "one", { id: model, at, model, ...ofEachKind });
  }
  for (const date of ["2026-10-06", "2026-10-07"]) {
    const one = { id: date, at: `${date}T10:00:00.000Z`, model: "claude-sonnet-5-5" };
    say(home.claude, "-app", "one", { ...one, ...ofEachKind });
  }
  const { totals, warnings, run } = await home.fetch();
  // A tenth of the dollars per million: in + out + for 5 minutes + for an hour + read.
  expect(pricesOf(home)).toEqual({
    [`${DAY} claude-opus-5-5`]: [0.4 + 2 + 0.5 + 0.8 + 0.02, "list"],
    [`${DAY} claude-opus-5-5-20261001`]: [0.4 + 2 + 0.5 + 0.8 + 0.02, "list"],
    [`${DAY} claude-fable-5-1`]: [1 + 5 + 1.25 + 2 + 0.025, "list"],
    [`${DAY} claude-mythos-5-1`]: [1 + 5 + 1.25 + 2 + 0.025, "list"],
    [`${DAY} claude-fable-5-2`]: [0.8 + 4 + 1 + 1.6 + 0.02, "list"],
    [`${DAY} claude-mythos-5-2`]: [0.8 + 4 + 1 + 1.6 + 0.02, "list"],
    // A prompt of 400,000 tokens.
    [`${DAY} claude-haiku-5-5`]: [0.4675, "list"],
    // This one ccusage knows itself.
    [`${DAY} claude-opus-4-8`]: [0.5 + 2.5 + 0.625 + 1 + 0.05, "ccusage"],
    ["2026-10-06 claude-sonnet-5-5"]: [1.87, "list"],
    ["2026-10-07 claude-sonnet-5-5"]: [1.86, "list"],
  });
  expect(totals.unpricedTokens).toBe(0);
  expect({ warnings, prices: run.prices }).toEqual({ warnings: [], prices: "built in" });
});

test("claude-haiku-5-5 costs five times as much above 100,000 prompt tokens, in one session of one day", async () => {
  const home = newHome();
  const model = "claude-haiku-5-5";
  say(home.claude, "-app", "one", { id: "a", at, model, input: 100_000, output: 0 });
  await home.fetch();
  expect(pricesOf(home)).toEqual({ [`${DAY} ${model}`]: [0.01, "list"] });
  const split = { input: 1, cacheCreation: 50_000, cacheRead: 50_000, output: 10_000 };
  say(home.claude, "-app", "one", { id: "b", at, model, ...split });
  await home.fetch();
  // (1 x 0.50 + 50,000 x 0.625 + 50,000 x 0.05 + 10,000 x 2.50) / 1,000,000, and the cent from before.
  expect(pricesOf(home)).toEqual({ [`${DAY} ${model}`]: [0.0687505, "list"] });
});

test("the user's own prices come before all others, for gateways and clouds too", async () => {
  const home = newHome();
  const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/x1";
  keepSettings(home, {
    prices: {
      "claude-sonnet-4-5*": { input: 1, output: 2 },
      "arn:aws:bedrock:*": { input: 10, output: 20, cacheCreation: 30, cacheRead: 40 },
      "our-own": { input: 0, output: 0 },
      "free-in": { input: 0, output: 5 },
    },
  });
  for (const model of [PRICED, arn, "our-own", "claude-opus-5-5"]) {
    say(home.claude, "-app", "one", { id: model, at, model, ...ofEachKind });
  }
  say(home.claude, "-app", "one", { id: "in", at, model: "free-in", input: 9, output: 0 });
  const { totals } = await home.fetch();
  expect(pricesOf(home)).toEqual({
    [`${DAY} free-in`]: [0, "settings"],
    // A write for five minutes costs a quarter more than input, for an hour twice as much, a read a tenth.
    [`${DAY} ${PRICED}`]: [0.1 + 0.2 + 0.125 + 0.2 + 0.01, "settings"],
    [`${DAY} ${arn}`]: [1 + 2 + 3 + 2 + 4, "settings"],
    [`${DAY} our-own`]: [0, "settings"],
    [`${DAY} claude-opus-5-5`]: [3.72, "list"],
  });
  expect(totals.unpricedTokens).toBe(0);
});

test("a model without a price is unknown, never free, and priced by itself once its price is known", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, model: UNPRICED, input: 40, output: 2 });
  say(home.claude, "-app", "one", { id: "b", at, input: 100_000, output: 0 });
  const unknown = await home.fetch();
  expect(unknown).toMatchObject({
    totals: { totalTokens: 100_042, totalCost: 0.3, unpricedTokens: 42 },
    unpricedModels: [{ model: UNPRICED, unpricedTokens: 42 }],
  });
  expect(unknown.warnings).toEqual([
    `No price is known for ${UNPRICED} (42 tokens), so costs are "at least"; give one under "prices" in the settings file.`,
  ]);
  expect(
    home.query("SELECT model_name, cost, unpriced_tokens FROM model_breakdown ORDER BY cost"),
  ).toEqual([
    { model_name: UNPRICED, cost: null, unpriced_tokens: 42 },
    { model_name: PRICED, cost: 0.3, unpriced_tokens: 0 },
  ]);

  keepSettings(home, { prices: { [UNPRICED]: { input: 1000, output: 5000 } } });
  const priced = await home.fetch();
  expect(priced).toMatchObject({
    days: { added: 0, grown: 0, repriced: 1, recounted: 0 },
    sessions: { repriced: 1 },
    totals: { totalCost: 0.35, unpricedTokens: 0 },
    unpricedModels: [],
    warnings: [],
  });
  expect(home.query("SELECT reason, cost_before, cost_after FROM revision")).toEqual([
    { reason: "prices", cost_before: 0.3, cost_after: 0.35 },
  ]);
});

test("a cost once known for the same tokens moves with recount --reprice alone, which says by how much", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100_000, output: 0 });
  await home.fetch();
  const costs = (): unknown => home.query("SELECT total_cost FROM daily_usage");
  expect(costs()).toEqual([{ total_cost: 0.3 }]);
  keepSettings(home, { prices: { [PRICED]: { input: 20, output: 20 } } });
  await home.fetch("--full");
  expect(costs()).toEqual([{ total_cost: 0.3 }]);
  const same = await home.run(["recount", "--offline", "--json"]);
  expect(JSON.parse(same.stdout)).toEqual({ status: "ok", revisions: [], putRight: [] });
  expect(costs()).toEqual([{ total_cost: 0.3 }]);

  const { stdout } = await home.run(["recount", "--offline", "--json", "--reprice"]);
  expect(JSON.parse(stdout)).toMatchObject({
    status: "ok",
    revisions: [
      {
        ...{ date: DAY, reason: "prices", tokensBefore: 100_000, tokensAfter: 100_000 },
        ...{ costBefore: 0.3, costAfter: 2 },
      },
    ],
  });
  expect(costs()).toEqual([{ total_cost: 2 }]);
});

test("without a network the prices are those built in, which is said, though nobody asked for that", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at });
  // Nobody listens there.
  const none = "http://127.0.0.1:1";
  const noNetwork = { HTTPS_PROXY: none, HTTP_PROXY: none, https_proxy: none, http_proxy: none };
  const { stdout, exitCode } = await home.run(["fetch", "--json"], noNetwork);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).run.prices).toBe("built in");
  expect(home.query("SELECT prices FROM import_run")).toEqual([{ prices: "built in" }]);
  say(home.claude, "-app", "one", { id: "b", at });
  const { stderr } = await home.run(["fetch"], noNetwork);
  expect(stderr).toContain("Prices could not be downloaded; ccusage used its built-in ones.");
  say(home.claude, "-app", "one", { id: "c", at });
  const asked = await home.run(["fetch", "--offline"], noNetwork);
  expect(asked.stderr).not.toContain("could not be downloaded");
});

test("what no model accounts for is a remainder, so the parts add up to the day", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, model: "<synthetic>", input: 40, output: 2 });
  say(home.claude, "-app", "one", { id: "b", at, input: 10, output: 0 });
  await home.fetch();
  expect(
    home.query(`SELECT total_tokens, models_used, (SELECT SUM(input_tokens + output_tokens)
      FROM model_breakdown) AS parts FROM daily_usage`),
  ).toEqual([{ total_tokens: 52, parts: 52, models_used: JSON.stringify([PRICED]) }]);
  expect(home.query("SELECT model_name FROM model_breakdown ORDER BY 1")).toEqual([
    { model_name: "<no model>" },
    { model_name: PRICED },
  ]);
});

test("a day on which nothing was used is no day of usage", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, model: "<synthetic>", input: 0, output: 0 });
  expect((await home.ccusage("daily")).daily).toHaveLength(1);
  expect((await home.fetch()).totals).toMatchObject({ days: 0, totalTokens: 0 });
  say(home.claude, "-app", "one", { id: "b", at: "2026-11-21T10:00:00.000Z" });
  expect((await home.fetch()).totals).toMatchObject({ days: 1, firstDate: "2026-11-21" });
});

test("no transcript at all is a warning, ends well, and breaks the silence of --quiet", async () => {
  const home = newHome();
  const result = await home.fetch();
  expect(result).toMatchObject({
    status: "ok",
    totals: { days: 0, sessions: 0, totalTokens: 0, totalCost: null },
  });
  const sentence = `There are no transcripts in ${home.claude}; if Claude Code keeps its files elsewhere, set CLAUDE_CONFIG_DIR.`;
  expect(result.warnings).toEqual([sentence]);
  const quiet = await home.run(["fetch", "--offline", "--quiet"]);
  expect(quiet).toMatchObject({ exitCode: 0, stdout: "" });
  expect(quiet.stderr).toContain(sentence);
  delete home.env["CLAUDE_CONFIG_DIR"];
  const nowhere = await home.run(["fetch", "--offline"]);
  expect(nowhere.stderr).toContain(
    "There are no transcripts because no folder of Claude Code was found;",
  );
});

test("words go to stderr, data to stdout, and --quiet says nothing", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100_000, output: 0 });
  say(home.claude, "-app", "two", { id: "b", at: "2026-11-21T10:00:00.000Z", input: 1, output: 0 });
  const words = await home.run(["fetch", "--offline"]);
  expect(words).toMatchObject({ exitCode: 0, stdout: "" });
  expect(words.stderr.split("\n")).toEqual([
    "2 new calls. Days: 2 added. Sessions: 2 added.",
    "2 days in the books since 2026-11-20: $0.30 at list price, 100,001 tokens.",
  ]);
  expect(await home.run(["fetch", "--offline", "--quiet"])).toMatchObject({
    ...{ exitCode: 0, stdout: "", stderr: "" },
  });
  const idle = await home.run(["fetch", "--offline"]);
  expect(idle.stderr).toContain("Nothing new: no transcript has changed since the last fetch.");
  const full = await home.run(["fetch", "--offline", "--full"]);
  expect(full.stderr).toContain(
    "Nothing new: no transcript holds a call that is not in the books.",
  );
});

test("the user's ccusage configuration cannot leak in", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100, output: 0 });
  for (const folder of [home.claude, join(home.folder, ".ccusage")]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "ccusage.json"),
      JSON.stringify({
        defaults: {
          ...{ noCost: true, since: "20261121", timezone: "Asia/Tokyo", mode: "display", jq: "." },
          pricingOverrides: { [PRICED]: { inputCostPerToken: 1 } },
        },
        commands: { daily: { instances: false, order: "desc" } },
      }),
    );
  }
  await home.fetch();
  expect(home.query("SELECT date, total_tokens, total_cost FROM daily_usage")).toEqual([
    { date: DAY, total_tokens: 100, total_cost: expect.closeTo(0.0003, 12) },
  ]);
});

test("a removed Claude Code folder empties nothing, and what it held is kept", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at, input: 100, output: 0 });
  await home.fetch();
  const before = home.dump();
  rmSync(home.claude, { recursive: true });
  const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain("CLAUDE_CONFIG_DIR");
  expect(home.dump()).toBe(before);
  expect(sessionsIn(home)).toEqual({ one: 100 });
});
