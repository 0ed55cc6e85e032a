import type { Books } from "../ledger/open.ts";
import type { Source } from "../usage.ts";
import type { FileGiving, QuestionFile } from "./columns.ts";
import { questionIn } from "./query.ts";

/** What part of the usage is asked about; null is all of it. */
export interface Selection {
  source: Source;
  /** Dates, YYYY-MM-DD, both included. */
  since: string | null;
  until: string | null;
  machine: string | null;
  agent: string | null;
  /** A slug, a path or a name, in any case. */
  project: string | null;
  /** Any part of a model's name, in any case. */
  model: string | null;
  /** The beginning of a session's id. */
  session: string | null;
  branch: string | null;
}

/** Everything. */
export const ALL: Selection = {
  source: "claude-code",
  ...{ since: null, until: null, machine: null, agent: null },
  ...{ project: null, model: null, session: null, branch: null },
};

/** What usage may be divided by, besides days, machines and agents. */
export type Dimension = "project" | "model" | "session" | "branch" | "hour" | "instant";

const COLUMNS: readonly { of: Dimension; name: string }[] = [
  { of: "project", name: "project_path" },
  { of: "model", name: "model_name" },
  { of: "session", name: "session_id" },
  { of: "branch", name: "branch" },
  { of: "hour", name: "hour" },
  { of: "instant", name: "at_ms" },
];

/**
 * The tables and views that hold all usage, each day of it, the smallest first. Reports that were merged are
 * in the first four alone: they tell of no sessions' days.
 */
const TABLES: readonly UsageTable[] = [
  { name: "daily_usage", cost: "total_cost", has: [] },
  { name: "model_breakdown", cost: "cost", has: ["model"] },
  { name: "project_usage", cost: "total_cost", has: ["project"] },
  { name: "usage_cell", cost: "cost", has: ["project", "model"] },
  { name: "session_day_usage", cost: "cost", has: ["project", "model", "session"] },
  {
    name: "call_usage",
    cost: "cost",
    has: ["project", "model", "session", "branch", "hour", "instant"],
  },
];

/** What Anthropic's reports tell, by days and workspaces. */
const REPORTED: readonly UsageTable[] = [
  {
    name: `(SELECT *, '' AS machine, 'anthropic' AS agent, project AS project_path, model AS model_name
      FROM spending WHERE source = 'anthropic')`,
    cost: "cost",
    has: ["project", "model"],
  },
];

/** What apps record of their calls. */
const RECORDED: readonly UsageTable[] = [
  {
    name: `(SELECT *, 'apps' AS agent, 
        CASE project WHEN '' THEN '<no project>' ELSE project END AS project_path,
        CASE model WHEN '' THEN '<no model>' ELSE model END AS model_name FROM recorded_cell)`,
    cost: "cost",
    has: ["project", "model"],
  },
];

const TABLES_OF: Record<Source, readonly UsageTable[]> = {
  "claude-code": TABLES,
  apps: RECORDED,
  anthropic: REPORTED,
};

/** Whether a source tells of all of these. */
export function tells(source: Source, dimensions: readonly Dimension[]): boolean {
  return TABLES_OF[source].some(({ has }) => dimensions.every((one) => has.includes(one)));
}

/**
 * What the questions ask of besides the selection, as another source has it: under the names of the transcripts' tables, which
 * these stand before.
 */
const OVERLAYS: Record<Source, string> = {
  "claude-code": "",
  apps: `
    daily_usage AS (SELECT DISTINCT date, machine, 'apps' AS agent FROM recorded_cell),
    session_cost AS (SELECT * FROM main.session_cost WHERE 0),
    project AS (SELECT * FROM main.project WHERE 0),`,
  anthropic: `
    daily_usage AS (SELECT DISTINCT date, '' AS machine, 'anthropic' AS agent FROM api_usage_day),
    session_cost AS (SELECT * FROM main.session_cost WHERE 0),
    project AS (SELECT * FROM main.project WHERE 0),`,
};

interface UsageTable {
  name: string;
  cost: "cost" | "total_cost";
  has: readonly Dimension[];
}

/** A call that the books do not hold yet, with the columns of `call_usage` that a selection goes by. */
export interface UnkeptCall extends Record<UnkeptColumn, string | number | null> {
  date: string;
}

const UNKEPT_COLUMNS = [
  ...(["date", "machine", "agent", "project_path", "model_name", "session_id", "branch"] as const),
  ...(["input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens"] as const),
  ...(["cost", "unpriced_tokens"] as const),
  // What a project may be called by, as the books may not know it yet.
  ...(["project_name", "project_folder"] as const),
];

type UnkeptColumn = (typeof UNKEPT_COLUMNS)[number];

/** They come as a parameter, in JSON. */
const UNKEPT: UsageTable = {
  name: `(SELECT ${UNKEPT_COLUMNS.map((name) => `value ->> '${name}' AS ${name}`).join(", ")}
    FROM json_each(:unkept))`,
  cost: "cost",
  has: ["project", "model", "session", "branch"],
};

/**
 * What a selection may be limited to besides days, the columns that tell, the first that a table has, and what is asked
 * of it.
 */
const FILTERS: readonly {
  name: Exclude<keyof Selection, "source" | "since" | "until">;
  columns: readonly [string, ...string[]];
  condition: (column: string) => string;
}[] = [
  { name: "machine", columns: ["machine"], condition: (column) => `${column} = :machine` },
  { name: "agent", columns: ["agent"], condition: (column) => `${column} = :agent` },
  {
    name: "project",
    columns: ["project_path", "project"],
    condition: (column) => `(${column} = :project OR ${column} IN (
      SELECT slug FROM project WHERE lower(:project) IN (lower(slug), lower(path), lower(name))))`,
  },
  {
    name: "model",
    columns: ["model_name", "model"],
    condition: (column) => `instr(lower(${column}), lower(:model)) > 0`,
  },
  {
    name: "session",
    columns: ["session_id"],
    // The last character there is sorts after all that may follow.
    condition: (column) => `${column} >= :session AND ${column} < :session || char(1114111)`,
  },
  {
    name: "branch",
    columns: ["branch"],
    condition: (column) => `COALESCE(${column}, '<no branch>') = :branch`,
  },
];

type Limits = Pick<Selection, (typeof FILTERS)[number]["name"]>;

/** What a selection is limited to besides days. */
function limitsOf(selection: Limits): typeof FILTERS {
  return FILTERS.filter(({ name }) => selection[name] !== null);
}

/** Whether it is limited to something besides days. */
export function isPart(selection: Limits): boolean {
  return limitsOf(selection).length > 0;
}

/** Whether it is limited to something besides days, or of another source than the transcripts. */
export function isLimited(selection: Limits & { source: Source }): boolean {
  return selection.source !== ALL.source || isPart(selection);
}

/** What a selection is limited to besides days that a table with these columns cannot tell. */
export function untoldLimits(selection: Selection, columns: readonly string[]): (keyof Limits)[] {
  return limitsOf(selection)
    .filter((limit) => !limit.columns.some((column) => columns.includes(column)))
    .map(({ name }) => name);
}

/** What is asked of the rows of a table with these columns, besides days; its parameters are the selection's. */
export function limitConditions(selection: Selection, columns: readonly string[]): string[] {
  return limitsOf(selection).map((limit) =>
    limit.condition(limit.columns.find((column) => columns.includes(column)) ?? limit.columns[0]),
  );
}

/**
 * The usage that is asked about, from the smallest table that can tell: a query whose columns are the date,
 * machine, agent, project_path, model_name, session_id, branch, hour and at_ms (null where the table has it not),
 * the tokens, cost and unpriced_tokens.
 * @param by what the question divides it by
 */
export function selectionSql(selection: Selection, by: readonly Dimension[]): string {
  const limits = new Set(limitsOf(selection).map(({ columns: [column] }) => column));
  const needed = [...by, ...COLUMNS.filter(({ name }) => limits.has(name)).map(({ of }) => of)];
  const tables = TABLES_OF[selection.source];
  const table = tables.find(({ has }) => needed.every((dimension) => has.includes(dimension)));
  if (table === undefined) throw new Error(`no table of ${selection.source} has ${needed.join()}`);
  return selectionFrom(table, selection);
}

function selectionFrom(table: UsageTable, selection: Selection): string {
  const columns = COLUMNS.map(({ of, name }) =>
    table.has.includes(of) ? name : `NULL AS ${name}`,
  );
  const conditions = [
    "date BETWEEN :since AND :until",
    ...limitsOf(selection).map(({ condition, columns: [column] }) => condition(column)),
  ];
  return `
    SELECT date, machine, agent, ${columns.join(", ")},
      input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens,
      ${table.cost === "cost" ? "cost" : "total_cost AS cost"}, unpriced_tokens
    FROM ${table.name}
    WHERE ${conditions.join(" AND ")}`;
}

/** What every question about a selection may name. */
export function selectionParameters(selection: Selection) {
  return {
    ...selection,
    since: selection.since ?? "0000-01-01",
    until: selection.until ?? "9999-12-31",
  };
}

type Parameters = Record<string, string | number | null>;

interface Asked {
  /** What the question divides the selection by. */
  by?: readonly Dimension[];
  /** What else it names. */
  parameters?: Parameters;
  /** What follows it, such as an order. */
  after?: string;
}

/** Asks a question of `sql/usage/` about a selection. */
export function askUsage<Row>(
  books: Books,
  file: FileGiving<Row>,
  selection: Selection,
  { by = [], parameters = {}, after = "" }: Asked = {},
): Row[] {
  return books
    .prepare<Parameters, Row>(`${answerSql(file, selection, by)} SELECT * FROM answer ${after}`)
    .all({ ...selectionParameters(selection), ...parameters });
}

/** Asks a question that always has one row of calls that the books do not hold yet. */
export function askUnkeptOnce<Row>(
  books: Books,
  file: FileGiving<Row>,
  selection: Selection,
  calls: readonly UnkeptCall[],
): Row {
  const row = books
    .prepare<Parameters, Row>(
      `WITH project AS (
         SELECT slug, path, name FROM main.project
         UNION SELECT value ->> 'project_path', value ->> 'project_folder', value ->> 'project_name'
         FROM json_each(:unkept)
       ),
       selection AS (${selectionFrom(UNKEPT, selection)}) ${questionIn(file)}`,
    )
    .get({ ...selectionParameters(selection), unkept: JSON.stringify(calls) });
  if (row === undefined) throw new Error(`${file} gave no row`);
  return row;
}

/** How many rows an answer has. */
export function countUsage(
  books: Books,
  file: QuestionFile,
  selection: Selection,
  { by = [], parameters = {} }: Omit<Asked, "after"> = {},
): number {
  const count = books
    .prepare<Parameters, number>(`${answerSql(file, selection, by)} SELECT COUNT(*) FROM answer`)
    .pluck()
    .get({ ...selectionParameters(selection), ...parameters });
  return count ?? 0;
}

function answerSql(file: QuestionFile, selection: Selection, by: readonly Dimension[]): string {
  return `
    WITH ${OVERLAYS[selection.source]} selection AS (${selectionSql(selection, by)}),
    answer AS (${questionIn(file)})`;
}

/** The answer to a question that always has exactly one row. */
export function askUsageOnce<Row>(
  books: Books,
  file: FileGiving<Row>,
  selection: Selection,
  asked: Asked = {},
): Row {
  const [row] = askUsage<Row>(books, file, selection, asked);
  if (row === undefined) throw new Error(`${file} gave no row`);
  return row;
}
