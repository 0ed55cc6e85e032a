import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome } from "./support/home.ts";
import { PRICED, say, sweep, UNPRICED } from "./support/transcripts.ts";

const small = { ...shapes.demo, days: 12, seed: 3, until: new Date("2026-11-20T18:00:00Z") };

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

test.for(["UTC", "America/New_York", "Asia/Kathmandu"])(
  "the books equal ccusage's own reports to the token in %s",
  async (timezone) => {
    const home = newHome({ timezone });
    writeTranscripts(home.claude, small);
    await home.fetch();

    const daily: { daily: Row[] } = await home.ccusage("daily");
    const days = home.query<Row>(`SELECT date, ${counts}, total_tokens AS totalTokens,
      total_cost AS totalCost FROM daily_usage ORDER BY date`);
    expect(days.map(({ date }) => date)).toEqual(daily.daily.map(({ date }) => date));
    for (const [index, day] of daily.daily.entries()) {
      expect(days[index]).toMatchObject({ ...figuresOf(day), totalTokens: day.totalTokens });
      expect(days[index]?.totalCost).toBeCloseTo(day.totalCost, 9);
      for (const model of day.modelBreakdowns) {
        const [row] = home.query<Figures & { cost: number }>(
          `SELECT ${counts}, cost FROM model_breakdown WHERE date = ? AND model_name = ?`,
          day.date,
          model.modelName,
        );
        expect(row).toMatchObject(figuresOf(model));
        expect(row?.cost).toBeCloseTo(model.cost, 9);
      }
    }

    const instances: { projects: Record<string, Row[]> } = await home.ccusage(
      "daily",
      "--instances",
    );
    for (const [project, rows] of Object.entries(instances.projects)) {
      for (const day of rows) {
        const [row] = home.query<Row>(
          `SELECT ${counts}, total_cost AS totalCost FROM project_usage WHERE date = ? AND project_path = ?`,
          day.date,
          project,
        );
        expect(row).toMatchObject(figuresOf(day));
        expect(row?.totalCost).toBeCloseTo(day.totalCost, 9);
      }
    }

    const { sessions }: { sessions: (Row & { sessionId: string; lastActivity: string })[] } =
      await home.ccusage("session");
    expect(home.query("SELECT 1 FROM session_usage")).toHaveLength(sessions.length);
    for (const session of sessions) {
      const [row] = home.query<Row & { lastActivityAt: string }>(
        `SELECT ${counts}, total_cost AS totalCost, last_activity_at AS lastActivityAt
         FROM session_usage WHERE session_id = ?`,
        session.sessionId,
      );
      expect(row).toMatchObject({ ...figuresOf(session), lastActivityAt: session.lastActivity });
      expect(row?.totalCost).toBeCloseTo(session.totalCost, 9);
    }
  },
);

test("fetching twice changes nothing", async () => {
  const home = newHome();
  writeTranscripts(home.claude, small);
  const first = await home.fetch();
  const once = home.dump();
  const second = await home.fetch("--full");
  expect(home.dump()).toBe(once);
  expect(first.days.added).toBe(12);
  expect(second.days).toMatchObject({ added: 0, grown: 0, kept: 0, unchanged: 12 });
  expect(second.sessions).toMatchObject({
    added: 0,
    grown: 0,
    kept: 0,
    unchanged: first.sessions.added,
  });
  expect(second.totals).toEqual(first.totals);
});

test("new messages grow exactly the day, model, project and session they belong to", async () => {
  const home = newHome();
  const today = new Date().toISOString();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z", input: 5 });
  say(home.claude, "-app", "two", { id: "b", at: today, input: 7 });
  await home.fetch();
  const before = home.dump().split("\n");

  const now = new Date().toISOString();
  say(home.claude, "-app", "two", { id: "c", at: now, input: 1000 });
  const result = await home.fetch();
  expect(result.days).toMatchObject({ added: 0, grown: 1, unchanged: 1 });
  expect(result.sessions).toMatchObject({ added: 0, grown: 1, unchanged: 1 });

  const changed = home
    .dump()
    .split("\n")
    .filter((line) => !before.includes(line));
  expect(changed).toHaveLength(4);
  for (const line of changed) expect(line).toContain("1007");
});

test("a deleted transcript lowers neither its day nor its session", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z", input: 500 });
  say(home.claude, "-web", "two", { id: "b", at: "2026-11-02T11:00:00Z", input: 7 });
  await home.fetch();
  const before = home.dump();

  sweep(home.claude, "-app", "one");
  const result = await home.fetch();
  expect(result.days.kept).toBe(1);
  expect(result.sessions.kept).toBe(1);
  expect(result.kept.tokens).toBe(600);
  expect(result.warnings.join()).toContain("1 day lost logs since the last fetch");
  const withoutTime = (dump: string): string => dump.replaceAll(/"[^"]*T[\d:.]+Z"/g, "");
  expect(withoutTime(home.dump())).toBe(withoutTime(before));

  expect((await home.fetch("--full")).days).toMatchObject({ kept: 0, unchanged: 1 });
});

test("a day that loses logs and then grows counts both", async () => {
  const home = newHome();
  const now = new Date().toISOString();
  say(home.claude, "-app", "one", { id: "a", at: now, input: 500, output: 0 });
  await home.fetch();
  sweep(home.claude, "-app", "one");
  await home.fetch();
  say(home.claude, "-app", "two", { id: "b", at: now, input: 30, output: 0 });
  await home.fetch();
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 530 }]);
  expect(home.query("SELECT total_tokens FROM project_usage")).toEqual([{ total_tokens: 530 }]);
});

test("transcripts that come back are not counted on top of what was kept for them", async () => {
  const home = newHome();
  const now = new Date().toISOString();
  const messages = [{ id: "a", at: now, input: 500, output: 0 }];
  say(home.claude, "-app", "one", ...messages);
  await home.fetch();
  sweep(home.claude, "-app", "one");
  await home.fetch();
  say(home.claude, "-app", "one", ...messages);
  await home.fetch();
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 500 }]);
  expect(home.query("SELECT carried FROM reading WHERE kind = 'day'")).toEqual([{ carried: "[]" }]);
});

test("a model without a price is unknown, never free", async () => {
  const home = newHome();
  const at = "2026-11-02T10:00:00Z";
  say(home.claude, "-app", "one", { id: "a", at, model: UNPRICED, input: 40, output: 2 });
  say(home.claude, "-app", "one", { id: "b", at, model: PRICED, input: 100_000, output: 0 });
  const result = await home.fetch();
  expect(result.totals).toMatchObject({ unpricedTokens: 42, totalCost: 0.3 });
  expect(result.unpricedModels).toEqual([{ model: UNPRICED, unpricedTokens: 42 }]);
  expect(
    home.query("SELECT model_name, cost, unpriced_tokens FROM model_breakdown ORDER BY cost"),
  ).toEqual([
    { model_name: UNPRICED, cost: null, unpriced_tokens: 42 },
    { model_name: PRICED, cost: 0.3, unpriced_tokens: 0 },
  ]);
});

test("what no model accounts for is a remainder, so the parts add up to the day", async () => {
  const home = newHome();
  const at = "2026-11-02T10:00:00Z";
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
  const at = "2026-11-02T10:00:00Z";
  say(home.claude, "-app", "one", { id: "a", at, model: "<synthetic>", input: 0, output: 0 });
  expect((await home.ccusage("daily")).daily).toHaveLength(1);
  expect((await home.fetch()).totals).toMatchObject({ days: 0, totalTokens: 0 });
  say(home.claude, "-app", "one", { id: "b", at: "2026-11-03T10:00:00Z" });
  expect((await home.fetch()).totals).toMatchObject({ days: 1, firstDate: "2026-11-03" });
});

test("no usage at all is a warning and ends well", async () => {
  const home = newHome();
  const result = await home.fetch();
  expect(result.status).toBe("ok");
  expect(result.totals).toMatchObject({ days: 0, sessions: 0, totalTokens: 0, totalCost: null });
  expect(result.warnings.join()).toContain("no usage at all");
  const quiet = await home.run(["fetch", "--offline", "--quiet"]);
  expect(quiet).toMatchObject({ exitCode: 0, stdout: "" });
  expect(quiet.stderr).toContain("no usage at all");
});

test("no folder of Claude Code is said to be why there is no usage", async () => {
  const home = newHome();
  delete home.env["CLAUDE_CONFIG_DIR"];
  const { stderr } = await home.run(["fetch", "--offline"]);
  expect(stderr).toContain(
    "ccusage reported no usage at all because no folder of Claude Code was found;",
  );
});

test("words go to stderr, data to stdout, and --quiet says nothing", async () => {
  const home = newHome();
  writeTranscripts(home.claude, { ...small, days: 2 });
  const words = await home.run(["fetch", "--offline"]);
  expect(words).toMatchObject({ exitCode: 0, stdout: "" });
  expect(words.stderr).toContain("2 days in the books since 2026-11-19");
  expect(words.stderr).not.toContain("\u001B");
  expect(await home.run(["fetch", "--offline", "--quiet"])).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
  const json = await home.run(["fetch", "--offline", "--json", "--full"]);
  expect(json.stderr).toBe("");
  expect(JSON.parse(json.stdout)).toMatchObject({
    status: "ok",
    run: { machine: "test-machine", timezone: "UTC", ccusageVersion: "20.0.20" },
    days: { added: 0, grown: 0, unchanged: 2, kept: 0 },
    totals: { days: 2, unpricedTokens: 0 },
    warnings: [],
  });
});

test("every run is logged with what it did", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  await home.fetch();
  await home.run(["fetch", "--offline", "--ccusage", join(home.folder, "nowhere")]);
  expect(
    home.query(`SELECT status, machine, prices, days_added, error IS NOT NULL AS failed
      FROM import_run ORDER BY started_at`),
  ).toEqual([
    { status: "ok", machine: "test-machine", prices: "built in", days_added: 1, failed: 0 },
    { status: "failed", machine: "test-machine", prices: "built in", days_added: 0, failed: 1 },
  ]);
});

test("the user's ccusage configuration cannot leak in", async () => {
  const home = newHome();
  writeTranscripts(home.claude, { ...small, days: 3 });
  await home.fetch();
  const before = home.dump();
  writeFileSync(
    join(home.claude, "ccusage.json"),
    JSON.stringify({
      defaults: {
        noCost: true,
        since: "20261120",
        timezone: "Asia/Tokyo",
        mode: "display",
        jq: ".",
      },
      commands: { daily: { instances: false, order: "desc" } },
    }),
  );
  await home.fetch();
  expect(home.dump()).toBe(before);
});

test("a removed Claude Code folder is a sentence, and the books stay", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  await home.fetch();
  const before = home.dump();
  rmSync(home.claude, { recursive: true });
  const { exitCode, stderr } = await home.run(["fetch", "--offline"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("CLAUDE_CONFIG_DIR");
  expect(home.dump()).toBe(before);
});
