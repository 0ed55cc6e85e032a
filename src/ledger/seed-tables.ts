import type { Books } from "./books.ts";

/** The tables that users query are sums of `session_cell`, done by SQL whenever that changes. */

const TOKENS = ["input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens"];
const SUMS = TOKENS.map((name) => `SUM(${name})`).join(", ");
const TOTAL = `SUM(${TOKENS.join(" + ")})`;

/** What has no model is no name of one. */
const HAS_MODEL = `model_name <> '<no model>'`;

/** What has to be summed up again: the days and sessions that some days of sessions are a part of. */
const TOUCHED = `
  CREATE TEMP TABLE touched AS
  SELECT DISTINCT d.date, s.agent, s.machine
  FROM session_day AS d JOIN session AS s ON s.id = d.session
  WHERE d.id IN (SELECT value FROM json_each(@ids))
  UNION
  SELECT subject, agent, machine FROM saved_usage
  WHERE kind = 'day' AND subject IN (SELECT value FROM json_each(@saved))`;

/** Their cells; those of saved reports where no call is known. */
const CELLS = `
  CREATE TEMP TABLE fresh_cell AS
  SELECT d.date, s.agent, m.label AS machine, s.project_path, c.model_name,
    ${TOKENS.map((name) => `SUM(c.${name}) AS ${name}`).join(", ")},
    SUM(c.cost) AS cost, SUM(c.unpriced_tokens) AS unpriced_tokens
  FROM touched AS t
  CROSS JOIN session_day AS d ON d.date = t.date
  JOIN session AS s ON s.id = d.session AND s.agent = t.agent AND s.machine = t.machine
  JOIN machine AS m ON m.id = s.machine
  JOIN session_cell AS c ON c.session_day = d.id
  GROUP BY d.date, s.agent, s.machine, s.project_path, c.model_name
  UNION ALL
  SELECT t.date, t.agent, m.label, json_extract(c.value, '$.project'), json_extract(c.value, '$.model'),
    json_extract(c.value, '$.inputTokens'), json_extract(c.value, '$.outputTokens'),
    json_extract(c.value, '$.cacheCreationTokens'), json_extract(c.value, '$.cacheReadTokens'),
    json_extract(c.value, '$.cost'), json_extract(c.value, '$.unpricedTokens')
  FROM touched AS t
  JOIN saved_usage AS u
    ON u.kind = 'day' AND u.subject = t.date AND u.agent = t.agent AND u.machine = t.machine
  JOIN machine AS m ON m.id = t.machine
  JOIN json_each(u.cells) AS c
  WHERE NOT EXISTS (
    SELECT 1 FROM session_day AS d JOIN session AS s ON s.id = d.session
    WHERE d.date = t.date AND s.agent = t.agent AND s.machine = t.machine
      AND EXISTS (SELECT 1 FROM session_cell WHERE session_day = d.id))`;

const DAYS = `
  DELETE FROM daily_usage WHERE (date, agent, machine) IN (
    SELECT t.date, t.agent, m.label FROM touched AS t JOIN machine AS m ON m.id = t.machine);

  INSERT INTO daily_usage (
    date, agent, machine, ${TOKENS.join(", ")}, total_tokens, total_cost, unpriced_tokens,
    models_used, fetched_at)
  SELECT date, agent, machine, ${SUMS}, ${TOTAL}, SUM(cost), SUM(unpriced_tokens),
    (SELECT json_group_array(model_name) FROM (
      SELECT DISTINCT model_name FROM fresh_cell AS f
      WHERE f.date = c.date AND f.agent = c.agent AND f.machine = c.machine AND ${HAS_MODEL}
      ORDER BY model_name)),
    (SELECT at FROM fetched)
  FROM fresh_cell AS c GROUP BY date, agent, machine;

  INSERT INTO usage_cell (
    date, agent, machine, project_path, model_name, ${TOKENS.join(", ")}, cost, unpriced_tokens)
  SELECT date, agent, machine, project_path, model_name, ${TOKENS.join(", ")}, cost, unpriced_tokens
  FROM fresh_cell;

  INSERT INTO model_breakdown (
    date, agent, machine, model_name, ${TOKENS.join(", ")}, cost, unpriced_tokens, fetched_at)
  SELECT date, agent, machine, model_name, ${SUMS}, SUM(cost), SUM(unpriced_tokens),
    (SELECT at FROM fetched)
  FROM fresh_cell GROUP BY date, agent, machine, model_name;

  INSERT INTO project_usage (
    date, project_path, agent, machine, ${TOKENS.join(", ")}, total_tokens, total_cost,
    unpriced_tokens, models_used, fetched_at)
  SELECT date, project_path, agent, machine, ${SUMS}, ${TOTAL}, SUM(cost), SUM(unpriced_tokens),
    (SELECT json_group_array(model_name) FROM (
      SELECT DISTINCT model_name FROM fresh_cell AS f
      WHERE f.date = c.date AND f.agent = c.agent AND f.machine = c.machine
        AND f.project_path = c.project_path AND ${HAS_MODEL}
      ORDER BY model_name)),
    (SELECT at FROM fetched)
  FROM fresh_cell AS c GROUP BY date, agent, machine, project_path;`;

/** An instant in milliseconds as ISO 8601. */
const iso = (at: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%S', ${at} / 1000, 'unixepoch') || printf('.%03dZ', ${at} % 1000)`;

const SESSIONS = `
  CREATE TEMP TABLE touched_session AS
  SELECT s.session_id, s.agent, s.machine
  FROM session_day AS d JOIN session AS s ON s.id = d.session
  WHERE d.id IN (SELECT value FROM json_each(@ids))
  UNION
  SELECT subject, agent, machine FROM saved_usage
  WHERE kind = 'session' AND subject IN (SELECT value FROM json_each(@saved))`;

/** Of a saved session's cells. */
const sumOf = (name: string): string =>
  `(SELECT SUM(json_extract(value, '$.${name}')) FROM json_each(u.cells))`;

const SESSION_ROWS = `
  DELETE FROM session_usage WHERE (session_id, agent, machine) IN (
    SELECT t.session_id, t.agent, m.label FROM touched_session AS t
    JOIN machine AS m ON m.id = t.machine);

  INSERT INTO session_usage (
    session_id, project_path, agent, machine, ${TOKENS.join(", ")}, total_tokens, total_cost,
    unpriced_tokens, first_activity, last_activity, first_activity_at, last_activity_at,
    models_used, fetched_at)
  SELECT s.session_id, s.project_path, s.agent, m.label, ${SUMS}, ${TOTAL}, SUM(cost),
    SUM(unpriced_tokens), MIN(d.date), MAX(d.date),
    (SELECT ${iso("MIN(at)")} FROM call WHERE session_day IN (
      SELECT id FROM session_day WHERE session = s.id) AND is_replay = 0),
    (SELECT ${iso("MAX(at)")} FROM call WHERE session_day IN (
      SELECT id FROM session_day WHERE session = s.id) AND is_replay = 0),
    (SELECT json_group_array(model_name) FROM (
      SELECT DISTINCT model_name FROM session_day JOIN session_cell ON session_day = id
      WHERE session = s.id AND ${HAS_MODEL} ORDER BY model_name)),
    (SELECT at FROM fetched)
  FROM touched_session AS t
  JOIN session AS s USING (session_id, agent, machine)
  JOIN machine AS m ON m.id = s.machine
  JOIN session_day AS d ON d.session = s.id
  JOIN session_cell AS c ON c.session_day = d.id
  GROUP BY s.id;

  INSERT OR IGNORE INTO session_usage (
    session_id, project_path, agent, machine, ${TOKENS.join(", ")}, total_tokens, total_cost,
    unpriced_tokens, first_activity, last_activity, first_activity_at, last_activity_at,
    models_used, fetched_at)
  SELECT u.subject, u.project_path, u.agent, m.label,
    ${["inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens"].map(sumOf).join(", ")},
    u.total_tokens, ${sumOf("cost")}, ${sumOf("unpricedTokens")},
    u.first_activity, u.last_activity, u.first_activity_at, u.last_activity_at,
    (SELECT json_group_array(model) FROM (
      SELECT DISTINCT json_extract(value, '$.model') AS model FROM json_each(u.cells)
      WHERE model <> '<no model>' ORDER BY model)),
    u.saved_at
  FROM touched_session AS t
  JOIN saved_usage AS u
    ON u.kind = 'session' AND u.subject = t.session_id AND u.agent = t.agent AND u.machine = t.machine
  JOIN machine AS m ON m.id = u.machine;`;

/** What has changed, so that the sums of it have to be made again. */
export interface Changed {
  /** Rows of days of sessions. */
  sessionDays: readonly number[];
  /** Dates and session ids of saved reports. */
  saved?: { days: readonly string[]; sessions: readonly string[] };
}

/**
 * Sums up every day and session that something has changed of, within a transaction.
 * @param at what the rows say of when they were fetched: ISO 8601 UTC
 */
export function sumUp(books: Books, { sessionDays, saved }: Changed, at: string): void {
  const ids = JSON.stringify(sessionDays);
  const temporary = ["touched", "touched_session", "fresh_cell", "fetched"];
  for (const table of temporary) books.exec(`DROP TABLE IF EXISTS temp.${table}`);
  books.prepare("CREATE TEMP TABLE fetched AS SELECT ? AS at").run(at);
  books.prepare(TOUCHED).run({ ids, saved: JSON.stringify(saved?.days ?? []) });
  books.exec(CELLS);
  books.exec("CREATE INDEX temp.fresh_cell_by_day ON fresh_cell (date, agent, machine)");
  books.exec(DAYS);
  books.prepare(SESSIONS).run({ ids, saved: JSON.stringify(saved?.sessions ?? []) });
  books.exec(SESSION_ROWS);
  for (const table of temporary) books.exec(`DROP TABLE temp.${table}`);
}
