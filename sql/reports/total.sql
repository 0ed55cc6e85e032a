-- What the whole selection comes to.
SELECT
  COUNT(DISTINCT date)              AS daysWithUsage,
  SUM(cost)                         AS totalCost,
  COALESCE(SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens), 0)
    AS totalTokens,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens
FROM selection
