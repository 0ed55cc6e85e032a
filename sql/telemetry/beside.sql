-- What was called beside the conversations: calls that telemetry tells of and no transcript holds.
SELECT
  COUNT(*)                          AS calls,
  SUM(cost)                         AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens
FROM call_usage
-- Bare, so that the index of these few is used.
WHERE is_beside AND date BETWEEN :since AND :until;
