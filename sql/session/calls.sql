-- The most expensive calls of a session.
SELECT
  at,
  model_name                                   AS model,
  branch,
  subagent IS NOT NULL OR is_sidechain = 1     AS isSubagent,
  total_tokens                                 AS totalTokens,
  output_tokens                                AS outputTokens,
  cache_read_tokens                            AS cacheReadTokens,
  cost                                         AS totalCost,
  unpriced_tokens                              AS unpricedTokens
FROM call_usage
WHERE session_id = :session
ORDER BY cost DESC, total_tokens DESC, at
LIMIT :limit;
