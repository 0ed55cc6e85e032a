-- Some calls one by one: the newest first, or the slowest.
SELECT
  at,
  source,
  COALESCE((SELECT name FROM project WHERE slug = chosen.project), project) AS project,
  model,
  worker,
  task,
  session_id             AS sessionId,
  is_success             AS isSuccess,
  error,
  status_code            AS statusCode,
  attempts,
  tokens_in              AS inputTokens,
  tokens_out             AS outputTokens,
  cost                   AS totalCost,
  unpriced_tokens        AS unpricedTokens,
  duration_ms            AS durationMs,
  time_to_first_token_ms AS timeToFirstTokenMs
FROM chosen
WHERE is_call = 1
ORDER BY CASE WHEN :slow = 1 THEN duration_ms ELSE at_ms END DESC, at_ms DESC
LIMIT :limit;
