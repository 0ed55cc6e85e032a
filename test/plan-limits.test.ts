import { expect, test } from "vitest";

import { windowStart } from "../src/plan-limit.ts";
import { newHome, type Home } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

/** The next full hour but one, as the plan's windows end. */
const resetsAt = Math.ceil(Date.now() / 3_600_000 + 1) * 3600;

const today = new Date().toISOString().slice(0, 10);

async function homeWithUsage(machine = "desk"): Promise<Home> {
  const home = newHome();
  home.env["CCBOOKS_MACHINE"] = machine;
  say(home.claude, "-dev-shop", machine, {
    id: machine,
    at: new Date().toISOString(),
    input: 1000,
  });
  await home.fetch();
  return home;
}

/** Claude Code tells its status line how full the windows are. */
async function tell(home: Home, fiveHour: number, sevenDay: number, at = resetsAt): Promise<void> {
  const limit = (used: number) => ({ used_percentage: used, resets_at: at });
  const input = JSON.stringify({
    model: { id: "claude-opus-5-5" },
    rate_limits: { five_hour: limit(fiveHour), seven_day: limit(sevenDay) },
  });
  await home.run(["statusline"], {}, input);
}

test("a budget of a limit of the plan warns, is over, and is told once a window", async () => {
  const home = await homeWithUsage();
  await home.run(["budget", "set", "session", "--limit", "five_hour"]);
  await home.run(["budget", "set", "week", "--limit", "seven_day", "--amount", "90"]);
  expect((await home.run(["budget", "list"])).stdout).toMatchInlineSnapshot(`
    "  Budget             Limit  Warns at  Of
      session  100% of 5 hours       80%
      week       90% of 7 days       80%"
  `);
  expect((await home.run(["budget", "check"])).exitCode).toBe(0);

  await tell(home, 85.4, 91);
  expect(await home.run(["budget", "check"])).toMatchObject({
    exitCode: 4,
    stdout: expect.stringMatching(/session +85% +100% of 5 hours +85% +██████░░ +– +warn/),
  });
  const fetched = async () => (await home.run(["fetch", "--offline", "--quiet"])).stderr;
  const stderr = await fetched();
  expect(stderr).toContain("Budget session is at 85% of the 5-hour limit: 85%;");
  expect(stderr).toContain("Budget week is over 90% of the 7-day limit: 91%;");
  expect(await fetched()).not.toContain("Budget");

  // The instant at which a window is reset varies by a second.
  await tell(home, 100, 92, resetsAt + 1);
  const again = await fetched();
  expect(again).toContain("Budget session is over the 5-hour limit: 100%;");
  expect(again).not.toContain("Budget week");
  const starts = home.query<{ period_start: string }>(
    "SELECT DISTINCT period_start FROM budget_event WHERE budget = 'session'",
  );
  expect(starts).toEqual([{ period_start: new Date((resetsAt - 5 * 3600) * 1000).toISOString() }]);
});

test("a window that has been reset is not used until something is told of the next", async () => {
  const home = await homeWithUsage();
  await home.run(["budget", "set", "session", "--limit", "five_hour"]);
  await tell(home, 99, 50, Math.floor(Date.now() / 1000) - 60);
  const { statuses } = JSON.parse((await home.run(["budget", "check", "--json"])).stdout);
  expect(statuses).toMatchObject([{ spent: 0, percent: 0, level: "ok", heading: null }]);
  expect((await home.run(["budget", "check"])).stdout).toContain(
    "Of the limit of session nothing is known since it was reset;",
  );
});

test("the fullest machine's window counts, or that of the machine that is asked for", async () => {
  const [home, other] = [await homeWithUsage(), await homeWithUsage("laptop")];
  await tell(home, 20, 30);
  await tell(other, 70, 10);
  await home.run(["merge", "--offline", other.db]);
  await home.run(["budget", "set", "any", "--limit", "five_hour", "--warn", "50"]);
  await home.run(["budget", "set", "here", "--limit", "seven_day", "--machine", "laptop"]);
  const { statuses } = JSON.parse((await home.run(["budget", "check", "--json"])).stdout);
  expect(statuses).toMatchObject([
    { budget: { name: "any" }, spent: 70, level: "warn" },
    { budget: { name: "here" }, spent: 10, level: "ok" },
  ]);
});

test("`stats limits` says how full the windows were on each day", async () => {
  const home = await homeWithUsage();
  expect((await home.run(["stats", "limits"])).stdout).toBe(
    "Nothing is known of the plan's limits there; `ccbooks statusline install` has Claude Code tell them.",
  );
  await tell(home, 95, 41.5);
  await tell(home, 12, 42);
  const { stdout } = await home.run(["stats", "limits"]);
  expect(stdout).toMatch(new RegExp(`${today} +desk +95.0% +1 +42.0% +0`));
  const { rows } = JSON.parse((await home.run(["stats", "limits", "--json"])).stdout);
  expect(rows).toMatchObject([
    { date: today, fiveHourPeak: 0.95, fiveHourOver90: 1, sevenDayPeak: 0.42, sevenDayOver90: 0 },
  ]);
});

test.for<[string, string[], string]>([
  ["another window", ["budget", "set", "x", "--limit", "hour"], "--limit takes five_hour or"],
  ["more than all of it", ["budget", "set", "x", "--limit", "five_hour", "--amount", "101"], "100"],
  [
    "a project of it",
    ["budget", "set", "x", "--limit", "five_hour", "--project", "p"],
    "--project",
  ],
  ["tokens of it", ["budget", "set", "x", "--limit", "seven_day", "--unit", "tokens"], "--unit"],
  ["days of a model's limits", ["stats", "limits", "--model", "opus"], "leave --model out"],
])("%s is a sentence", async ([, args, sentence]) => {
  const home = newHome();
  const { exitCode, stderr } = await home.run(args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(sentence);
});

test("a window begins 5 hours or 7 days before it is reset, to the minute", () => {
  expect(windowStart("five_hour", "2026-11-20T15:00:01.000Z")).toBe("2026-11-20T10:00:00.000Z");
  expect(windowStart("seven_day", "2026-11-20T14:59:59.600Z")).toBe("2026-11-13T15:00:00.000Z");
});
