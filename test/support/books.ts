import Database from "better-sqlite3";

import { booksInMemory, type Books } from "../../src/ledger/open.ts";
import type { Expected, Sums } from "./truth.ts";

const TOKENS = "input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens";

let empty: Buffer | undefined;

/** Books that nothing is in yet, and no file holds: a copy, as making the schema takes longer. */
export function emptyBooks(): Books {
  empty ??= booksInMemory().serialize();
  return booksFrom(empty);
}

/** Books as a file would hold them. */
export function booksFrom(bytes: Buffer): Books {
  const books = new Database(bytes);
  books.pragma("foreign_keys = ON");
  return books;
}

/** What the tables show, by the ids of machines. */
export function shownIn(books: Books): Expected {
  const count = (where: string): number =>
    books.prepare<[], number>(`SELECT COUNT(*) FROM call WHERE ${where}`).pluck().get() ?? 0;
  const rows = <T extends unknown[]>(sql: string): T[] => books.prepare<[], T>(sql).raw().all();
  const cells = rows<[string, ...Sums]>(
    `SELECT u.date || ' ' || m.uid || ' ' || u.project_path || ' ' || u.model_name, ${TOKENS}
     FROM usage_cell AS u JOIN machine AS m ON m.label = u.machine`,
  );
  const sessions = rows<[string, string, string, string, ...Sums]>(
    `SELECT m.uid || ' ' || u.session_id, u.project_path, u.first_activity, u.last_activity, ${TOKENS}
     FROM session_usage AS u JOIN machine AS m ON m.label = u.machine`,
  );
  return {
    calls: count("1"),
    counting: count("is_replay = 0"),
    cells: Object.fromEntries(cells.map(([key, ...sums]) => [key, sums])),
    sessions: Object.fromEntries(sessions.map(([key, ...columns]) => [key, columns])),
  };
}

/** Every table by what it says, without ids of rows, how far files were read, and when it was counted. */
const EVERYTHING: Record<string, string> = {
  machine: "SELECT uid, name, label, timezone, changed_at FROM machine",
  project: "SELECT * FROM project",
  session: `SELECT s.session_id, s.agent, m.uid, s.project_path, s.first_seen_at, s.title,
      s.title_seen_at, c.total_cost, c.duration_ms, c.api_duration_ms, c.has_unknown_cost
    FROM session AS s JOIN machine AS m ON m.id = s.machine
    LEFT JOIN cost_state AS c ON c.session = s.id`,
  transcript: `SELECT m.uid, t.path, s.session_id, t.subagent, t.first_seen_at, t.deleted_at
    FROM transcript AS t JOIN machine AS m ON m.id = t.machine JOIN session AS s ON s.id = t.session`,
  session_day: `SELECT s.session_id, m.uid, d.date, d.uncounted, d.differs
    FROM session_day AS d JOIN session AS s ON s.id = d.session JOIN machine AS m ON m.id = s.machine
    WHERE EXISTS (SELECT 1 FROM call WHERE session_day = d.id)`,
  call: `SELECT c.message, c.request, s.session_id, m.uid, d.date, t.path, c.at, model.name AS model,
      c.input_tokens, c.output_tokens, c.cache_creation_5m_tokens, c.cache_creation_1h_tokens,
      c.cache_read_tokens, branch.name AS branch, v.name AS version, c.is_sidechain, c.is_replay,
      c.has_request, c.web_searches, c.speed, c.service_tier, c.line_cost, c.details
    FROM call AS c
    JOIN session_day AS d ON d.id = c.session_day
    JOIN session AS s ON s.id = d.session
    JOIN machine AS m ON m.id = s.machine
    LEFT JOIN transcript AS t ON t.id = c.transcript
    JOIN model ON model.id = c.model
    LEFT JOIN branch ON branch.id = c.branch
    LEFT JOIN client_version AS v ON v.id = c.client_version`,
  telemetry_call: `SELECT t.identity, t.has_request, s.session_id, m.uid, t.at, t.minutes_from_utc, model.name AS model,
      t.input_tokens, t.output_tokens, t.cache_creation_5m_tokens, t.cache_creation_1h_tokens,
      t.cache_read_tokens, t.duration_ms, t.time_to_first_token_ms, t.attempts, t.status,
      t.status_code, t.error, t.effort, q.name AS query_source, t.told_cost
    FROM telemetry_call AS t
    JOIN session AS s ON s.id = t.session
    JOIN machine AS m ON m.id = s.machine
    JOIN model ON model.id = t.model
    LEFT JOIN query_source AS q ON q.id = t.query_source`,
  retention_sweep: `SELECT m.uid, r.at, r.period_days, r.transcripts_deleted
    FROM retention_sweep AS r JOIN machine AS m ON m.id = r.machine`,
  session_cell: `SELECT s.session_id, m.uid, d.date, c.model_name, ${TOKENS}, ROUND(c.cost, 6) AS cost,
      c.unpriced_tokens, c.priced_by
    FROM session_cell AS c JOIN session_day AS d ON d.id = c.session_day
    JOIN session AS s ON s.id = d.session JOIN machine AS m ON m.id = s.machine`,
  saved_usage: `SELECT u.kind, u.subject, u.agent, m.uid, u.project_path, u.first_activity,
      u.last_activity, u.first_activity_at, u.last_activity_at, u.cells, u.total_tokens, u.saved_at
    FROM saved_usage AS u JOIN machine AS m ON m.id = u.machine`,
  revision: `SELECT r.date, r.agent, m.uid, r.revised_at, r.reason, r.detail, r.tokens_before,
      r.tokens_after FROM revision AS r JOIN machine AS m ON m.id = r.machine`,
  budget: "SELECT * FROM budget",
  budget_event: "SELECT * FROM budget_event",
  plan_limit: `SELECT m.uid, plan_limit.name, seen_at, date, used_percent, resets_at
    FROM plan_limit JOIN machine AS m ON m.id = plan_limit.machine`,
  daily_usage: `SELECT date, agent, machine, ${TOKENS}, total_tokens, ROUND(total_cost, 6) AS cost,
      unpriced_tokens, models_used FROM daily_usage`,
  model_breakdown: `SELECT date, agent, machine, model_name, ${TOKENS}, ROUND(cost, 6) AS cost,
      unpriced_tokens FROM model_breakdown`,
  project_usage: `SELECT date, project_path, agent, machine, ${TOKENS}, total_tokens,
      ROUND(total_cost, 6) AS cost, unpriced_tokens, models_used FROM project_usage`,
  usage_cell: `SELECT date, agent, machine, project_path, model_name, ${TOKENS}, ROUND(cost, 6) AS cost,
      unpriced_tokens FROM usage_cell`,
  session_usage: `SELECT session_id, project_path, agent, machine, ${TOKENS}, total_tokens,
      ROUND(total_cost, 6) AS cost, unpriced_tokens, first_activity, last_activity,
      first_activity_at, last_activity_at, models_used FROM session_usage`,
};

/** The tables that say who counted what and when, or what for: nothing that a merge would keep. */
const LEFT_OUT = new Set([
  // What an organisation was billed is merged nowhere: it is pulled.
  ...["api_usage", "api_usage_day", "api_cost", "claude_code_usage", "claude_code_model_usage"],
  ...["api_key", "workspace", "api_organisation", "api_pull"],
  ...["import_run", "counted_with", "unpriced_model", "audit", "cost_state"],
  "budget_delivery",
  ...["model", "branch", "client_version", "query_source", "telemetry_event", "access_token"],
  // What apps record is kept where their server is.
  ...["recorded_cell", "recorded_call", "recorded_part", "recorded_content"],
]);

/** Everything the books say, a line a row. */
export function dumpOf(books: Books): string {
  const tables = books
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all()
    .filter((name) => !LEFT_OUT.has(name) && !name.startsWith("sqlite_"));
  return tables
    .flatMap((table) => {
      const sql = EVERYTHING[table];
      if (sql === undefined) throw new Error(`nobody has said how to compare ${table}`);
      const rows = books.prepare(sql).raw().all();
      return rows.map((row) => `${table} ${JSON.stringify(row)}`).toSorted();
    })
    .join("\n");
}
