import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { execa } from "execa";
import { beforeAll, afterAll, expect, test } from "vitest";

import { fetchAt } from "./support/clock.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { say, transcriptPath, UNPRICED } from "./support/transcripts.ts";

/** $5 a million of input, $6.25 written to the cache, $0.50 read from it; no dearer for long prompts. */
const OPUS = "claude-opus-4-5-20251101";

/** $1 a million of input. */
const HAIKU = "claude-haiku-4-5-20251001";

/** Util-linux's `script` runs a command on a terminal of its own; the one of BSD has other flags. */
const hasTerminal = spawnSync("script", ["--version"]).status === 0;

const COSTS_NOTE = "Costs are estimates at list price, not a bill.";

/** Two projects and three models, on five days in five weeks. */
const home = newHome({ after: afterAll });

beforeAll(async () => {
  const spend = (project: string, date: string, model: string, input: number): void =>
    say(home.claude, project, `${project}-${date}`, {
      id: `${project}-${date}-${model}`,
      at: `${date}T10:00:00Z`,
      cwd: project === "-home-dev-my-app" ? "/home/dev/my.app" : "/home/dev/web",
      model,
      input,
      output: 0,
    });
  spend("-home-dev-my-app", "2025-02-10", OPUS, 1_000_000);
  spend("-home-dev-my-app", "2025-02-26", OPUS, 2_000_000);
  spend("-home-dev-my-app", "2025-03-03", OPUS, 3_000_000);
  spend("-home-dev-web", "2025-03-03", HAIKU, 2_000_000);
  spend("-home-dev-web", "2025-03-05", HAIKU, 4_000_000);
  spend("-home-dev-web", "2025-03-05", UNPRICED, 50);
  say(home.claude, "-home-dev-web", "cached", {
    id: "cached",
    at: "2025-03-12T10:00:00Z",
    cwd: "/home/dev/web",
    input: 0,
    output: 0,
    model: OPUS,
    cacheCreation: 1_000_000,
    cacheRead: 9_000_000,
  });
  await home.fetch();
});

interface Row {
  [column: string]: unknown;
}

async function tableOf(...typed: string[]): Promise<{ rows: Row[]; total: Row | null }> {
  const { stdout, stderr } = await home.run(["stats", ...typed, "--json"]);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const only = (rows: readonly Row[], ...columns: string[]): unknown[][] =>
  rows.map((row) => columns.map((column) => row[column]));

test("daily: cost, running total and the means of 7 and 30 calendar days", async () => {
  const { rows, total } = await tableOf("daily", "--since", "2025-03-01");
  expect(
    only(rows, "date", "totalCost", "cumulativeCost", "sevenDayAverage", "thirtyDayAverage"),
  ).toEqual([
    // The means look back beyond the range: $10 on 26 February, and 22 days since the books began.
    ["2025-03-03", 17, 17, expect.closeTo(27 / 7), expect.closeTo(32 / 22)],
    ["2025-03-05", 4, 21, expect.closeTo(21 / 7), expect.closeTo(36 / 24)],
    ["2025-03-12", 10.75, 31.75, expect.closeTo(10.75 / 7), expect.closeTo(41.75 / 30)],
  ]);
  expect(total).toMatchObject({
    daysWithUsage: 3,
    totalCost: 31.75,
    unpricedTokens: 50,
  });
});

test("daily: the running total and the means are at least where any of their days lacks a price", async () => {
  const rowsFrom = async (since: string): Promise<string[]> =>
    (await home.run(["stats", "daily", "--since", since])).stdout.split("\n");
  const all = await rowsFrom("2025-03-01");
  expect(all.find((line) => line.includes("2025-03-03"))).toMatch(
    /03-03 +\$17\.00 +\$17\.00 +\$3\.86 +\$1\.45/,
  );
  expect(all.find((line) => line.includes("2025-03-05"))).toMatch(
    /03-05 +≥ \$4\.00 +≥ \$21\.00 +≥ \$3\.00 +≥ \$1\.50/,
  );
  // A week later it is out of the mean of 7 days.
  expect(all.find((line) => line.includes("2025-03-12"))).toMatch(
    /03-12 +\$10\.75 +≥ \$31\.75 +\$1\.54 +≥ \$1\.39/,
  );
  // The running total begins with the range, the mean of 30 days before it; both are explained.
  const cut = await rowsFrom("2025-03-10");
  expect(cut.find((line) => line.includes("2025-03-12"))).toMatch(
    /03-12 +\$10\.75 +\$10\.75 +\$1\.54 +≥ \$1\.39/,
  );
  expect(cut).toContain("≥ means at least: some tokens have no known price yet.");
  const { rows } = await tableOf("daily", "--since", "2025-03-10");
  expect(rows).toMatchObject([
    { unpricedTokensSoFar: 0, sevenDayUnpricedTokens: 0, thirtyDayUnpricedTokens: 50 },
  ]);
});

test("weekly and monthly compare whole periods only", async () => {
  expect(only((await tableOf("weekly")).rows, "week", "totalCost", "change")).toEqual([
    ["2025-02-10", 5, null],
    // The week before it had no usage at all.
    ["2025-02-24", 10, null],
    ["2025-03-03", 21, expect.closeTo(1.1)],
    ["2025-03-10", 10.75, expect.closeTo(10.75 / 21 - 1)],
  ]);
  expect(only((await tableOf("monthly")).rows, "month", "totalCost", "change")).toEqual([
    ["2025-02", 15, null],
    // The books begin in the middle of February.
    ["2025-03", 31.75, null],
  ]);
  const cut = await tableOf("weekly", "--since", "2025-02-26", "--until", "2025-03-12");
  expect(only(cut.rows, "week", "change")).toEqual([
    ["2025-02-24", null],
    ["2025-03-03", null],
    ["2025-03-10", null],
  ]);
});

test("of what goes through time a limit takes the last rows", async () => {
  const dates = async (...typed: string[]): Promise<unknown[][]> =>
    only((await tableOf("daily", ...typed)).rows, "date");
  expect(await dates("--limit", "2")).toEqual([["2025-03-05"], ["2025-03-12"]]);
  expect(await dates("--limit", "2", "--sort", "date:desc")).toEqual([
    ["2025-03-12"],
    ["2025-03-05"],
  ]);
  expect(await dates("--limit", "2", "--sort", "cost:asc")).toEqual([
    ["2025-03-05"],
    ["2025-02-10"],
  ]);
});

test("a range that begins with a week or month is compared with the one before it", async () => {
  const weekly = await tableOf("weekly", "--since", "2025-03-10");
  expect(only(weekly.rows, "week", "change")).toEqual([
    ["2025-03-10", expect.closeTo(10.75 / 21 - 1)],
  ]);
  expect(weekly.total).toMatchObject({ totalCost: 10.75 });
});

test("a week or a month in which the books begin is not compared, nor one where a machine's do", async () => {
  const other = newHome();
  const spend = async (machine: string, project: string, input: number, ...dates: string[]) => {
    const claude = join(other.folder, machine);
    for (const date of dates) {
      const at = `${date}T10:00:00Z`;
      const id = `${machine}-${project}-${date}`;
      say(claude, project, id, { id, at, model: OPUS, input, output: 0 });
    }
    await other.run(["fetch", "--offline", "--machine", machine], { CLAUDE_CONFIG_DIR: claude });
  };
  // The 1st of January was a Wednesday; the 3rd of February a Monday.
  await spend("desk", "-app", 1_000_000, "2025-01-01", "2025-01-06", "2025-01-13", "2025-02-03");
  await spend("desk", "-web", 1_000_000, "2025-01-09", "2025-01-14", "2025-02-04");
  await spend("lap", "-app", 1_000_000, "2025-01-08", "2025-01-13", "2025-01-21", "2025-02-05");
  const changes = async (...typed: string[]): Promise<unknown[][]> => {
    const { stdout } = await other.run(["stats", ...typed, "--json"]);
    const { rows }: { rows: Row[] } = JSON.parse(stdout);
    return only(rows, rows[0]?.["week"] === undefined ? "month" : "week", "change");
  };
  expect(await changes("weekly", "--until", "2025-01-26")).toEqual([
    ["2024-12-30", null],
    // The week before began on a Monday that no book knows of.
    ["2025-01-06", null],
    ["2025-01-13", expect.closeTo(0)],
    ["2025-01-20", expect.closeTo(1 / 3 - 1)],
  ]);
  // The laptop's own books begin on Wednesday the 8th.
  expect(await changes("weekly", "--machine", "lap", "--until", "2025-01-26")).toEqual([
    ["2025-01-06", null],
    ["2025-01-13", null],
    ["2025-01-20", expect.closeTo(0)],
  ]);
  // A project that was new on Thursday the 9th had cost nothing before.
  expect(await changes("weekly", "--project=-web", "--until", "2025-01-26")).toEqual([
    ["2025-01-06", null],
    ["2025-01-13", expect.closeTo(0)],
  ]);
  expect(await changes("monthly")).toEqual([
    ["2025-01", null],
    ["2025-02", expect.closeTo(3 / 8 - 1)],
  ]);
  expect(await changes("monthly", "--machine", "lap")).toEqual([
    ["2025-01", null],
    ["2025-02", null],
  ]);
  expect(await changes("monthly", "--agent", "claude", "--project=-web")).toEqual([
    ["2025-01", null],
    ["2025-02", expect.closeTo(-0.5)],
  ]);
});

test("models and projects have their share, the most expensive first, projects by name and path", async () => {
  const models = await tableOf("models");
  expect(only(models.rows, "model", "totalCost", "unpricedTokens")).toEqual([
    [OPUS, 40.75, 0],
    [HAIKU, 6, 0],
    [UNPRICED, null, 50],
  ]);
  expect(models.rows[1]?.["costShare"]).toBeCloseTo(6 / 46.75, 9);
  const projects = await tableOf("projects");
  expect(only(projects.rows, "project", "path", "slug", "totalCost", "daysWithUsage")).toEqual([
    ["my.app", "/home/dev/my.app", "-home-dev-my-app", 30, 3],
    ["web", "/home/dev/web", "-home-dev-web", 16.75, 3],
  ]);
});

test.for([
  { flags: ["--project", "web"], costs: [2, 4, 10.75] },
  { flags: ["--project", "/home/dev/web"], costs: [2, 4, 10.75] },
  { flags: ["--project", "-home-dev-web"], costs: [2, 4, 10.75] },
  { flags: ["--project=-home-dev-web"], costs: [2, 4, 10.75] },
  { flags: ["--model", "haiku"], costs: [2, 4] },
  { flags: ["--project", "web", "--model", "opus"], costs: [10.75] },
  { flags: ["--machine", "test-machine", "--until", "2025-02-28"], costs: [5, 10] },
  { flags: ["--agent", "claude", "--since", "2025-03-12"], costs: [10.75] },
])("$flags picks its part of the days", async ({ flags, costs }) => {
  const { rows } = await tableOf("daily", ...flags);
  expect(rows.map((row) => row["totalCost"])).toEqual(costs.map((cost) => expect.closeTo(cost)));
});

test("sessions are picked by project, model and last activity, and sorted as asked", async () => {
  const ids = async (...flags: string[]): Promise<unknown[]> =>
    (await tableOf("sessions", ...flags)).rows.map((row) => row["sessionId"]);
  expect(await ids("--limit", "2")).toEqual(["-home-dev-my-app-2025-03-03", "cached"]);
  expect(await ids("--project", "my.app", "--sort", "lastActivity:desc")).toEqual(
    ["03-03", "02-26", "02-10"].map((date) => `-home-dev-my-app-2025-${date}`),
  );
  expect(await ids("--model", "unheard")).toEqual(["-home-dev-web-2025-03-05"]);
  expect(await ids("--since", "2025-03-12")).toEqual(["cached"]);
  const { rows } = await tableOf("sessions", "--sort", "last_activity", "--limit", "1");
  expect(rows[0]).toMatchObject({ lastActivity: "2025-02-10", models: [OPUS] });
});

test("the cache's savings are net of what writing cost more, and unknown where the rate is", async () => {
  // Reading saves $5 - $0.50 a million, writing costs $6.25 - $5 more.
  const saved = { readSavings: 40.5, writePremium: 1.25, netSavings: 39.25 };
  const close = Object.fromEntries(
    Object.entries(saved).map(([name, usd]) => [name, expect.closeTo(usd, 9)]),
  );
  const { rows, total } = await tableOf("cache", "--by", "model");
  expect(rows[0]).toMatchObject({ model: OPUS, hitRate: 9 / 16, ...close, unknownTokens: 0 });
  expect(rows.at(-1)).toMatchObject({ model: UNPRICED, netSavings: null });
  expect(total).toMatchObject({ ...close, unknownTokens: 0 });
  const byDay = await tableOf("cache", "--since", "2025-03-12");
  expect(byDay.rows).toMatchObject([{ date: "2025-03-12", hitRate: 0.9, ...close }]);
  const byProject = await tableOf("cache", "--by", "project");
  expect(byProject.rows[0]).toMatchObject({ project: "web", ...close });
});

test("rates follow the date: a read of Sonnet 5.5 became cheaper on 7 October 2026", async () => {
  const other = newHome();
  for (const [id, date] of ["2026-10-06", "2026-10-07"].entries()) {
    const at = `${date}T10:00:00Z`;
    const model = "claude-sonnet-5-5";
    say(other.claude, "-app", "one", {
      id: `${id}`,
      at,
      model,
      input: 0,
      output: 0,
      cacheRead: 1_000_000,
    });
  }
  await other.fetch();
  expect(other.query("SELECT date, read_savings FROM cache_savings ORDER BY date")).toEqual([
    { date: "2026-10-06", read_savings: expect.closeTo(1.8, 9) },
    { date: "2026-10-07", read_savings: expect.closeTo(1.9, 9) },
  ]);
});

test("a report as a table fits in 80 columns, whatever it is about", async () => {
  for (const name of ["daily", "weekly", "monthly", "models", "projects", "sessions", "cache"]) {
    const { stdout, exitCode } = await home.run(["stats", name]);
    expect(exitCode, name).toBe(0);
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  }
});

test("the table says what is at least, what it adds up to and what it left out", async () => {
  const { stdout } = await home.run(["stats", "projects"]);
  expect(stdout.replace(/As of [\d: -]+\./, "As of WHEN.")).toMatchInlineSnapshot(`
    "  Project      Cost  Share  Days  Output  Cache creation  Cache read      Tokens
      my.app     $30.00  64.2%     3       0               0           0   6,000,000
      web      ≥ $16.75  35.8%     3       0       1,000,000   9,000,000  16,000,050

    Total ≥ $46.75 on 5 days, 22,000,050 tokens.
    ≥ means at least: some tokens have no known price yet.
    Costs are estimates at list price, not a bill.
    As of WHEN.
    Not shown: Input, First, Last, Path (--json has all)."
  `);
  expect((await home.run(["stats", "sessions", "--limit", "1"])).stdout).toContain(
    "1 of 6; --limit N shows more.\nA session counts whole, where it was last active.",
  );
  expect((await home.run(["stats", "daily", "--project", "nowhere"])).stdout).toBe(
    "No usage with --project nowhere; `ccbooks stats` shows all there is.",
  );
  const twice = ["--until", "2025-02-28", "--model", "haiku", "--format", "markdown"];
  expect((await home.run(["stats", "daily", ...twice])).stdout).toBe(
    "No usage with --until 2025-02-28 --model haiku; `ccbooks stats` shows all there is.",
  );
});

test("a machine or agent that is not in the books is an error, not a report of nothing", async () => {
  const refused = async (...flags: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await home.run(["stats", ...flags]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    return stderr;
  };
  expect(await refused("sessions", "--machine", "nope", "--format", "csv")).toBe(
    '[error] The books hold no usage of a machine "nope"; there is only test-machine.',
  );
  expect(await refused("cache", "--agent", "codex")).toBe(
    '[error] The books hold no usage of an agent "codex"; there is only claude.',
  );
  // Known, though not there.
  const early = [
    "daily",
    "--machine",
    "test-machine",
    "--agent",
    "claude",
    "--until",
    "2024-12-31",
  ];
  expect((await tableOf(...early)).rows).toEqual([]);
  const unused = newHome();
  await unused.fetch();
  expect((await unused.run(["stats", "daily", "--machine", "test-machine"])).exitCode).toBe(0);
});

test("a report as Markdown and as CSV", async () => {
  const typed = ["stats", "monthly", "--until", "2025-02-28"];
  expect((await home.run([...typed, "--format", "markdown"])).stdout).toMatchInlineSnapshot(`
    "| Month | Days | Cost | Change | Input | Output | Cache creation | Cache read | Tokens |
    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
    | 2025-02 | 2 | $15.00 | – | 3,000,000 | 0 | 0 | 0 | 3,000,000 |

    Total $15.00 on 2 days, 3,000,000 tokens.
    Costs are estimates at list price, not a bill."
  `);
  expect((await home.run([...typed, "--format", "csv"])).stdout).toMatchInlineSnapshot(`
    "month,days_with_usage,total_cost,change,input_tokens,output_tokens,cache_creation_tokens,cache_read_tokens,total_tokens,unpriced_tokens
    2025-02,2,15,,3000000,0,0,0,3000000,0"
  `);
});

test("a plan is compared with the month's usage, and kept until it is forgotten", async () => {
  const other = newHome();
  const at = new Date().toISOString();
  say(other.claude, "-app", "one", { id: "a", at, model: OPUS, input: 60_000_000, output: 0 });
  await other.fetch();
  const line = /\$200 plan: 1\.5× its price/;
  expect((await other.run(["stats", "--plan", "200"])).stdout).toMatch(line);
  expect((await other.run(["stats"])).stdout).toMatch(line);
  expect(JSON.parse((await other.run(["stats", "--json"])).stdout)).toMatchObject({ planUsd: 200 });
  expect((await other.run(["stats", "--plan", "0"])).stdout).not.toContain("plan");
  expect((await other.run(["stats"])).stdout).not.toContain("plan");
});

test("a month that hardly began is less than a tenth of the plan, not 0.0 times", async () => {
  const other = newHome();
  const at = new Date().toISOString();
  say(other.claude, "-app", "one", { id: "a", at, model: OPUS, input: 1_900_000, output: 0 });
  await other.fetch();
  const { stdout } = await other.run(["stats", "--plan", "200"]);
  expect(stdout).toContain("$200 plan: less than a tenth of its price");
});

test("where the month comes to the same by both averages, the sum is said once", async () => {
  const other = newHome();
  const at = new Date(Date.now() - 86_400_000).toISOString();
  say(other.claude, "-app", "one", { id: "a", at, model: OPUS, input: 1_000_000, output: 0 });
  await other.fetch();
  const { stdout } = await other.run(["stats", "--all"]);
  expect(stdout).toMatch(
    /left\s+at\s+\$5\.00\s+a\s+day,\s+the\s+average\s+of\s+the\s+last\s+7\s+days\)\.$/m,
  );
  expect(stdout).not.toContain("last 30");
});

/** Watches on a terminal with so many rows; what is given the drawing so far may press keys. */
async function watching(
  on: Home,
  { typed, rows }: { typed: string; rows: number },
  drawn: (screens: string, before: string, press: (keys: string) => void) => void,
): Promise<{ screens: string; exitCode: number | undefined }> {
  const program = `${process.execPath} ${root}/dist/ccbooks.js stats ${typed} --watch`;
  const command = `stty rows ${rows} cols 80; exec ${program}`;
  const terminal = execa("script", ["-qec", command, "/dev/null"], {
    env: on.env,
    extendEnv: false,
    reject: false,
    stdin: "pipe",
    buffer: false,
  });
  let screens = "";
  terminal.stdout.on("data", (chunk: Buffer) => {
    const before = screens;
    screens += chunk.toString();
    drawn(screens, before, (keys) => terminal.stdin.write(keys));
  });
  const { exitCode } = await terminal;
  return { screens, exitCode };
}

test.skipIf(!hasTerminal)("--watch fetches and draws in place until Ctrl-C", async () => {
  const other = newHome();
  const at = new Date().toISOString();
  const spend = (id: string): void =>
    say(other.claude, "-app", "one", { id, at, model: OPUS, input: 1_000_000, output: 0 });
  spend("a");
  const { screens, exitCode } = await watching(
    other,
    { typed: "monthly --every 1", rows: 24 },
    (drawn, before, press) => {
      if (!before.includes("$5.00") && drawn.includes("$5.00")) spend("b");
      if (!before.includes("$10.00") && drawn.includes("$10.00")) press("\u0003");
    },
  );
  expect(screens).toContain("$10.00");
  expect(screens).toContain("; again every 1 second until Ctrl-C.");
  expect(exitCode).toBe(0);
});

test.skipIf(!hasTerminal)(
  "--watch on a low terminal shows the latest days, or the top, and how much is left out",
  async () => {
    const screenOf = async (typed: string, rows: number): Promise<string[]> => {
      const { screens } = await watching(home, { typed, rows }, (drawn, before, press) => {
        if (!before.includes("Ctrl-C") && drawn.includes("Ctrl-C")) press("\u0003");
      });
      const [screen = ""] = stripVTControlCharacters(screens).split(/^At /m);
      const lines = screen.split(/\r?\n/).filter((line) => line !== "");
      return lines.map((line) => line.trim().split(/ {2,}/)[0] ?? "");
    };
    const days = ["2025-02-10", "2025-02-26", "2025-03-03", "2025-03-05", "2025-03-12"];
    const notes = [
      ...[expect.stringMatching(/^Total /), expect.stringMatching(/^≥/), COSTS_NOTE],
      ...[expect.stringMatching(/^As of /), expect.stringMatching(/^Not shown: /)],
    ];
    // Five rows are left for what is said below.
    expect(await screenOf("daily", 17)).toEqual(["Date", ...days, ...notes]);
    expect(await screenOf("daily", 16)).toEqual([
      "Date",
      "… 2 lines more",
      ...days.slice(2),
      ...notes,
    ]);
    expect(await screenOf("daily", 11), "the notes go before the last rows do").toEqual([
      "Date",
      "… 7 lines more",
      ...days.slice(1),
    ]);
    expect(await screenOf("daily --sort date:desc", 10)).toEqual([
      "Date",
      ...days.toReversed().slice(0, 3),
      "… 8 lines more",
    ]);
    const summary = await screenOf("--all", 20);
    expect(summary[0]).toMatch(/^Claude Code, /);
    expect(summary.at(-1)).toMatch(/^… \d+ lines more$/);
  },
);

/** Calls of two projects, branches and hours, with a pause that begins another block. */
const worked = newHome({ after: afterAll, timezone: "Europe/Berlin" });

beforeAll(async () => {
  const call = (project: string, at: string, branch: string | null, output: number): void =>
    say(worked.claude, project, `${project.slice(5)}-session`, {
      ...{ id: `${project}-${at}`, at, model: OPUS, input: 0, output },
      cwd: project.replaceAll("-", "/"),
      line: branch === null ? {} : { gitBranch: branch },
    });
  // $25 a million of output.
  call("-dev-shop", "2026-03-02T08:10:00Z", "main", 1_000_000);
  call("-dev-shop", "2026-03-02T12:50:00Z", "pay", 2_000_000);
  call("-dev-shop", "2026-03-02T13:30:00Z", "pay", 200_000);
  call("-dev-site", "2026-03-29T00:30:00Z", "main", 400_000);
  call("-dev-site", "2026-03-29T02:30:00Z", null, 40_000);
  await worked.fetch();
});

async function workedTable(...typed: string[]): Promise<Row[]> {
  const { stdout, stderr } = await worked.run(["stats", ...typed, "--json"]);
  expect(stderr).toBe("");
  const { rows }: { rows: Row[] } = JSON.parse(stdout);
  return rows;
}

const IN_MARCH = ["--since", "2026-03-01", "--until", "2026-03-31"];

test("branches, and what has none, add up to all", async () => {
  expect(only(await workedTable("branches", ...IN_MARCH), "branch", "totalCost")).toEqual([
    ["pay", expect.closeTo(55)],
    ["main", expect.closeTo(35)],
    ["<no branch>", expect.closeTo(1)],
  ]);
  for (const [branch, sessions] of [
    ["pay", ["shop-session"]],
    ["main", ["shop-session", "site-session"]],
    ["nope", []],
  ] as const) {
    const rows = await workedTable("sessions", "--branch", branch, ...IN_MARCH);
    expect(
      rows.map((row) => row["sessionId"]),
      branch,
    ).toEqual(sessions);
  }
  const one = await workedTable("models", "--branch", "pay", ...IN_MARCH);
  expect(only(one, "model", "totalCost")).toEqual([[OPUS, expect.closeTo(55)]]);
});

test("hours are those of the machine's clock, also on the night it changes", async () => {
  expect(only(await workedTable("hours", ...IN_MARCH), "hour", "totalCost")).toEqual([
    ["01:00", expect.closeTo(10)],
    ["04:00", expect.closeTo(1)],
    ["09:00", expect.closeTo(25)],
    ["13:00", expect.closeTo(50)],
    ["14:00", expect.closeTo(5)],
  ]);
});

test("blocks are those of the view, which are ccusage's", async () => {
  const columns = ["startsAt", "totalCost", "calls", "minutesLeft"];
  expect(only(await workedTable("blocks", ...IN_MARCH), ...columns)).toEqual([
    ["2026-03-02T08:00:00.000Z", expect.closeTo(75), 2, null],
    ["2026-03-02T13:00:00.000Z", expect.closeTo(5), 1, null],
    ["2026-03-29T00:00:00.000Z", expect.closeTo(11), 2, null],
  ]);
  const view = worked.query<Row>(
    "SELECT starts_at, total_tokens FROM block_cost ORDER BY starts_at",
  );
  const rows = await workedTable("blocks", "--since", "2023-01-01");
  expect(only(rows, "startsAt", "totalTokens")).toEqual(view.map((row) => Object.values(row)));
});

test("the block that goes on says how long, at what pace, and what it comes to", async () => {
  const other = newHome();
  const at = new Date(Date.now() - 60_000).toISOString();
  say(other.claude, "-app", "one", { id: "a", at, model: OPUS, input: 0, output: 1_000_000 });
  await other.fetch();
  const { stdout } = await other.run(["stats", "blocks", "--json"]);
  const { rows }: { rows: Row[] } = JSON.parse(stdout);
  const [row] = rows;
  expect(rows).toHaveLength(1);
  expect(row?.["minutesLeft"]).toBeGreaterThan(3 * 60);
  expect(row?.["costPerHour"]).toBeGreaterThan(300);
  expect(row?.["projectedCost"]).toBeGreaterThan(25);
  expect((await other.run(["stats", "blocks"])).stdout).toMatch(/\d h \d\d min/);
});

test("blocks have what was asked for, of local days, whole over midnight", async () => {
  const columns = ["startsAt", "totalCost", "calls"];
  expect(only(await workedTable("blocks", ...IN_MARCH, "--branch", "pay"), ...columns)).toEqual([
    ["2026-03-02T08:00:00.000Z", expect.closeTo(50), 1],
    ["2026-03-02T13:00:00.000Z", expect.closeTo(5), 1],
  ]);
  expect(await workedTable("blocks", ...IN_MARCH, "--project", "nope")).toEqual([]);
  const other = newHome({ timezone: "Europe/Berlin" });
  for (const at of ["2026-03-02T22:30:00Z", "2026-03-02T23:30:00Z", "2026-03-03T23:10:00Z"]) {
    say(other.claude, "-app", "one", { id: at, at, model: OPUS, input: 0, output: 40_000 });
  }
  await other.fetch();
  const on = async (date: string): Promise<unknown[][]> => {
    const { stdout } = await other.run([
      "stats",
      "blocks",
      "--json",
      "--since",
      date,
      "--until",
      date,
    ]);
    const { rows }: { rows: Row[] } = JSON.parse(stdout);
    return only(rows, "startsAt", "calls");
  };
  expect(await on("2026-03-02")).toEqual([["2026-03-02T22:00:00.000Z", 2]]);
  expect(await on("2026-03-03")).toEqual([]);
  expect(await on("2026-03-04")).toEqual([["2026-03-03T23:00:00.000Z", 1]]);
});

test("a name is text in Markdown, and no branch a branch like others", async () => {
  const { stdout } = await worked.run(["stats", "branches", ...IN_MARCH, "--format", "markdown"]);
  expect(stdout).toContain("| &lt;no branch> | $1.00 |");
  const rows = await workedTable("projects", ...IN_MARCH, "--branch", "<no branch>");
  expect(only(rows, "project", "totalCost")).toEqual([["site", expect.closeTo(1)]]);
  const short = await worked.run(["stats", "daily", "--session", "site"]);
  expect(short).toMatchObject({ exitCode: 2, stdout: "" });
  expect(short.stderr).toContain(
    '--session takes at least 8 characters of a session\'s id, not "site".',
  );
});

test("two things at once are a row each, whichever is named first", async () => {
  const rows = await workedTable("--by", "project,branch", ...IN_MARCH);
  expect(only(rows, "project", "branch", "totalCost")).toEqual([
    ["shop", "pay", expect.closeTo(55)],
    ["shop", "main", expect.closeTo(25)],
    ["site", "main", expect.closeTo(10)],
    ["site", "<no branch>", expect.closeTo(1)],
  ]);
  expect(await workedTable("--by", "branch,project", ...IN_MARCH)).toEqual(rows);
  expect(only(await workedTable("--by", "machine"), "machine", "totalCost")).toEqual([
    ["test-machine", expect.closeTo(91)],
  ]);
});

test("a project in any case, the beginning of a session's id, and a column as people call it", async () => {
  expect(only(await workedTable("daily", "--project", "SHOP"), "date")).toEqual([["2026-03-02"]]);
  expect(only(await workedTable("daily", "--session", "site-ses"), "date")).toEqual([
    ["2026-03-29"],
  ]);
  const sorted = await workedTable("projects", "--sort", "cost:asc");
  expect(only(sorted, "project")).toEqual([["site"], ["shop"]]);
  expect(await workedTable("projects", "--sort", "tokens:asc")).toEqual(sorted);
});

test.for([
  [["models", "--project", "shpo"], "No usage with --project shpo; did you mean --project shop?"],
  [["daily", "--branch", "pai"], "No usage with --branch pai; did you mean --branch pay?"],
  [["daily", "--branch", "PAY"], "No usage with --branch PAY; did you mean --branch pay?"],
  [["daily", "--model", "opuss"], "No usage with --model opuss; did you mean --model opus?"],
  [["--project", "shpo"], "No usage of that; did you mean --project shop?"],
  [["--all", "--project", "shpo"], "No usage of that; did you mean --project shop?"],
  [
    ["daily", "--model", "claude-opus-4-6-20251101"],
    `No usage with --model claude-opus-4-6-20251101; did you mean --model ${OPUS}?`,
  ],
  [
    ["daily", "--project", "shop", "--until", "2026-01-01"],
    "No usage with --until 2026-01-01 --project shop; `ccbooks stats` shows all there is.",
  ],
] as const)("%s names what would find something", async ([typed, words]) => {
  expect((await worked.run(["stats", ...typed])).stdout).toBe(words);
});

test("the one source there is can be named", async () => {
  const all = await worked.run(["stats", "projects"]);
  expect(await worked.run(["stats", "projects", "--source", "claude-code"])).toMatchObject({
    exitCode: 0,
    stdout: all.stdout,
  });
});

test("a machine that nobody knows is an error in the summary as in a table, not an empty one", async () => {
  for (const typed of [
    ["--machine", "foo"],
    ["--all", "--machine", "foo"],
    ["daily", "--machine", "foo"],
  ]) {
    expect(await worked.run(["stats", ...typed])).toMatchObject({
      exitCode: 1,
      stderr: '[error] The books hold no usage of a machine "foo"; there is only test-machine.',
    });
  }
});

test("a table of books that were not fetched lately says what is unknown, and what to run", async () => {
  const other = newHome();
  const call = { id: "a", at: "2026-03-02T10:00:00Z", model: OPUS, input: 1000, output: 0 };
  say(other.claude, "-app", "one", call);
  await fetchAt(other, "2026-03-03T12:00:00Z");
  const unknown = /\d+ days after 2026-03-03 are unknown: run `ccbooks fetch`, or add --fetch\./;
  for (const typed of [["daily"], ["--all"], ["models", "--days", "3"]]) {
    expect((await other.run(["stats", ...typed])).stdout, typed.join(" ")).toMatch(unknown);
  }
  expect((await other.run(["stats", "daily"])).stdout).toContain("As of 2026-03-03 12:00.");
});

test("of a window that is over nothing is left, and nothing is heading anywhere", async () => {
  const { stdout } = await worked.run(["stats", "blocks", ...IN_MARCH], { COLUMNS: "200" });
  const [, first = ""] = stdout.split("\n");
  expect(first).toMatch(/ – +– +–/);
  expect(first).not.toContain("$0.00");
});

test.for<[string[], string]>([
  [["stats", "daily", "--all"], "--all goes with the summary: `ccbooks stats --all`."],
  [["stats", "compare", "--all"], "--all does not go with `ccbooks stats compare`; leave it out."],
  [["stats", "--source", "openai"], '--source takes claude-code, apps, anthropic, not "openai".'],
  [["db", "--port", "99999"], '--port takes a number up to 65535, not "99999".'],
  [["db", "--host", "a b"], '--host takes a name or an address, not "a b".'],
  [
    ["report", "--png", "--out", "a.html"],
    "--png writes a picture, not a.html; name a .png, or leave one out.",
  ],
])("%j is wrong usage", async ([typed, says]) => {
  expect(await worked.run(typed)).toMatchObject({ exitCode: 2, stderr: `[error] ${says}` });
});

test("an export of what nothing has says what was probably meant", async () => {
  const { exitCode, stderr } = await worked.run(["export", "call_usage", "--project", "shpo"]);
  expect(exitCode).toBe(0);
  expect(stderr).toBe("[warn] No row is of what was asked for; did you mean --project shop?");
});

test("what goes through calls is of the last 30 days, and says so", async () => {
  const other = newHome();
  const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
  for (const days of [1, 40]) {
    say(other.claude, "-app", "one", {
      id: `a${days}`,
      at: ago(days),
      model: OPUS,
      output: 100_000,
    });
  }
  await other.fetch();
  const { stdout } = await other.run(["stats", "branches"]);
  expect(stdout).toMatch(/^ {2}<no branch> +\$2\.50/m);
  expect(stdout).toContain(`From ${ago(29).slice(0, 10)} on; --since and --until say otherwise.`);
  expect((await other.run(["stats", "branches", "--since", "90d"])).stdout).toContain("$5.00");
});

test.for([60, 80, 100, 140])(
  "sessions show title, start, project and cost on %i columns, and say what was left out",
  async (width) => {
    const title = "Refund what was paid by gift card, also where the card is used up by now";
    const other = newHome();
    say(other.claude, "-home-dev-storefront", "0efb0e4d-5c37-4461-adeb-16c782e7b74d", {
      ...{ id: "a", at: "2026-03-02T08:10:00Z", model: OPUS, output: 100_000 },
      cwd: "/home/dev/storefront",
    });
    appendFileSync(
      transcriptPath(other.claude, "-home-dev-storefront", "0efb0e4d-5c37-4461-adeb-16c782e7b74d"),
      `${JSON.stringify({ type: "ai-title", aiTitle: title })}\n`,
    );
    await other.fetch();
    const { stdout } = await other.run(["stats", "sessions"], { COLUMNS: `${width}` });
    expect(stdout).toMatch(
      /^ {2}0efb0e4d {2}Refund what .* {2}2026-03-02 08:10 {2}storefront {2}\$2\.50/m,
    );
    expect(stdout).toMatch(/Not shown: .*\(--json\s+has\s+all\)\.$/ms);
  },
);
