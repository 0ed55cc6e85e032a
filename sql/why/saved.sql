-- What do saved ccusage reports tell of a date or a session? It only counts where no call is known.
SELECT
  m.label AS machine,
  u.agent,
  u.saved_at                                          AS savedAt,
  u.project_path                                      AS projectPath,
  u.first_activity                                    AS firstDate,
  u.last_activity                                     AS lastDate,
  u.total_tokens                                      AS totalTokens,
  (SELECT SUM(json_extract(value, '$.cost')) FROM json_each(u.cells))           AS totalCost,
  (SELECT COALESCE(SUM(json_extract(value, '$.unpricedTokens')), 0) FROM json_each(u.cells))
    AS unpricedTokens,
  NOT EXISTS (
    SELECT 1 FROM part AS p
    WHERE p.agent = u.agent AND p.machine = u.machine
      AND EXISTS (SELECT 1 FROM session_cell WHERE session_day = p.id)
  ) AS counts
FROM saved_usage AS u
JOIN machine AS m ON m.id = u.machine
WHERE u.kind = :kind AND u.subject = :subject
ORDER BY m.label, u.agent;
