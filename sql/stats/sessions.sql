-- The most expensive sessions last active in the range. The project is looked up for those alone, so that the
-- index is enough to find them.
SELECT
  session_id      AS sessionId,
  (
    SELECT COALESCE(p.name, u.project_path)
    FROM session_usage AS u
    LEFT JOIN project AS p ON p.slug = u.project_path
    WHERE u.session_id = s.session_id AND u.agent = s.agent AND u.machine = s.machine
  )               AS project,
  last_activity   AS lastActivity,
  total_tokens    AS totalTokens,
  total_cost      AS totalCost,
  unpriced_tokens AS unpricedTokens
FROM session_cost AS s
WHERE last_activity BETWEEN :since AND :until
ORDER BY total_cost DESC, total_tokens DESC, session_id
LIMIT :limit;
