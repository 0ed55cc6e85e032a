-- The most expensive sessions last active in the span.
WITH top AS (
  SELECT session_id, project_path, last_activity, total_tokens, total_cost, unpriced_tokens
  FROM session_cost
  WHERE last_activity BETWEEN :since AND :until AND :machine IN ('', machine)
  ORDER BY total_cost DESC, total_tokens DESC, session_id
  LIMIT :limit
)
SELECT
  session_id                    AS sessionId,
  COALESCE(name, project_path)  AS project,
  last_activity                 AS lastActivity,
  total_tokens                  AS totalTokens,
  total_cost                    AS totalCost,
  unpriced_tokens               AS unpricedTokens
FROM top
LEFT JOIN project ON slug = project_path
ORDER BY total_cost DESC, total_tokens DESC, session_id;
