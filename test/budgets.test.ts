import Database from "better-sqlite3";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { periodAround, warnThreshold, type Budget } from "../src/budget.ts";
import { checkBudgets } from "../src/budgets/check.ts";
import { dayAt } from "../src/dates.ts";
import { setBudget, type BudgetEvent } from "../src/ledger/budgets.ts";
import { booksInMemory, type Books } from "../src/ledger/open.ts";
import { fetchAt } from "./support/clock.ts";
import { newHome, type Home } from "./support/home.ts";
import { say, UNPRICED } from "./support/transcripts.ts";
import { writeUsage, type UsageCell } from "./support/usage.ts";

/** $5 per million input tokens. */
const OPUS = "claude-opus-4-5-20251101";

/** A call of so many dollars. */
function spend(home: Home, id: string, at: string, usd: number, project = "-dev-shop"): void {
  const input = usd * 200_000;
  say(home.claude, project, `session-${project}`, { id, at, model: OPUS, input, output: 0 });
}

async function budget(home: Home, ...args: string[]) {
  const { exitCode, stdout, stderr } = await home.run(["budget", ...args]);
  return { exitCode, stdout, stderr };
}

async function statusesOf(home: Home): Promise<Record<string, unknown>[]> {
  const { stdout } = await budget(home, "check", "--json");
  return JSON.parse(stdout).statuses;
}

const today = new Date().toISOString().slice(0, 10);

/** A moment of today that has been. */
const earlier = new Date(
  Math.max(Date.parse(`${today}T00:00:00Z`), Date.now() - 60_000),
).toISOString();

describe("the command", () => {
  test("a budget is set, listed, set again and removed", async () => {
    const home = newHome();
    expect(await budget(home, "set", "shop", "--amount", "10")).toMatchObject({
      exitCode: 0,
      stdout: "",
    });
    await budget(
      home,
      "set",
      "all tokens",
      "--amount",
      "2M",
      "--unit",
      "tokens",
      "--period",
      "month",
      "--count-cache",
    );
    await budget(
      home,
      "set",
      "shop",
      "--amount",
      "12.5",
      "--period",
      "week",
      "--project",
      "shop",
      "--warn",
      "50",
    );
    expect((await budget(home, "list")).stdout).toMatchInlineSnapshot(`
      "  Budget                  Limit  Warns at  Of
        all tokens  2M tokens a month       80%  with cache reads
        shop            $12.50 a week       50%  project shop"
    `);
    const { budgets } = JSON.parse((await budget(home, "list", "--json")).stdout);
    expect(budgets).toEqual([
      {
        ...{ name: "all tokens", amount: 2e6, unit: "tokens", period: "month" },
        ...{ warnPercent: 80, countsCache: true, stops: false },
        scope: {
          source: "claude-code",
          project: null,
          model: null,
          branch: null,
          machine: null,
          agent: null,
        },
      },
      {
        ...{ name: "shop", amount: 12.5, unit: "usd", period: "week" },
        ...{ warnPercent: 50, countsCache: false, stops: false },
        scope: {
          source: "claude-code",
          project: "shop",
          model: null,
          branch: null,
          machine: null,
          agent: null,
        },
      },
    ]);
    expect((await budget(home, "remove", "shop")).stderr).toBe("The budget shop is removed.");
    expect((await budget(home, "remove", "shop")).exitCode).toBe(1);
    expect((await budget(home, "list")).stdout).not.toContain("shop");
  });

  test("a budget of a project called claude-code says so", async () => {
    const home = newHome();
    await budget(home, "set", "own", "--amount", "10", "--project", "claude-code");
    expect((await budget(home, "list")).stdout).toMatch(/own .* project claude-code$/m);
  });

  test("a check says how each stands, and ends with 0, 3 or 4", async () => {
    const home = newHome();
    spend(home, "a", earlier, 8.5);
    spend(home, "b", earlier, 1, "-dev-docs");
    await home.fetch();
    await budget(home, "set", "docs", "--amount", "2", "--project=-dev-docs");
    expect(await budget(home)).toMatchObject({ exitCode: 0 });
    await budget(home, "set", "day", "--amount", "10");
    expect(await budget(home, "check")).toMatchObject({ exitCode: 3 });
    await budget(home, "set", "month", "--amount", "9.5", "--period", "month");
    await budget(home, "set", "input", "--amount", "4M", "--unit", "tokens");
    const { exitCode, stdout } = await budget(home, "check");
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/day +\$9\.50 +\$10 a day +95% +███████░ .* warn/);
    expect(stdout).toMatch(/docs +\$1\.00 +\$2 a day +50% +████░░░░ .* ok/);
    expect(stdout).toMatch(/input +1\.9M +4M tokens a day +47% .* ok/);
    expect(stdout).toMatch(/month +\$9\.50 +\$9\.50 a month +100% +████████ .* over/);
    const statuses = await statusesOf(home);
    expect(statuses.map(({ spent, percent, level }) => ({ spent, percent, level }))).toEqual([
      { spent: 9.5, percent: expect.closeTo(95), level: "warn" },
      { spent: 1, percent: expect.closeTo(50), level: "ok" },
      { spent: 1.9e6, percent: expect.closeTo(47.5), level: "ok" },
      { spent: 9.5, percent: 100, level: "over" },
    ]);
  });

  test("cache reads count as tokens only if asked for, and tokens without a price make a sum at least", async () => {
    const home = newHome();
    const call = { at: earlier, model: UNPRICED, input: 100, output: 50, cacheRead: 1000 };
    say(home.claude, "-dev-shop", "session-one", { id: "a", ...call });
    spend(home, "b", earlier, 1);
    await home.fetch();
    const tokens = ["--amount", "1M", "--unit", "tokens"];
    await budget(home, "set", "a", ...tokens);
    await budget(home, "set", "b", ...tokens, "--count-cache");
    await budget(home, "set", "c", "--amount", "10");
    expect(
      (await statusesOf(home)).map(({ spent, unpricedTokens }) => [spent, unpricedTokens]),
    ).toEqual([
      [200_150, 0],
      [201_150, 0],
      [1, 1150],
    ]);
    const { stdout } = await budget(home);
    expect(stdout).toMatch(/c +≥ \$1\.00/);
    expect(stdout).toContain("≥ means at least: some tokens have no known price yet.");
    expect(stdout).toContain(
      "Tokens without cache reads, unless a budget was set with --count-cache.",
    );
  });

  test("days that were never fetched are said, not taken for zero", async () => {
    const home = newHome();
    spend(home, "a", "2026-10-05T10:00:00Z", 1);
    await fetchAt(home, "2026-10-05T12:00:00Z");
    await budget(home, "set", "month", "--amount", "10", "--period", "month");
    expect((await budget(home)).stdout).toContain(
      "What was spent after 2026-10-05 is unknown; run `ccbooks fetch` for it.",
    );
  });

  test("init proposes three that fit, and sets them when told to", async () => {
    const home = newHome();
    for (let day = 1; day <= 20; day++) {
      const at = new Date(Date.now() - day * 86_400_000).toISOString();
      spend(home, `call-${day}`, at, 30);
    }
    await home.fetch();
    const proposed = await budget(home, "init");
    expect(proposed.exitCode).toBe(0);
    expect(proposed.stderr).toContain("Nothing was set; `ccbooks budget init --yes` sets these.");
    expect(JSON.parse((await budget(home, "list", "--json")).stdout)).toEqual({ budgets: [] });
    await budget(home, "set", "weekly", "--amount", "1", "--period", "week");
    await budget(home, "init", "--yes");
    const { budgets } = JSON.parse((await budget(home, "list", "--json")).stdout);
    // $600 in 30 days, half as much again, up to a round number.
    expect(budgets).toMatchObject([
      { name: "daily", amount: 30, unit: "usd", period: "day" },
      { name: "monthly", amount: 900, unit: "usd", period: "month" },
      { name: "weekly", amount: 1, unit: "usd", period: "week" },
    ]);
    expect((await budget(home, "init")).stderr).toContain("All that there is to propose is set");
  });

  test.for<[string[], string]>([
    [["set"], "Missing the budget's name: `ccbooks budget set NAME`."],
    [["set", "x"], "Missing the limit: `ccbooks budget set x --amount 10`."],
    ...["0", "-1", "1e308", "NaN", "Infinity", "ten", "1,000", "99999999999"].map(
      (amount): [string[], string] => [
        ["set", "x", `--amount=${amount}`],
        `--amount takes a number above 0 and up to a billion dollars, such as 10 or 2M, not "${amount}".`,
      ],
    ),
    [["set", "x", "--amount", "1", "--unit", "eur"], '--unit takes usd or tokens, not "eur".'],
    [
      ["set", "x", "--amount", "1", "--period", "year"],
      '--period takes day or week or month, not "year".',
    ],
    [
      ["set", "x", "--amount", "1", "--warn", "0"],
      '--warn takes a percentage above 0 and up to 100, not "0".',
    ],
    [
      ["set", "x", "--amount", "1", "--warn", "101"],
      '--warn takes a percentage above 0 and up to 100, not "101".',
    ],
    [
      ["set", "x", "--amount", "1", "--count-cache"],
      "--count-cache is for tokens: cache reads have their price in dollars.",
    ],
    [
      ["set", "a\r\nBcc: x", "--amount", "1"],
      "A budget's name is at most 60 visible characters, such as storefront-daily.",
    ],
    [
      ["set", "x".repeat(61), "--amount", "1"],
      "A budget's name is at most 60 visible characters, such as storefront-daily.",
    ],
    [["list", "x"], "A name is for `ccbooks budget set`; leave it out here."],
    [["check", "--amount", "1"], "--amount is for `ccbooks budget set`; leave it out here."],
    [
      ["set", "x", "--amount", "1", "--yes"],
      "--yes is for `ccbooks budget init`; leave it out here.",
    ],
    [["chekc"], '`ccbooks budget` cannot "chekc"; did you mean `ccbooks budget check`?'],
  ])("%j is wrong usage, and nothing is set", async ([args, says]) => {
    const home = newHome();
    await home.fetch();
    const { exitCode, stdout, stderr } = await budget(home, ...args);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: `[error] ${says}`,
    });
    expect(home.query("SELECT * FROM budget")).toEqual([]);
  });
});

describe("a fetch", () => {
  /** What it says of budgets. */
  async function said(home: Home, ...flags: string[]): Promise<string[]> {
    const { stderr } = await home.run(["fetch", "--offline", ...flags]);
    return stderr.split("\n").filter((line) => line.includes("Budget "));
  }

  test("says once that a budget is near its limit, and once that it is over", async () => {
    const home = newHome();
    await home.fetch();
    await budget(home, "set", "day", "--amount", "10");
    spend(home, "a", earlier, 5);
    expect(await said(home)).toEqual([]);
    spend(home, "b", earlier, 3.5);
    expect(await said(home, "--quiet")).toEqual([
      "[warn] Budget day is at 85% of $10 today: $8.50; `ccbooks budget check` says more.",
    ]);
    expect(await said(home)).toEqual([]);
    spend(home, "c", earlier, 2);
    expect(await said(home, "--no-check")).toEqual([]);
    const { budgets } = JSON.parse((await home.run(["fetch", "--offline", "--json"])).stdout);
    expect(budgets).toEqual([
      {
        ...{ budget: "day", periodStart: today, level: "over", threshold: 10, spent: 10.5 },
        ...{ unpricedTokens: 0, firedAt: expect.any(String) },
      },
    ]);
    expect(await said(home)).toEqual([]);
    expect(home.query("SELECT level, threshold FROM budget_event ORDER BY threshold")).toEqual([
      { level: "warn", threshold: 8 },
      { level: "over", threshold: 10 },
    ]);
  });

  test("says again what reaches a raised limit, and nothing of a lowered one", async () => {
    const home = newHome();
    spend(home, "a", earlier, 10);
    await home.fetch();
    await budget(home, "set", "day", "--amount", "10");
    expect(await said(home)).toHaveLength(1);
    await budget(home, "set", "day", "--amount", "5");
    expect(await said(home)).toEqual([]);
    await budget(home, "set", "day", "--amount", "12");
    expect(await said(home)).toEqual([expect.stringContaining("at 83% of $12")]);
    spend(home, "b", earlier, 3);
    expect(await said(home)).toEqual([expect.stringContaining("over $12 today: $13.00")]);
  });

  test("is told of by the machine's name, also after that is another", async () => {
    const home = newHome();
    spend(home, "a", earlier, 10);
    await home.fetch();
    await budget(home, "set", "day", "--amount", "10", "--machine", "test-machine");
    await home.run(["machine", "rename", "test-machine", "desk"]);
    expect(await statusesOf(home)).toMatchObject([
      { spent: 10, budget: { scope: { machine: "desk" } } },
    ]);
  });
});

describe("two machines", () => {
  async function withBudget(set: string[][]): Promise<Home> {
    const home = newHome();
    await home.fetch();
    for (const args of set) await budget(home, ...args);
    return home;
  }

  const rows = (home: Home): unknown[] => [
    ...home.query("SELECT * FROM budget"),
    ...home.query("SELECT * FROM budget_event"),
  ];

  test("merged books have the budget that was set last, and no removed one comes back", async () => {
    const a = await withBudget([
      ["set", "day", "--amount", "10"],
      ["set", "gone", "--amount", "1"],
    ]);
    const b = await withBudget([
      ["set", "day", "--amount", "20"],
      ["set", "gone", "--amount", "2"],
      ["remove", "gone"],
    ]);
    for (const [home, other] of [
      [a, b],
      [b, a],
    ] as const) {
      await home.run(["merge", "--offline", other.db]);
    }
    expect(rows(a)).toEqual(rows(b));
    const { budgets } = JSON.parse((await budget(a, "list", "--json")).stdout);
    expect(budgets).toMatchObject([{ name: "day", amount: 20 }]);
  });

  test("what one has said the other does not say again", async () => {
    const a = await withBudget([["set", "day", "--amount", "10"]]);
    spend(a, "a", earlier, 11);
    await a.fetch();
    const b = newHome();
    await b.fetch();
    await b.run(["merge", "--offline", a.db]);
    expect(JSON.parse((await b.run(["fetch", "--offline", "--json"])).stdout).budgets).toEqual([]);
  });

  test("what no ccbooks could have set is not let in", async () => {
    const a = await withBudget([["set", "day", "--amount", "10"]]);
    const books = new Database(a.db);
    books.exec("UPDATE budget SET name = 'day' || char(10) || 'Bcc: x'");
    books.close();
    const b = newHome();
    await b.fetch();
    await b.run(["merge", "--offline", a.db]);
    expect(b.query("SELECT * FROM budget")).toEqual([]);
  });
});

describe("random histories", () => {
  const HOUR = 3_600_000;
  const runs = Number(process.env["CCBOOKS_BUDGET_LIVES"] ?? 300);

  /** Days around which clocks change, a month or a leap day ends, in New York. */
  const starts = ["2026-03-07", "2026-10-31", "2026-11-29", "2028-02-27", "2026-12-30"];
  const timezone = "America/New_York";

  const step = fc.record({
    hours: fc.double({ min: 0.01, max: 40, noNaN: true }),
    cost: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 9, noNaN: true })),
    limit: fc.option(fc.double({ min: 1, max: 30, noNaN: true }), { freq: 5 }),
  });

  /** In place of what was spent: the days are few. */
  function write(books: Books, days: ReadonlyMap<string, number>): void {
    for (const table of ["model_breakdown", "project_usage", "usage_cell", "daily_usage"]) {
      books.exec(`DELETE FROM ${table}`);
    }
    const cells = [...days].map(([date, cost]): UsageCell => ({ date, cost }));
    writeUsage(books, cells);
  }

  test(`each crossing is told once, at the next look, and none that is not (${runs} lives)`, () => {
    let told = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.constantFrom("day", "week", "month"),
        fc.array(step, { minLength: 1, maxLength: 25 }),
        (start, period, steps) => {
          const books = booksInMemory();
          const days = new Map<string, number>();
          const events: BudgetEvent[] = [];
          const own: Budget = {
            ...{
              name: "own",
              amount: 10,
              unit: "usd",
              period,
              warnPercent: 80,
              countsCache: false,
              stops: false,
            },
            scope: {
              source: "claude-code",
              project: null,
              model: null,
              branch: null,
              machine: null,
              agent: null,
            },
          };
          let now = Date.parse(`${start}T12:00:00Z`);
          setBudget(books, own, new Date(now).toISOString());
          for (const { hours, cost, limit } of steps) {
            now += hours * HOUR;
            const { date } = dayAt(now, timezone);
            if (cost > 0) days.set(date, (days.get(date) ?? 0) + cost);
            write(books, days);
            if (limit !== null) {
              own.amount = limit;
              setBudget(books, own, new Date(now).toISOString());
            }
            const { since, until } = periodAround(date, period);
            const spent = [...days]
              .filter(([day]) => since <= day && day <= until)
              .reduce((sum, [, one]) => sum + one, 0);
            const [warnAt, overAt] = [warnThreshold(own), own.amount];
            const level = spent >= overAt ? "over" : spent >= warnAt ? "warn" : null;
            const threshold = level === "over" ? overAt : warnAt;
            const isKnown = events.some(
              (event) =>
                event.level === level &&
                event.threshold >= threshold &&
                (event.periodStart === since || now - Date.parse(event.firedAt) < 24 * HOUR),
            );
            const fired = checkBudgets(books, { timezone, now, channels: [] }).map(
              ({ event }) => event,
            );
            const isDue = level !== null && !isKnown;
            expect(fired).toMatchObject(isDue ? [{ level, threshold, periodStart: since }] : []);
            // Looking again says nothing.
            expect(checkBudgets(books, { timezone, now, channels: [] })).toEqual([]);
            events.push(...fired);
            told += fired.length;
          }
          for (const event of events) expect(event.spent).toBeGreaterThanOrEqual(event.threshold);
          books.close();
        },
      ),
      { numRuns: runs },
    );
    process.stderr.write(`${told} alerts in ${runs} lives of a budget.\n`);
    expect(told).toBeGreaterThan(runs / 2);
  });
});
