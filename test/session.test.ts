import { appendFileSync, rmSync } from "node:fs";

import { afterAll, beforeAll, expect, test } from "vitest";

import { newHome } from "./support/home.ts";
import { say, transcriptPath } from "./support/transcripts.ts";

/** $5 a million of input, $25 of output. */
const OPUS = "claude-opus-4-5-20251101";

const HAIKU = "claude-haiku-4-5-20251001";

const ID = "0efb0e4d-5c37-4461-adeb-16c782e7b74d";

const home = newHome({ after: afterAll, timezone: "Europe/Berlin" });

beforeAll(async () => {
  const about = { cwd: "/home/dev/shop" };
  say(
    home.claude,
    "-home-dev-shop",
    ID,
    { id: "a", at: "2026-03-02T08:10:00Z", model: OPUS, input: 0, output: 100_000, ...about },
    { id: "b", at: "2026-03-02T10:20:00Z", model: HAIKU, input: 10, output: 2000, ...about },
  );
  appendFileSync(
    transcriptPath(home.claude, "-home-dev-shop", ID),
    `${JSON.stringify({ type: "ai-title", aiTitle: "Refund a\u001B[31m gift card" })}\n`,
  );
  say(home.claude, "-home-dev-shop", `${ID}/subagents/agent-one`, {
    ...{
      id: "c",
      at: "2026-03-02T09:00:00Z",
      model: OPUS,
      input: 0,
      output: 40_000,
      isSidechain: true,
    },
    ...about,
  });
  say(home.claude, "-home-dev-shop", "0efb0e4d-other", {
    ...{ id: "d", at: "2026-03-03T09:00:00Z", model: OPUS, output: 7 },
    ...about,
  });
  await home.fetch();
});

test("a session says what it was about, when, what it cost and what was large", async () => {
  const { stdout, stderr } = await home.run(["session", ID.slice(0, 12)]);
  expect(stderr).toBe("");
  expect(stdout.replace(home.claude, "~")).toMatchInlineSnapshot(`
    "Refund a gift card
    Session 0efb0e4d-5c37-4461-adeb-16c782e7b74d

      Project     shop (/home/dev/shop)
      Active      2026-03-02 09:10 to 11:20, 2 h 10 min
      Machine     test-machine
      Cost        $3.51
      Calls       3, 1 of them by 1 subagent: $1.00
      Tokens      142,010, 142,000 of them output
      Cache       0.0% of what went in was read from it
      Transcript  ~/projects/-home-dev-shop/0efb0e4d-5c37-4461-adeb-16c782e7b74d.jsonl

      Model                       Cost   Tokens   Output
      claude-opus-4-5-20251101   $3.50  140,000  140,000
      claude-haiku-4-5-20251001  $0.01    2,010    2,000

      Largest calls     Model                       Cost   Tokens   Output
      2026-03-02 09:10  claude-opus-4-5-20251101   $2.50  100,000  100,000
      2026-03-02 10:00  claude-opus-4-5-20251101   $1.00   40,000   40,000  subagent
      2026-03-02 11:20  claude-haiku-4-5-20251001  $0.01    2,010    2,000

    Costs are estimates at list price, not a bill.
    \`ccbooks why 0efb0e4d\` says what was counted, and how."
  `);
});

test("--json has it all, and its figures are those of the views", async () => {
  const { stdout } = await home.run(["session", ID, "--json"]);
  const [row] = home.query<{ cost: number; calls: number }>(
    `SELECT SUM(cost) AS cost, COUNT(*) AS calls FROM call_usage WHERE session_id = '${ID}'`,
  );
  expect(JSON.parse(stdout)).toMatchObject({
    sessionId: ID,
    about: { project: "shop", projectPath: "/home/dev/shop", minutes: 130 },
    total: { totalCost: expect.closeTo(row?.cost ?? 0, 9), daysWithUsage: 1 },
    parts: {
      calls: row?.calls,
      subagents: 1,
      subagentCalls: 1,
      subagentCost: 1,
      subagentUnpricedTokens: 0,
    },
    models: [{ name: OPUS }, { name: HAIKU }],
    calls: [{ totalCost: 2.5 }, { totalCost: 1, isSubagent: 1 }, { model: HAIKU }],
    transcripts: [{ path: transcriptPath(home.claude, "-home-dev-shop", ID), deletedAt: null }],
  });
});

test("a deleted transcript is said to be, and what it used stays", async () => {
  const other = newHome();
  const at = "2026-03-02T08:10:00Z";
  say(other.claude, "-app", "gone-session", {
    id: "a",
    at,
    model: OPUS,
    input: 0,
    output: 100_000,
  });
  await other.fetch();
  rmSync(transcriptPath(other.claude, "-app", "gone-session"));
  await other.fetch();
  const { stdout } = await other.run(["session", "gone-session"]);
  expect(stdout).toMatch(
    /^ {2}Transcript +deleted by \d{4}-\d\d-\d\d \d\d:\d\d; what it used is kept$/m,
  );
  expect(stdout).toMatch(/^ {2}Cost +\$2\.50$/m);
});

test.for([
  [
    "0efb0e4d",
    '2 sessions begin with "0efb0e4d": 0efb0e4d-5c37-4461-adeb-16c782e7b74d, 0efb0e4d-other; give more of the id.',
  ],
  [
    "0efb",
    '"0efb" is too short for the beginning of a session\'s id; give at least 8 characters of it.',
  ],
  [
    "nobody-knows",
    'The books know no session "nobody-knows"; `ccbooks stats sessions` lists what they hold.',
  ],
])("session %s is a sentence", async ([typed = "", sentence]) => {
  expect(await home.run(["session", typed])).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: `[error] ${sentence}`,
  });
});
