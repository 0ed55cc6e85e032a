-- The most expensive sessions last active in the range.
SELECT
  session_id      AS sessionId,
  COALESCE((SELECT name FROM project WHERE slug = project_path), project_path) AS project,
  last_activity   AS lastActivity,
  total_tokens    AS totalTokens,
  total_cost      AS totalCost,
  unpriced_tokens AS unpricedTokens
FROM session_cost
WHERE last_activity BETWEEN :since AND :until
ORDER BY total_cost DESC, total_tokens DESC, session_id
LIMIT :limit;
