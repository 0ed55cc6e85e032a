import { appendFileSync } from "node:fs";

import { expect, test } from "vitest";

import { newHome } from "./support/home.ts";
import { say, sweep, transcriptPath } from "./support/transcripts.ts";

/** Lines as Claude Code writes them, beside those that `say` can. */
function write(claude: string, session: string, ...lines: object[]): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  appendFileSync(transcriptPath(claude, "-home-dev-app", session), text);
}

function answer(id: string, at: string, more: object = {}, usage: object = {}): object {
  return {
    type: "assistant",
    timestamp: at,
    requestId: `req_${id}`,
    version: "2.1.331",
    cwd: "/home/dev/app",
    gitBranch: "main",
    message: {
      id: `msg_${id}`,
      model: "claude-opus-4-8",
      usage: { input_tokens: 1000, output_tokens: 500, ...usage },
    },
    ...more,
  };
}

test("the costs of calls add up to what ccusage says, by day, session and model", async () => {
  const home = newHome();
  const { claude } = home;
  say(claude, "-home-dev-app", "s1", { id: "a", at: "2026-11-02T10:00:00.000Z", input: 7 });
  write(
    claude,
    "s1",
    answer("b", "2026-11-02T10:01:00.000Z", {}, { cache_read_input_tokens: 90_000 }),
    answer(
      "c",
      "2026-11-02T23:59:00.000Z",
      {},
      {
        cache_creation_input_tokens: 5000,
        cache_creation: { ephemeral_5m_input_tokens: 1000, ephemeral_1h_input_tokens: 4000 },
      },
    ),
    answer("d", "2026-11-03T00:10:00.000Z", { gitBranch: "feature/pay" }),
  );
  await home.fetch();
  const costs = home.query<{ at: string; cost: number }>(
    "SELECT at, round(cost, 9) AS cost FROM call_usage WHERE model_name = 'claude-opus-4-8' ORDER BY at",
  );
  // Opus 4.8: 5 in, 25 out, 6.25 and 10 for writes, 0.50 for reads.
  expect(costs).toEqual([
    { at: "2026-11-02T10:01:00.000Z", cost: 0.0625 },
    { at: "2026-11-02T23:59:00.000Z", cost: 0.06375 },
    { at: "2026-11-03T00:10:00.000Z", cost: 0.0175 },
  ]);
  const days = home.query(
    `SELECT date FROM daily_usage
     WHERE abs(total_cost - (SELECT sum(cost) FROM call_usage AS c WHERE c.date = daily_usage.date)) > 1e-9`,
  );
  expect(days).toEqual([]);
  expect(
    home.query("SELECT branch, calls FROM branch_cost WHERE branch IS NOT NULL ORDER BY branch"),
  ).toEqual([
    { branch: "feature/pay", calls: 1 },
    { branch: "main", calls: 2 },
  ]);
});

test("the hour of a call is the machine's own, half hours and summer time included", async () => {
  const kolkata = newHome({ timezone: "Asia/Kolkata" });
  say(kolkata.claude, "-home-dev-app", "s1", { id: "a", at: "2026-11-02T18:45:00.000Z" });
  await kolkata.fetch();
  expect(kolkata.query("SELECT date, hour FROM hour_cost")).toEqual([
    { date: "2026-11-03", hour: 0 },
  ]);

  const berlin = newHome({ timezone: "Europe/Berlin" });
  // The clocks go back at 01:00 UTC: 2 o'clock comes twice.
  say(
    berlin.claude,
    "-home-dev-app",
    "s1",
    { id: "a", at: "2026-10-25T00:30:00.000Z" },
    { id: "b", at: "2026-10-25T01:30:00.000Z" },
    { id: "c", at: "2026-10-25T02:30:00.000Z" },
  );
  await berlin.fetch();
  expect(berlin.query("SELECT hour, calls FROM hour_cost")).toEqual([
    { hour: 2, calls: 2 },
    { hour: 3, calls: 1 },
  ]);
});

test("the five-hour blocks are those of ccusage, to the token and the cent", async () => {
  const home = newHome({ timezone: "Asia/Kolkata" });
  const instants = [
    ...["2026-11-02T10:59:59.999Z", "2026-11-02T12:00:00.000Z", "2026-11-02T15:00:00.000Z"],
    // Five hours after the hour of the first, to the millisecond, and one later.
    ...["2026-11-02T15:00:00.001Z", "2026-11-02T20:00:00.000Z", "2026-11-02T20:00:00.001Z"],
    ...["2026-11-05T03:10:00.000Z", "2026-11-05T08:10:00.000Z"],
  ];
  instants.forEach((at, index) =>
    say(home.claude, `-home-p${index % 2}`, `s${index % 3}`, { id: `m${index}`, at, input: index }),
  );
  await home.fetch();
  const blocks = home.query<{ starts_at: string; total_tokens: number; total_cost: number }>(
    "SELECT starts_at, total_tokens, total_cost FROM block_cost ORDER BY starts_at",
  );
  const { blocks: theirs } = await home.ccusage("blocks");
  const real = theirs.filter(({ isGap }: { isGap: boolean }) => !isGap);
  expect(blocks.length).toBeGreaterThan(3);
  expect(blocks.map(({ starts_at: start }) => start)).toEqual(
    real.map(({ startTime }: { startTime: string }) => startTime),
  );
  for (const [index, block] of blocks.entries()) {
    expect(block.total_tokens).toBe(real[index].totalTokens);
    expect(block.total_cost).toBeCloseTo(real[index].costUSD, 9);
  }
});

test("a session shows its title, its branch, how long it took, and what Claude Code itself says", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "s1", { id: "a", at: "2026-11-02T10:00:00.000Z" });
  write(
    home.claude,
    "s1",
    answer("b", "2026-11-02T10:45:00.000Z"),
    { type: "ai-title", sessionId: "s1", aiTitle: "Pay by card" },
    { type: "cost-state", sessionId: "s1", totalCostUSD: 0.5, hasUnknownModelCost: false },
  );
  await home.fetch();
  expect(
    home.query(
      `SELECT session_id, title, branch, started_at, duration_minutes, told_cost,
         told_has_unknown_cost FROM session_cost`,
    ),
  ).toEqual([
    {
      session_id: "s1",
      title: "Pay by card",
      branch: "main",
      started_at: "2026-11-02T10:00:00.000Z",
      duration_minutes: 45,
      told_cost: 0.5,
      told_has_unknown_cost: 0,
    },
  ]);
});

test("what is kept of deleted transcripts is shown apart", async () => {
  const home = newHome();
  say(home.claude, "-home-dev-app", "s1", { id: "a", at: "2026-11-02T10:00:00.000Z" });
  say(home.claude, "-home-dev-app", "s2", { id: "b", at: "2026-11-02T11:00:00.000Z" });
  await home.fetch();
  expect(home.query("SELECT * FROM kept_usage")).toEqual([]);
  sweep(home.claude, "-home-dev-app", "s1");
  const { kept } = await home.fetch();
  expect(home.query("SELECT session_id, total_tokens FROM kept_usage")).toEqual([
    { session_id: "s1", total_tokens: 110 },
  ]);
  expect(kept).toMatchObject({ days: 1, totalTokens: 110 });
});
