-- The sessions with calls since an instant: at what pace, which is told for an hour, and what each has cost in all.
SELECT
  u.session_id                                                                     AS sessionId,
  (
    SELECT s.title
    FROM session AS s
    JOIN machine AS m ON m.id = s.machine
    WHERE m.label = u.machine AND s.session_id = u.session_id AND s.agent = u.agent
  )                                                                                AS title,
  COALESCE((SELECT name FROM project WHERE slug = u.project_path), u.project_path) AS project,
  -- These are of the last call.
  u.branch,
  u.model_name                                                                     AS model,
  u.machine,
  strftime('%Y-%m-%dT%H:%M:%S.000Z', MAX(u.at_ms) / 1000, 'unixepoch')             AS lastCallAt,
  COUNT(*)                                                                         AS calls,
  SUM(u.cost) * 3600000.0 / (:now - :from)                                         AS costPerHour,
  SUM(u.unpriced_tokens)                                                           AS unpricedTokensLately,
  SUM(SUM(u.cost)) OVER () * 3600000.0 / (:now - :from)                            AS costPerHourOfAll,
  SUM(SUM(u.unpriced_tokens)) OVER ()                                              AS unpricedTokensOfAll,
  t.total_cost                                                                     AS totalCost,
  t.unpriced_tokens                                                                AS unpricedTokens
FROM selection AS u
JOIN session_usage AS t
  ON t.session_id = u.session_id AND t.agent = u.agent AND t.machine = u.machine
WHERE u.at_ms BETWEEN :from AND :now
GROUP BY u.session_id, u.agent, u.machine;
