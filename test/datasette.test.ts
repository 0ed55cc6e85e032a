import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { billRows } from "./support/bill-rows.ts";
import { recordedRows } from "./support/recorded-rows.ts";
import { newHome, root, type Home } from "./support/home.ts";
import {
  PRICED,
  say,
  sweep,
  transcriptLine,
  transcriptPath,
  UNPRICED,
} from "./support/transcripts.ts";

const HAIKU = "claude-haiku-4-5-20251001";

const column = z.string().min(1);

/** What both generations of Datasette know; anything else is a slip of the pen. */
const tableSettings = z.strictObject({
  description: z.string().optional(),
  columns: z.record(column, z.string().regex(/\S/)).optional(),
  sort: column.optional(),
  sort_desc: column.optional(),
  size: z.int().positive().optional(),
  facets: z.array(z.union([column, z.strictObject({ array: column })])).optional(),
  facet_size: z.int().positive().optional(),
  label_column: column.optional(),
  hidden: z.literal(true).optional(),
});

const querySettings = z.strictObject({
  title: z.string().endsWith("?"),
  description: z.string().min(1),
  hide_sql: z.literal(true).optional(),
  sql: z.string().min(1),
});

const settings = z.strictObject({
  title: z.string(),
  description: z.string(),
  databases: z.strictObject({
    usage: z.strictObject({
      description: z.string(),
      tables: z.record(z.string(), tableSettings),
      queries: z.record(z.string(), querySettings),
    }),
  }),
});

const text = readFileSync(join(root, "sql", "datasette.yml"), "utf8");

// Datasette reads YAML 1.1, in which a date or a bare `no` is no text.
const { tables, queries } = settings.parse(parse(text, { version: "1.1" })).databases.usage;

const visible = Object.entries(tables).filter(([, { hidden }]) => hidden !== true);

let home: Home;

/**
 * Three projects and five days, one of which grew later, a branch, a model without a price,
 * and a transcript that went.
 */
beforeAll(async () => {
  home = newHome({ after: afterAll });
  const app = { cwd: "/home/dev/app" };
  const web = { cwd: "/home/dev/my.web" };
  const none = { input: 0, output: 0 };
  const onBranch = transcriptLine("s-app", {
    ...{ ...app, ...none, id: "a", at: "2026-10-05T10:00:00Z", output: 100_000 },
  });
  say(home.claude, "-home-dev-app", "s-app");
  appendFileSync(
    transcriptPath(home.claude, "-home-dev-app", "s-app"),
    `${JSON.stringify({ ...JSON.parse(onBranch), gitBranch: "feature/pay" })}\n`,
  );
  say(
    home.claude,
    "-home-dev-app",
    "s-app",
    { ...app, ...none, id: "b", at: "2026-11-02T10:00:00Z", output: 20_000 },
    { ...app, ...none, id: "c", at: "2026-11-02T11:00:00Z", model: HAIKU, output: 10_000 },
  );
  await home.fetch();
  const cached = { cacheCreation: 50_000, cacheRead: 100_000 };
  say(home.claude, "-home-dev-my-web", "s-web", {
    ...{ ...web, ...none, ...cached, id: "d", at: "2026-11-02T12:00:00Z" },
  });
  say(home.claude, "-home-dev-my-web", "s-gone", {
    ...{ ...web, ...none, id: "e", at: "2026-11-10T10:00:00Z", output: 40_000 },
  });
  say(home.claude, "-odd", "s-odd", {
    ...{ id: "f", at: "2026-11-20T10:00:00Z", model: UNPRICED },
    ...{ input: 10, output: 20, cacheRead: 50 },
  });
  await home.fetch();
  sweep(home.claude, "-home-dev-my-web", "s-gone");
  await home.fetch();
  await home.run(["budget", "set", "day", "--amount", "10"]);
  const books = new Database(home.db);
  books.exec(`
    INSERT INTO budget_event VALUES ('day', '2026-11-20', 'over', 10, 11, 0, '2026-11-20T12:00:00Z');
    INSERT INTO budget_delivery (budget, period_start, level, threshold, channel)
    VALUES ('day', '2026-11-20', 'over', 10, 'me');
    INSERT INTO plan_limit (machine, name, seen_at, date, used_percent, resets_at)
    SELECT id, 'five_hour', '2026-11-20T12:00:00Z', '2026-11-20', 42, '2026-11-20T15:00:00Z'
    FROM machine;
    ${billRows};
    ${recordedRows}`);
  books.close();
});

/** The columns of a table or view, in its order, also those that are derived. */
function columnsOf(name: string): string[] {
  return home
    .query<{ name: string }>("SELECT name FROM pragma_table_xinfo(?)", name)
    .map((found) => found.name);
}

test("every table and view of the books is described or hidden, and nothing else is", () => {
  const inTheBooks = home.query<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
  );
  expect(Object.keys(tables).toSorted()).toEqual(inTheBooks.map(({ name }) => name).toSorted());
  expect(visible.filter(([, { description }]) => description === undefined)).toEqual([]);
  const hidden = Object.keys(tables).filter((name) => tables[name]?.hidden);
  expect(hidden).toEqual([
    ...["access_token", "audit", "branch", "call", "client_version", "cost_state", "counted_with"],
    ...["recorded_call", "recorded_content", "recorded_part", "saved_usage", "session_cell"],
    ...["session_day", "transcript", "unpriced_model"],
  ]);
});

test("every column is described, in the order of the table, and no other", () => {
  for (const [name, { columns }] of visible) {
    expect(Object.keys(columns ?? {}), name).toEqual(columnsOf(name));
  }
});

test("columns of money, tokens and time say their unit", () => {
  const units: [RegExp, RegExp][] = [
    [/^told_has_/, /^1 if .* else 0$/],
    [/_nano_usd$/, /^Billionths of a US dollar/],
    [/^cost_type$/, /^tokens, /],
    [/cost|savings|premium/, /^US dollars/],
    [/_tokens$/, /^Tokens/],
    [/_at$/, /^Instant .*UTC/],
    [/^(first_|last_)?(date|activity)$|^week$/, /YYYY-MM-DD/],
  ];
  for (const [table, { columns = {} }] of visible) {
    for (const [name, description] of Object.entries(columns)) {
      const unit = units.find(([pattern]) => pattern.test(name))?.[1];
      if (unit !== undefined) expect(description, `${table}.${name}`).toMatch(unit);
    }
  }
});

// A facet or a sort on a column that is not there turns the whole table's page into an error.
test("every sort, facet and label is a column, and every facet finds something", () => {
  for (const [name, { sort, sort_desc, facets = [], label_column }] of visible) {
    const columns = columnsOf(name);
    expect([sort, sort_desc].filter(Boolean), name).toHaveLength(1);
    const plain = facets.filter((facet) => typeof facet === "string");
    const arrays = facets.flatMap((facet) => (typeof facet === "string" ? [] : [facet.array]));
    const named = [sort, sort_desc, label_column, ...plain, ...arrays].filter(
      (each) => each !== undefined,
    );
    expect(columns, name).toEqual(expect.arrayContaining(named));
    for (const facet of plain) {
      const sql = `SELECT ${facet} FROM ${name} WHERE ${facet} IS NOT NULL`;
      expect(home.query(sql).length, `${name} by ${facet}`).toBeGreaterThan(0);
    }
    for (const facet of arrays) {
      const sql = `SELECT DISTINCT j.value FROM ${name} AS t, json_each(t.${facet}) AS j`;
      expect(home.query(sql), `${name} by ${facet}`).toContainEqual({ value: PRICED });
      const broken = `SELECT 1 FROM ${name} WHERE ${facet} IS NULL OR json_type(${facet}) <> 'array'`;
      expect(home.query(broken), `${name} by ${facet}`).toEqual([]);
    }
  }
});

// A view that gives the same row twice would count it once.
test("every row of a view with a facet on an array is told from the others", () => {
  const faceted = visible.filter(([, { facets = [] }]) =>
    facets.some((facet) => typeof facet !== "string"),
  );
  for (const [name, { columns = {} }] of faceted) {
    const key = ["date", "session_id", "project_path", "machine"].filter((each) => each in columns);
    const twice = `SELECT 1 FROM ${name} GROUP BY ${key.join(", ")} HAVING COUNT(*) > 1`;
    expect(key.length, name).toBeGreaterThan(1);
    expect(home.query(twice), name).toEqual([]);
  }
});

// Datasette 0.65 hides tables, though no views, by the beginning of a name.
test("no hidden name begins the name of a table that is to be seen", () => {
  const inTheBooks = home.query<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table'",
  );
  const seen = inTheBooks.filter(({ name }) => tables[name]?.hidden !== true);
  expect(seen.length).toBeGreaterThan(5);
  const hidden = Object.keys(tables).filter((name) => tables[name]?.hidden);
  for (const start of hidden) {
    expect(
      seen.filter(({ name }) => name.startsWith(start)),
      start,
    ).toEqual([]);
  }
});

test("the settings are plain ASCII", () => {
  expect(text).toMatch(/^[\n -~]*$/);
});

const roughly = (value: number): unknown => expect.closeTo(value, 9);

/** What each query is asked with, and what it then finds. */
interface Asked {
  with: Record<string, string>;
  finds: unknown[];
}

const [app, web] = [
  { project: "app", path: "/home/dev/app" },
  { project: "my.web", path: "/home/dev/my.web" },
];

const appInNovember = {
  ...{ ...app, date: "2026-11-02", total_tokens: 30_000, unpriced_tokens: 0 },
  ...{ total_cost: roughly(0.35), month_to_date_cost: roughly(0.35) },
};

const appInOctober = {
  ...{ ...app, date: "2026-10-05", total_tokens: 100_000, unpriced_tokens: 0 },
  ...{ total_cost: roughly(1.5), month_to_date_cost: roughly(1.5) },
};

const savedOnWeb = {
  ...{ ...web, net_savings: roughly(0.2325), read_savings: roughly(0.27) },
  ...{ write_premium: roughly(0.0375), tokens_without_rate: 0 },
};

const keptOfWeb = {
  ...{ date: "2026-11-10", project: "my.web", total_tokens: 40_000 },
  ...{ total_cost: roughly(0.6), unpriced_tokens: 0 },
};

const unheardOf = {
  ...{ model_name: UNPRICED, first_date: "2026-11-20", last_date: "2026-11-20" },
  ...{ days_with_usage: 1, unpriced_tokens: 80 },
};

const mostExpensive = [
  { session_id: "s-app", project: "app", last_activity: "2026-11-02", total_cost: roughly(1.85) },
  { session_id: "s-gone", project: "my.web", total_cost: roughly(0.6) },
  { session_id: "s-web", project: "my.web", total_cost: roughly(0.2175) },
  { session_id: "s-odd", project: "-odd", total_cost: null, unpriced_tokens: 80 },
];

const onPay = {
  ...{ week: "2026-10-05", branch: "feature/pay", project: "app", calls: 1, sessions: 1 },
  ...{ total_tokens: 100_000, total_cost: roughly(1.5), unpriced_tokens: 0 },
};

const sinceNovember = { since: "2026-11-01", until: "" };

const asked: Record<string, Asked[]> = {
  cost_between_dates: [
    {
      with: { since: "", until: "" },
      finds: [
        {
          ...{ first_date: "2026-10-05", last_date: "2026-11-20", days_with_usage: 4 },
          ...{ total_tokens: 320_080, total_cost: roughly(2.6675), unpriced_tokens: 80 },
        },
      ],
    },
    {
      with: { since: "2026-11-02", until: "2026-11-10" },
      finds: [
        {
          ...{ first_date: "2026-11-02", last_date: "2026-11-10", days_with_usage: 2 },
          ...{ total_tokens: 220_000, total_cost: roughly(1.1675), unpriced_tokens: 0 },
        },
      ],
    },
    { with: sinceNovember, finds: [{ total_cost: roughly(1.1675), unpriced_tokens: 80 }] },
    { with: { since: "", until: "2026-10-31" }, finds: [{ total_cost: roughly(1.5) }] },
  ],
  project_month: [
    {
      with: { project: "", month: "" },
      finds: [
        { date: "2026-11-20", project: "-odd", path: null, total_cost: null, unpriced_tokens: 80 },
        { ...web, date: "2026-11-10", month_to_date_cost: roughly(0.8175) },
        appInNovember,
        { ...web, date: "2026-11-02", total_cost: roughly(0.2175) },
      ],
    },
    { with: { project: "app", month: "" }, finds: [appInNovember] },
    { with: { project: "/home/dev/app", month: "2026-10" }, finds: [appInOctober] },
    { with: { project: "-home-dev-app", month: "2026-10" }, finds: [appInOctober] },
    { with: { project: "", month: "2026-10" }, finds: [appInOctober] },
    { with: { project: "unheard of", month: "" }, finds: [] },
  ],
  project_models: [
    {
      with: { project: "", since: "", until: "" },
      finds: [
        { ...app, model_name: PRICED, days_with_usage: 2, total_cost: roughly(1.8) },
        { ...web, model_name: PRICED, days_with_usage: 2, total_cost: roughly(0.8175) },
        { ...app, model_name: HAIKU, total_tokens: 10_000, total_cost: roughly(0.05) },
        { project: "-odd", path: null, model_name: UNPRICED, total_cost: null },
      ],
    },
    {
      with: { project: "app", ...sinceNovember },
      finds: [
        { ...app, model_name: PRICED, days_with_usage: 1, total_cost: roughly(0.3) },
        { ...app, model_name: HAIKU, total_cost: roughly(0.05) },
      ],
    },
    {
      with: { project: "/home/dev/my.web", since: "", until: "2026-11-02" },
      finds: [{ ...web, total_tokens: 150_000, total_cost: roughly(0.2175) }],
    },
  ],
  days_above: [
    {
      with: { dollars: "" },
      finds: [{ date: "2026-10-05" }, { date: "2026-11-10" }, { date: "2026-11-02" }],
    },
    {
      with: { dollars: "0.58" },
      finds: [
        { date: "2026-10-05", total_cost: roughly(1.5), total_tokens: 100_000, unpriced_tokens: 0 },
        { date: "2026-11-10", total_cost: roughly(0.6), total_tokens: 40_000 },
      ],
    },
    { with: { dollars: "$1.10" }, finds: [{ date: "2026-10-05" }] },
    // As text it would be less than 2.
    { with: { dollars: "10" }, finds: [] },
  ],
  most_expensive_sessions: [
    { with: { project: "", since: "", until: "" }, finds: mostExpensive },
    {
      with: { project: "my.web", since: "2026-11-03", until: "" },
      finds: [
        {
          ...{ session_id: "s-gone", last_activity: "2026-11-10", total_tokens: 40_000 },
          ...{ models_used: JSON.stringify([PRICED]), unpriced_tokens: 0 },
        },
      ],
    },
    {
      with: { project: "", since: "", until: "2026-11-02" },
      finds: [{ session_id: "s-app" }, { session_id: "s-web" }],
    },
  ],
  session_models: [
    {
      with: { session: "" },
      finds: [{ session_id: "s-odd", project: "-odd", model_name: UNPRICED, cost: null }],
    },
    {
      with: { session: "s-app" },
      finds: [
        {
          ...{ session_id: "s-app", project: "app", model_name: PRICED },
          ...{ total_tokens: 120_000, cost: roughly(1.8), unpriced_tokens: 0 },
        },
        { session_id: "s-app", model_name: HAIKU, total_tokens: 10_000, cost: roughly(0.05) },
      ],
    },
    // Its transcript is gone.
    { with: { session: "s-gone" }, finds: [{ project: "my.web", cost: roughly(0.6) }] },
  ],
  session_calls: [
    {
      with: { session: "" },
      finds: [{ session_id: "s-odd", model_name: UNPRICED, cost: null, unpriced_tokens: 80 }],
    },
    {
      with: { session: "s-app" },
      finds: [
        { at: "2026-11-02T11:00:00.000Z", model_name: HAIKU, branch: null, cost: roughly(0.05) },
        { at: "2026-11-02T10:00:00.000Z", model_name: PRICED, branch: null, cost: roughly(0.3) },
        {
          ...{ session_id: "s-app", at: "2026-10-05T10:00:00.000Z", model_name: PRICED },
          ...{ branch: "feature/pay", subagent: null, machine: "test-machine" },
          ...{ input_tokens: 0, output_tokens: 100_000, cache_creation_tokens: 0 },
          ...{ cache_read_tokens: 0, total_tokens: 100_000, unpriced_tokens: 0 },
          cost: roughly(1.5),
        },
      ],
    },
    { with: { session: "s-gone" }, finds: [{ cost: roughly(0.6) }] },
    { with: { session: "unheard of" }, finds: [] },
  ],
  branch_by_week: [
    {
      with: { branch: "", since: "", until: "" },
      finds: [
        { week: "2026-11-16", project: "-odd", total_cost: null, unpriced_tokens: 80 },
        { week: "2026-11-09", project: "my.web", total_cost: roughly(0.6) },
        { week: "2026-11-02", branch: null, project: "app", calls: 2, total_cost: roughly(0.35) },
        { week: "2026-11-02", project: "my.web", total_cost: roughly(0.2175) },
        onPay,
      ],
    },
    { with: { branch: "Pay", since: "", until: "" }, finds: [onPay] },
    { with: { branch: "pay", ...sinceNovember }, finds: [] },
    { with: { branch: "", since: "2026-11-20", until: "" }, finds: [{ week: "2026-11-16" }] },
    { with: { branch: "", since: "", until: "2026-11-01" }, finds: [onPay] },
  ],
  hour_of_day: [
    {
      with: { since: "", until: "" },
      finds: [
        {
          ...{ hour: 10, calls: 4, total_tokens: 160_080, unpriced_tokens: 80 },
          ...{ total_cost: roughly(2.4), monday: roughly(1.8), tuesday: roughly(0.6) },
          ...{ wednesday: null, friday: null, sunday: null },
        },
        { hour: 11, monday: roughly(0.05), tuesday: null },
        { hour: 12, calls: 1, total_cost: roughly(0.2175), monday: roughly(0.2175) },
      ],
    },
    {
      with: { since: "2026-11-03", until: "2026-11-19" },
      finds: [{ hour: 10, calls: 1, total_cost: roughly(0.6), monday: null }],
    },
    { with: { since: "", until: "2026-10-31" }, finds: [{ hour: 10, monday: roughly(1.5) }] },
  ],
  what_rose: [
    {
      // The last day is the 20th of November.
      with: { since: "", until: "" },
      finds: [
        { what: "project", name: "-odd", total_cost: null, rise: 0, unpriced_tokens: 80 },
        {
          what: "project",
          name: "my.web",
          total_cost: null,
          cost_before: roughly(0.6),
          rise: roughly(-0.6),
        },
        { what: "model", name: UNPRICED, rise: 0 },
        { what: "model", name: PRICED, rise: roughly(-0.6) },
      ],
    },
    {
      with: { since: "2026-11-02", until: "2026-11-08" },
      finds: [
        {
          what: "project",
          name: "app",
          total_cost: roughly(0.35),
          cost_before: null,
          rise: roughly(0.35),
        },
        { what: "project", name: "my.web", rise: roughly(0.2175) },
        { what: "model", cost_before: null },
        { what: "model", cost_before: null },
      ],
    },
    { with: { since: "2030-01-01", until: "" }, finds: [] },
  ],
  model_months: [
    {
      with: { model: "" },
      finds: [
        { month: "2026-11", model_name: PRICED, total_cost: roughly(1.1175) },
        { month: "2026-11", model_name: HAIKU, total_cost: roughly(0.05) },
        { month: "2026-11", model_name: UNPRICED, total_cost: null, unpriced_tokens: 80 },
        { month: "2026-10", model_name: PRICED, share_of_month: 1 },
      ],
    },
    {
      with: { model: "Haiku" },
      finds: [
        {
          ...{ month: "2026-11", model_name: HAIKU, total_tokens: 10_000, unpriced_tokens: 0 },
          ...{ total_cost: roughly(0.05), share_of_month: roughly(0.05 / 1.1675) },
        },
      ],
    },
  ],
  kept_of_deleted_transcripts: [
    { with: { since: "", until: "" }, finds: [keptOfWeb] },
    { with: { since: "2026-11-10", until: "2026-11-10" }, finds: [keptOfWeb] },
    { with: { since: "2026-11-11", until: "" }, finds: [] },
    { with: { since: "", until: "2026-11-09" }, finds: [] },
  ],
  cache_savings_by_project: [
    {
      with: { since: "", until: "" },
      finds: [savedOnWeb, { project: "-odd", net_savings: null, tokens_without_rate: 50 }],
    },
    { with: { since: "2026-11-02", until: "2026-11-02" }, finds: [savedOnWeb] },
    { with: { since: "2026-11-21", until: "" }, finds: [] },
  ],
  usage_without_price: [
    { with: { since: "", until: "" }, finds: [unheardOf] },
    { with: { since: "2026-11-20", until: "2026-11-20" }, finds: [unheardOf] },
    { with: { since: "", until: "2026-11-19" }, finds: [] },
  ],
  bill_by_month: [
    {
      with: { workspace: "" },
      finds: [{ month: "2026-11", reported_use: 0.5, unpriced_tokens: 0, billed: 1.2345 }],
    },
    { with: { workspace: "platform" }, finds: [] },
    { with: { workspace: "default" }, finds: [{ month: "2026-11", billed: 1.2345 }] },
  ],
  api_key_use: [
    {
      with: { since: "", until: "" },
      finds: [{ api_key: "the builder", workspace: "default", estimated_cost: 0.5 }],
    },
    { with: { since: "2026-11-21", until: "" }, finds: [] },
    { with: { since: "", until: "2026-11-19" }, finds: [] },
  ],
};

test("every query is asked below, with every parameter empty at first", () => {
  expect(Object.keys(asked)).toEqual(Object.keys(queries));
  expect(Object.keys(queries).length).toBeGreaterThanOrEqual(8);
  for (const [name, { sql }] of Object.entries(queries)) {
    // How Datasette finds the parameters that it shows fields for.
    const parameters = new Set([...sql.matchAll(/:(\w+)/g)].map((match) => match[1]));
    for (const each of asked[name] ?? []) {
      expect(new Set(Object.keys(each.with)), name).toEqual(parameters);
    }
    expect(parameters.size, name).toBeGreaterThan(0);
    expect(Object.values(asked[name]?.[0]?.with ?? {}).join(""), name).toBe("");
  }
});

test("the README lists every query, its question and what it asks for", () => {
  const readme = readFileSync(join(root, "docs/reference.md"), "utf8");
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| (.+?\?) +\| (`.+`) +\|$/gm)];
  expect(rows.map(([, name, title, parameters]) => [name, title, parameters])).toEqual(
    Object.entries(queries).map(([name, { title }]) => [
      name,
      title,
      Object.keys(asked[name]?.[0]?.with ?? {})
        .map((parameter) => `\`${parameter}\``)
        .join(", "),
    ]),
  );
});

// They share their addresses.
test("no query is named like a table or view", () => {
  expect(Object.keys(queries).filter((name) => name in tables)).toEqual([]);
});

test.for(Object.entries(asked))("the query %s finds what is in the books", ([name, askings]) => {
  const sql = queries[name]?.sql ?? "";
  for (const { with: parameters, finds } of askings) {
    const rows = home.query(sql, parameters);
    expect(rows, JSON.stringify(parameters)).toHaveLength(finds.length);
    expect(rows, JSON.stringify(parameters)).toMatchObject(finds);
  }
});

test("a session's models are those that the sessions' table names", () => {
  const named = home.query<{ session_id: string; models_used: string; total_cost: number | null }>(
    "SELECT session_id, models_used, total_cost FROM session_usage ORDER BY session_id",
  );
  expect(named).toHaveLength(4);
  for (const { session_id, models_used, total_cost } of named) {
    const rows = home.query<{ model_name: string; cost: number | null }>(
      queries["session_models"]?.sql ?? "",
      { session: session_id },
    );
    const models = rows.map(({ model_name }) => model_name);
    expect(models.toSorted(), session_id).toEqual(JSON.parse(models_used));
    const cost = rows.reduce((sum, row) => sum + (row.cost ?? 0), 0);
    expect(cost, session_id).toBeCloseTo(total_cost ?? 0, 9);
  }
});

const hasSqlite = spawnSync("sqlite3", ["--version"]).status === 0;

// That it reads every table and view, a test of the views shows.
test.skipIf(!hasSqlite).for(Object.entries(asked))(
  "the sqlite3 command answers %s as well",
  async ([name, askings]) => {
    for (const { with: parameters, finds } of askings) {
      const set = Object.entries(parameters).map(
        ([parameter, value]) => `.parameter set :${parameter} "'${value}'"`,
      );
      const input = [".mode json", ...set, `${queries[name]?.sql};`].join("\n");
      const { stdout, stderr } = await execa("sqlite3", ["-batch", "-readonly", home.db], {
        input,
        env: home.env,
        extendEnv: false,
      });
      expect(stderr).toBe("");
      const rows: unknown = stdout === "" ? [] : JSON.parse(stdout);
      expect(rows, JSON.stringify(parameters)).toHaveLength(finds.length);
      expect(rows, JSON.stringify(parameters)).toMatchObject(finds);
    }
  },
);
