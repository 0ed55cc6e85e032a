import type { Books } from "../ledger/open.ts";
import type { Source, Spent } from "../usage.ts";
import type { FileGiving } from "./columns.ts";
import { questionIn } from "./query.ts";
import { spreads } from "./spreads.ts";

/** What calls are asked about; null is all. */
export interface CallFilter {
  source: Source;
  /** Local dates, YYYY-MM-DD, both included. */
  since: string | null;
  until: string | null;
  project: string | null;
  /** Any part of a model's name, in any case. */
  model: string | null;
  task: string | null;
  worker: string | null;
  failed: boolean;
}

/** What calls of one kind come to. Times are milliseconds; null where nobody told. */
export interface CallGroup extends Spent {
  by: "all" | "model" | "worker" | "project";
  /** A project's slug, else its name. */
  key: string;
  name: string;
  calls: number;
  failedCalls: number;
  /** All that went in, cached or not. */
  inputTokens: number;
  outputTokens: number;
  averageDurationMs: number | null;
  averageTimeToFirstTokenMs: number | null;
  averageTokensPerSecond: number | null;
  /** 95 of 100 calls took no longer; and of 100, 95 were at least as fast. */
  p95DurationMs: number | null;
  p95TimeToFirstTokenMs: number | null;
  p5TokensPerSecond: number | null;
}

export interface CallRow extends Spent {
  /** ISO 8601 UTC. */
  at: string;
  source: Source;
  project: string | null;
  model: string;
  worker: string | null;
  task: string | null;
  sessionId: string | null;
  isSuccess: 0 | 1;
  error: string | null;
  statusCode: number | null;
  attempts: number | null;
  inputTokens: number;
  outputTokens: number;
  durationMs: number | null;
  timeToFirstTokenMs: number | null;
}

type Sums = Pick<
  CallGroup,
  "by" | "key" | "name" | "calls" | "failedCalls" | "inputTokens" | "outputTokens" | keyof Spent
>;

/** What is asked of a project, a model and a worker, wherever these are columns. */
function limitsOf({ project, model, worker }: CallFilter): string[] {
  return [
    ...(project === null
      ? []
      : [
          `(project = :project OR project IN (
            SELECT slug FROM project WHERE lower(:project) IN (lower(slug), lower(path), lower(name))))`,
        ]),
    ...(model === null ? [] : ["instr(lower(model), lower(:model)) > 0"]),
    ...(worker === null ? [] : ["worker = :worker"]),
  ];
}

/** What is asked of the rows of `call_log`: they are of one source, as two may tell of the same calls. */
function conditionsOf(filter: CallFilter): string {
  return [
    "source = :source AND date BETWEEN :since AND :until",
    ...limitsOf(filter),
    ...(filter.task === null ? [] : ["task = :task"]),
    ...(filter.failed ? ["is_success = 0"] : []),
  ].join(" AND ");
}

/** The calls that are asked about, for questions that go by `chosen`. */
function chosen(filter: CallFilter): string {
  return `WITH chosen AS (SELECT * FROM call_log WHERE ${conditionsOf(filter)})`;
}

/** What they sum up to, for questions that go by `summed`: what apps record is summed by day, model, project and worker. */
function summed(filter: CallFilter): string {
  const { source, task, failed } = filter;
  if (source !== "apps" || task !== null || failed) {
    return `${chosen(filter)}, summed AS (
      SELECT *, is_call AS calls, is_call = 1 AND is_success = 0 AS failed_calls FROM chosen)`;
  }
  const conditions = ["date BETWEEN :since AND :until", ...limitsOf(filter)];
  return `WITH summed AS (
    SELECT *, input_tokens + cache_creation_tokens + cache_read_tokens AS tokens_in,
      output_tokens AS tokens_out
    FROM recorded_cell WHERE ${conditions.join(" AND ")})`;
}

type Parameters = Record<string, string | number | null>;

function ask<Row>(
  books: Books,
  file: FileGiving<Row>,
  filter: CallFilter,
  { begins, ...more }: Parameters & { begins: string },
): Row[] {
  return books.prepare<Parameters, Row>(`${begins} SELECT * FROM (${questionIn(file)})`).all({
    ...filter,
    failed: filter.failed ? 1 : 0,
    ...{ since: filter.since ?? "0000-01-01", until: filter.until ?? "9999-12-31" },
    ...more,
  });
}

/** What calls come to in all, by model, worker and project; empty where there are none. */
export function readCallGroups(books: Books, filter: CallFilter): CallGroup[] {
  const sums = ask<Sums>(books, "calls/groups.sql", filter, { begins: summed(filter) });
  if (sums.length === 0) return [];
  const cells =
    filter.source === "apps"
      ? ask<TimedCells>(books, "calls/recorded_times.sql", filter, { begins: "" })
      : ask<TimedCells>(books, "calls/times.sql", filter, { begins: chosen(filter) });
  const lists = cells.map(({ times, ...cell }) => ({
    groups: groupsOf(cell),
    times: timesIn(times),
  }));
  const spreadOf = (metric: Metric, share: number) =>
    spreads(
      lists.map(({ groups, times }) => ({ groups, values: metric(times) })),
      share,
    );
  const durations = spreadOf(({ duration }) => duration, 0.95);
  const firsts = spreadOf(({ first }) => first, 0.95);
  const speeds = spreadOf(({ speed }) => speed, 0.05);
  return sums.map((group) => {
    const key = keyOf(group.by, group.key);
    return {
      ...group,
      averageDurationMs: durations.get(key)?.average ?? null,
      averageTimeToFirstTokenMs: firsts.get(key)?.average ?? null,
      averageTokensPerSecond: speeds.get(key)?.average ?? null,
      p95DurationMs: durations.get(key)?.percentile ?? null,
      p95TimeToFirstTokenMs: firsts.get(key)?.percentile ?? null,
      p5TokensPerSecond: speeds.get(key)?.percentile ?? null,
    };
  });
}

/** The newest calls, or the slowest. */
export function readCalls(
  books: Books,
  filter: CallFilter,
  { slow, limit }: { slow: boolean; limit: number },
): CallRow[] {
  const more = { begins: chosen(filter), slow: slow ? 1 : 0, limit };
  return ask<CallRow>(books, "calls/list.sql", filter, more);
}

/** The calls of one model, worker and project. */
interface Cell {
  model: string;
  worker: string;
  project: string;
}

/** @property times JSON: a list of duration, time to the first token (milliseconds or null) and tokens out. */
type TimedCells = Cell & { times: string };

/** How long the calls of a cell took, as far as it was told: milliseconds, and tokens a second. */
interface Times {
  duration: number[];
  first: number[];
  speed: number[];
}

type Metric = (times: Times) => readonly number[];

function timesIn(json: string): Times {
  const calls: [durationMs: number | null, firstMs: number | null, tokens: number][] =
    JSON.parse(json);
  const times: Times = { duration: [], first: [], speed: [] };
  for (const [duration, first, tokens] of calls) {
    if (duration !== null) times.duration.push(duration);
    if (first !== null) times.first.push(first);
    if (duration !== null && duration > 0 && tokens > 0) {
      times.speed.push((tokens * 1000) / duration);
    }
  }
  return times;
}

function keyOf(by: string, name: string): string {
  return `${by} ${name}`;
}

/** The groups that a cell is a part of. */
function groupsOf({ model, worker, project }: Cell): string[] {
  return [
    ...[keyOf("all", ""), keyOf("model", model), keyOf("project", project)],
    ...(worker === "" ? [] : [keyOf("worker", worker)]),
  ];
}
