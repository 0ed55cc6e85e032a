import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome, seedTables, type Home } from "./support/home.ts";
import { fillEveryTable } from "./support/every-table.ts";
import { PRICED, say, UNPRICED, type Message } from "./support/transcripts.ts";

const HAIKU = "claude-haiku-4-5-20251001";

/** USD per million tokens: input, output, cache creation, cache read. */
const prices = new Map([
  [PRICED, [3, 15, 3.75, 0.3]],
  [HAIKU, [1, 5, 1.25, 0.1]],
]);

interface Usage extends Required<
  Pick<Message, "id" | "at" | "model" | "input" | "output" | "cacheCreation" | "cacheRead">
> {
  machine: string;
  project: string;
  session: string;
}

/**
 * Two machines, six weeks across a year's end, with gaps. One session and one project are on both
 * machines; the 1st of January has nothing with a price, the 20th nothing but output.
 */
const history: Usage[] = [
  on("desk", "-app", "both", "2024-12-28", PRICED, [0, 100_000, 0, 0]),
  on("desk", "-app", "both", "2024-12-30", PRICED, [10_000, 20_000, 30_000, 40_000]),
  on("desk", "-web", "desk-web", "2024-12-30", HAIKU, [1000, 2000, 3000, 4000]),
  on("lap", "-app", "both", "2024-12-30", PRICED, [500, 600, 700, 800]),
  on("lap", "-api", "lap-api", "2025-01-01", UNPRICED, [11, 22, 33, 44]),
  on("desk", "-web", "desk-web", "2025-01-05", PRICED, [0, 50_000, 0, 150_000]),
  on("desk", "-web", "desk-web", "2025-01-06", HAIKU, [100_000, 0, 0, 0]),
  on("desk", "-web", "desk-web", "2025-01-06", UNPRICED, [1, 2, 3, 4]),
  on("lap", "-app", "lap-app", "2025-01-06", PRICED, [100_000, 10_000, 0, 0]),
  on("lap", "-app", "lap-app", "2025-01-06", UNPRICED, [5, 6, 7, 8]),
  on("lap", "-app", "lap-app", "2025-01-20", PRICED, [0, 150_000, 0, 0]),
  on("lap", "-api", "lap-api", "2025-02-01", HAIKU, [0, 0, 160_000, 90_000]),
];

function on(
  machine: string,
  project: string,
  session: string,
  date: string,
  model: string,
  [input, output, cacheCreation, cacheRead]: [number, number, number, number],
): Usage {
  const id = [machine, session, date, model].join("-");
  const at = `${date}T10:00:00.000Z`;
  return { machine, project, session, id, at, model, input, output, cacheCreation, cacheRead };
}

/** The history, each machine's part fetched into the same books. */
async function fetchHistory(): Promise<Home> {
  const home = newHome();
  for (const { machine, project, session, ...message } of history) {
    say(join(home.folder, machine), project, session, message);
  }
  for (const machine of ["desk", "lap"]) await fetchAs(home, machine);
  return home;
}

let fetched: Promise<Buffer> | undefined;

/** The rows a query finds in the history, which is fetched once: a home goes with its test, not these. */
async function query<Row>(sql: string): Promise<Row[]> {
  fetched ??= fetchHistory().then(({ db }) => readFileSync(db));
  const books = new Database(await fetched);
  try {
    return books.prepare<[], Row>(sql).all();
  } finally {
    books.close();
  }
}

async function fetchAs(home: Home, machine: string): Promise<void> {
  const { exitCode, stderr } = await home.run(["fetch", "--offline", "--machine", machine], {
    CLAUDE_CONFIG_DIR: join(home.folder, machine),
  });
  expect(exitCode, stderr).toBe(0);
}

const dateOf = ({ at }: Usage): string => at.slice(0, 10);

function total(usages: Usage[], tokens: (usage: Usage) => number): number {
  return usages.reduce((sum, usage) => sum + tokens(usage), 0);
}

function costOf({ model, input, output, cacheCreation, cacheRead }: Usage): number {
  const price = prices.get(model) ?? [];
  return [input, output, cacheCreation, cacheRead].reduce(
    (sum, tokens, kind) => sum + (tokens * (price[kind] ?? 0)) / 1_000_000,
    0,
  );
}

const tokensOf = ({ input, output, cacheCreation, cacheRead }: Usage): number =>
  input + output + cacheCreation + cacheRead;

/** Sums of floats differ in the last digits by the order they are made in. */
const roughly = (value: number): unknown => expect.closeTo(value, 9);

/** What every view says about the usage that falls into one of its rows. */
function figures(usages: Usage[]): Record<string, unknown> {
  const isPriced = usages.some(({ model }) => prices.has(model));
  return {
    input_tokens: total(usages, ({ input }) => input),
    output_tokens: total(usages, ({ output }) => output),
    cache_creation_tokens: total(usages, ({ cacheCreation }) => cacheCreation),
    cache_read_tokens: total(usages, ({ cacheRead }) => cacheRead),
    total_tokens: total(usages, tokensOf),
    total_cost: isPriced ? roughly(total(usages, costOf)) : null,
    unpriced_tokens: total(
      usages.filter(({ model }) => !prices.has(model)),
      tokensOf,
    ),
  };
}

function datesOf(usages: Usage[]): string[] {
  return [...new Set(usages.map(dateOf))].toSorted();
}

/** The history in groups, in the order of their names. */
function groups(nameOf: (usage: Usage) => string): [name: string, usages: Usage[]][] {
  return [...Map.groupBy(history, nameOf)].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Days since 1970, which was a Thursday. */
const dayNumber = (date: string): number => Date.parse(date) / 86_400_000;

test("daily_cost is each day over all machines", async () => {
  const rows = await query("SELECT * FROM daily_cost ORDER BY date");
  expect(rows).toEqual(groups(dateOf).map(([date, usages]) => ({ date, ...figures(usages) })));
  expect(rows).toHaveLength(7);
  expect(rows[2]).toMatchObject({ date: "2025-01-01", total_cost: null, unpriced_tokens: 110 });
  expect(rows[4]).toMatchObject({ date: "2025-01-06", unpriced_tokens: 36 });
});

test("weekly_cost begins weeks on Monday, and one crosses the year's end", async () => {
  const mondayOf = (usage: Usage): string => {
    const day = dayNumber(dateOf(usage));
    const monday = day - ((day + 3) % 7);
    return new Date(monday * 86_400_000).toISOString().slice(0, 10);
  };
  const rows = await query<{ week: string }>("SELECT * FROM weekly_cost ORDER BY week");
  expect(rows).toEqual(
    groups(mondayOf).map(([week, usages]) => ({
      week,
      days_with_usage: datesOf(usages).length,
      ...figures(usages),
    })),
  );
  expect(rows.map(({ week }) => week)).toEqual([
    ...["2024-12-23", "2024-12-30", "2025-01-06", "2025-01-20", "2025-01-27"],
  ]);
  expect(rows[1]).toMatchObject({ days_with_usage: 3 });
});

test("monthly_cost adds up the days of each month", async () => {
  const rows = await query("SELECT * FROM monthly_cost ORDER BY month");
  expect(rows).toEqual(
    groups((usage) => dateOf(usage).slice(0, 7)).map(([month, usages]) => ({
      month,
      days_with_usage: datesOf(usages).length,
      ...figures(usages),
    })),
  );
  expect(rows).toMatchObject([
    { month: "2024-12", days_with_usage: 2 },
    { month: "2025-01", days_with_usage: 4 },
    { month: "2025-02", days_with_usage: 1 },
  ]);
});

test("cumulative_cost counts the days off in its seven-day average, and starts with fewer", async () => {
  const rows = await query("SELECT * FROM cumulative_cost ORDER BY date");
  const days = groups(dateOf);
  const first = dayNumber("2024-12-28");
  const spent = (since: number, until: number): number =>
    total(
      history.filter((usage) => {
        const day = dayNumber(dateOf(usage));
        return since <= day && day <= until;
      }),
      costOf,
    );
  const unpriced = (since: number, until: number): number =>
    days
      .filter(([date]) => since <= dayNumber(date) && dayNumber(date) <= until)
      .reduce((sum, [, usages]) => sum + Number(figures(usages)["unpriced_tokens"]), 0);
  expect(rows).toEqual(
    days.map(([date, usages]) => {
      const day = dayNumber(date);
      return {
        date,
        total_cost: figures(usages)["total_cost"],
        unpriced_tokens: unpriced(day, day),
        cumulative_unpriced_tokens: unpriced(first, day),
        seven_day_unpriced_tokens: unpriced(day - 6, day),
        thirty_day_unpriced_tokens: unpriced(day - 29, day),
        month_to_date_unpriced_tokens: unpriced(dayNumber(`${date.slice(0, 7)}-01`), day),
        cumulative_cost: roughly(spent(first, day)),
        seven_day_average: roughly(spent(day - 6, day) / Math.min(7, day - first + 1)),
        thirty_day_average: roughly(spent(day - 29, day) / Math.min(30, day - first + 1)),
        // Nothing with a known price yet is unknown, not free.
        month_to_date_cost:
          date === "2025-01-01" ? null : roughly(spent(dayNumber(`${date.slice(0, 7)}-01`), day)),
      };
    }),
  );

  // The same by hand, for the days that nothing with a price or little was used on.
  expect(rows[0]).toMatchObject({ cumulative_cost: 1.5, seven_day_average: 1.5 });
  expect(rows[2]).toMatchObject({
    date: "2025-01-01",
    seven_day_average: roughly((1.5 + 0.4545 + 0.01515 + 0.013365) / 5),
    month_to_date_cost: null,
  });
  expect(rows[5]).toMatchObject({ date: "2025-01-20", seven_day_average: roughly(2.25 / 7) });
  expect(rows[6]).toMatchObject({
    date: "2025-02-01",
    seven_day_average: roughly(0.209 / 7),
    month_to_date_cost: roughly(0.209),
  });
});

test("model_cost is each model over all days and machines", async () => {
  const rows = await query("SELECT * FROM model_cost ORDER BY model_name");
  expect(rows).toEqual(
    groups(({ model }) => model).map(([model_name, usages]) => ({
      model_name,
      days_with_usage: datesOf(usages).length,
      ...figures(usages),
      first_date: datesOf(usages)[0],
      last_date: datesOf(usages).at(-1),
    })),
  );
  expect(rows).toMatchObject([
    { model_name: HAIKU, days_with_usage: 3 },
    { model_name: PRICED, days_with_usage: 5 },
    { model_name: UNPRICED, total_cost: null, unpriced_tokens: 146 },
  ]);
});

test("project_cost is each project over all days and machines", async () => {
  const rows = await query("SELECT * FROM project_cost ORDER BY project_path");
  expect(rows).toEqual(
    groups(({ project }) => project).map(([project_path, usages]) => ({
      project_path,
      name: project_path,
      path: null,
      days_with_usage: datesOf(usages).length,
      ...figures(usages),
      first_date: datesOf(usages)[0],
      last_date: datesOf(usages).at(-1),
    })),
  );
  // Both machines worked on -app on the 30th: one day.
  expect(rows).toMatchObject([
    { project_path: "-api", days_with_usage: 2 },
    { project_path: "-app", days_with_usage: 4, first_date: "2024-12-28", last_date: "2025-01-20" },
    { project_path: "-web", days_with_usage: 3 },
  ]);
});

test("session_cost keeps the sessions of two machines apart, even under one id", async () => {
  const rows = await query("SELECT * FROM session_cost ORDER BY session_id, machine");
  expect(rows).toEqual(
    groups(({ session, machine }) => `${session} ${machine}`).map(([name, usages]) => {
      const [session_id, machine] = name.split(" ");
      const models = new Set(usages.map(({ model }) => model));
      return {
        session_id,
        project_path: usages[0]?.project,
        first_activity: datesOf(usages)[0],
        last_activity: datesOf(usages).at(-1),
        last_activity_at: usages.at(-1)?.at,
        ...figures(usages),
        models_used: JSON.stringify([...models].toSorted()),
        agent: "claude",
        machine,
        title: null,
        started_at: usages[0]?.at,
        duration_minutes:
          (Date.parse(usages.at(-1)?.at ?? "") - Date.parse(usages[0]?.at ?? "")) / 60_000,
        ...{ branch: null, told_cost: null, told_has_unknown_cost: null },
      };
    }),
  );
  expect(rows).toMatchObject([
    { session_id: "both", machine: "desk", last_activity: "2024-12-30" },
    { session_id: "both", machine: "lap", total_tokens: 2600 },
    { session_id: "desk-web" },
    { session_id: "lap-api" },
    { session_id: "lap-app" },
  ]);
});

test("cache_efficiency is the part read from the cache, and nothing on a day without input", async () => {
  const rows = await query("SELECT * FROM cache_efficiency ORDER BY date");
  expect(rows).toEqual(
    groups(dateOf).map(([date, usages]) => {
      const read = total(usages, ({ cacheRead }) => cacheRead);
      const all = total(usages, (usage) => tokensOf(usage) - usage.output);
      return {
        date,
        input_tokens: total(usages, ({ input }) => input),
        cache_creation_tokens: total(usages, ({ cacheCreation }) => cacheCreation),
        cache_read_tokens: read,
        hit_rate: all === 0 ? null : roughly(read / all),
      };
    }),
  );
  expect(rows).toMatchObject([
    { date: "2024-12-28", hit_rate: null },
    { date: "2024-12-30", hit_rate: roughly(44_800 / 90_000) },
    { date: "2025-01-01", hit_rate: 0.5 },
    { date: "2025-01-05", hit_rate: 1 },
    { date: "2025-01-06" },
    { date: "2025-01-20", hit_rate: null },
    { date: "2025-02-01", hit_rate: 0.36 },
  ]);
});

test("whichever way the usage is sliced, it adds up to daily_usage", async () => {
  const home = newHome();
  const until = new Date("2025-01-10T18:00:00Z");
  const shape = { ...shapes.demo, days: 14, sessionsPerDay: 4, until };
  for (const [machine, seed] of [
    ["desk", 11],
    ["lap", 12],
  ] as const) {
    writeTranscripts(join(home.folder, machine), { ...shape, seed });
  }
  // Tokens of no model and of a model without a price are part of it.
  const at = "2025-01-02T10:00:00Z";
  say(join(home.folder, "lap"), "-app", "odd", { id: "a", at, model: "<synthetic>" });
  say(join(home.folder, "lap"), "-app", "odd", { id: "b", at, model: UNPRICED });
  for (const machine of ["desk", "lap"]) await fetchAs(home, machine);

  const kinds = ["input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens"];
  const sums = (columns: string[], table: string): Record<string, number> => {
    const list = columns.map((column) => `SUM(${column}) AS ${column}`).join(", ");
    return home.query<Record<string, number>>(`SELECT ${list} FROM ${table}`)[0] ?? {};
  };
  const columns = [...kinds, "total_tokens", "total_cost", "unpriced_tokens"];
  const { total_cost, ...tokens } = sums(columns, "daily_usage");
  expect(tokens).toMatchObject({ unpriced_tokens: 220 });
  expect(total_cost).toBeGreaterThan(1);
  for (const part of ["usage_cell", "model_breakdown"]) {
    const { cost, ...parts } = sums([...kinds, "cost", "unpriced_tokens"], part);
    expect(tokens, part).toMatchObject(parts);
    expect(cost, part).toBeCloseTo(total_cost ?? 0, 6);
  }
  for (const view of ["daily_cost", "weekly_cost", "monthly_cost", "model_cost", "project_cost"]) {
    expect(sums(columns, view), view).toEqual({
      ...tokens,
      total_cost: expect.closeTo(total_cost ?? 0, 6),
    });
  }
  for (const view of ["branch_cost", "hour_cost", "block_cost"]) {
    const byCall = sums(columns, view);
    expect(byCall, view).toEqual({ ...tokens, total_cost: expect.closeTo(total_cost ?? 0, 6) });
  }
  const cached = kinds.filter((kind) => kind !== "output_tokens");
  expect(sums(cached, "cache_efficiency")).toEqual(sums(cached, "daily_usage"));
  expect(
    home.query("SELECT cumulative_cost FROM cumulative_cost ORDER BY date DESC LIMIT 1"),
  ).toEqual([{ cumulative_cost: expect.closeTo(total_cost ?? 0, 6) }]);
});

/** The queries of the tracker whose tables these books carry on, word for word. */
const original = {
  lastWeek: `SELECT date, total_tokens, total_cost
FROM daily_usage
WHERE date >= date('now', '-7 days')
ORDER BY date DESC;`,
  byModel: `SELECT model_name, SUM(cost) as total_cost, SUM(input_tokens + output_tokens) as direct_tokens
FROM model_breakdown
GROUP BY model_name
ORDER BY total_cost DESC;`,
  mostExpensiveSessions: `SELECT session_id, total_cost, total_tokens, last_activity
FROM session_usage
ORDER BY total_cost DESC
LIMIT 10;`,
  trend: `SELECT date, total_cost,
  SUM(total_cost) OVER (ORDER BY date) as cumulative_cost
FROM daily_usage
ORDER BY date DESC;`,
};

test("the queries of the original tracker run as printed and find the same", async () => {
  const home = newHome();
  const now = new Date().toISOString();
  say(home.claude, "-app", "old", { id: "a", at: "2025-03-03T10:00:00Z", output: 100_000 });
  say(home.claude, "-app", "old", { id: "b", at: "2025-03-04T10:00:00Z", model: HAIKU, output: 9 });
  say(home.claude, "-app", "new", { id: "c", at: now, input: 0, output: 20_000 });
  await home.fetch();
  const today = now.slice(0, 10);
  expect(home.query(original.lastWeek)).toEqual([
    { date: today, total_tokens: 20_000, total_cost: roughly(0.3) },
  ]);
  expect(home.query(original.byModel)).toEqual([
    { model_name: PRICED, total_cost: roughly(1.80003), direct_tokens: 120_010 },
    { model_name: HAIKU, total_cost: roughly(0.000055), direct_tokens: 19 },
  ]);
  expect(home.query(original.mostExpensiveSessions)).toEqual([
    {
      session_id: "old",
      total_cost: roughly(1.500085),
      total_tokens: 100_029,
      last_activity: "2025-03-04",
    },
    { session_id: "new", total_cost: roughly(0.3), total_tokens: 20_000, last_activity: today },
  ]);
  expect(home.query(original.trend)).toEqual([
    { date: today, total_cost: roughly(0.3), cumulative_cost: roughly(1.800085) },
    { date: "2025-03-04", total_cost: roughly(0.000055), cumulative_cost: roughly(1.500085) },
    { date: "2025-03-03", total_cost: roughly(1.50003), cumulative_cost: roughly(1.50003) },
  ]);
});

test("the tables have every column of the original tracker's", async () => {
  const home = newHome();
  await home.fetch();
  const columnsOf = (table: string): string[] =>
    home
      .query<{ name: string }>("SELECT name FROM pragma_table_info(?)", table)
      .map(({ name }) => name);
  const tokens = ["input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens"];
  const totals = [...tokens, "total_tokens", "total_cost", "models_used", "fetched_at"];
  const wanted: Record<string, string[]> = {
    daily_usage: ["date", ...totals],
    model_breakdown: ["date", "model_name", ...tokens, "cost", "fetched_at"],
    session_usage: ["session_id", ...totals, "last_activity", "project_path"],
  };
  for (const [table, columns] of Object.entries(wanted)) {
    expect(columnsOf(table), table).toEqual(expect.arrayContaining(columns));
  }
});

const inTheBooks = `SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name`;

test("every view answers on empty books", async () => {
  const home = newHome();
  await home.fetch();
  const views = home
    .query<{ name: string; type: string }>(inTheBooks)
    .filter(({ type }) => type === "view");
  expect(views.map(({ name }) => name)).toEqual([
    ...["api_bill", "block_cost", "branch_cost", "cache_efficiency", "cache_rate", "cache_savings"],
    ...["call_day", "call_error", "call_hour", "call_log", "call_model"],
    ...[
      "call_usage",
      "call_worker",
      "cell_rate",
      "cumulative_cost",
      "daily_cost",
      "hour_cost",
      "kept_usage",
    ],
    ...["model_cost", "model_rate", "monthly_cost", "plan_limit_peak", "project_cost"],
    ...["recorded_usage", "session_cost", "session_day_usage", "spending", "weekly_cost"],
  ]);
  const asked = views.filter(({ name }) => name !== "model_rate");
  for (const { name } of asked) expect(home.query(`SELECT * FROM ${name}`), name).toEqual([]);
});

const hasSqlite = spawnSync("sqlite3", ["--version"]).status === 0;

test.skipIf(!hasSqlite)("the sqlite3 command reads every table and view", async () => {
  const home = newHome();
  await fillEveryTable(home);
  const sqlite3 = async (sql: string): Promise<unknown> => {
    // Not the developer's .sqliterc either.
    const { stdout } = await execa("sqlite3", ["-readonly", "-json", home.db, sql], {
      env: home.env,
      extendEnv: false,
    });
    return stdout === "" ? [] : JSON.parse(stdout);
  };
  const names = home.query<{ name: string }>(inTheBooks).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...seedTables, "import_run", "weekly_cost"]));
  for (const name of names) {
    const columns = home.query("SELECT 1 FROM pragma_table_info(?)", name);
    const order = columns.map((_, index) => index + 1).join(", ");
    const sql = `SELECT * FROM ${name} ORDER BY ${order}`;
    const rows = home.query<Record<string, unknown>>(sql);
    expect(rows.length, name).toBeGreaterThan(0);
    const wanted = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          // The command prints fewer digits than there are.
          typeof value === "number" && !Number.isInteger(value)
            ? expect.closeTo(value, Math.abs(value) > 1e9 ? 1 : 6)
            : value,
        ]),
      ),
    );
    expect(await sqlite3(sql), name).toEqual(wanted);
  }
  expect(await sqlite3("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  expect(await sqlite3("PRAGMA foreign_key_check")).toEqual([]);
});
