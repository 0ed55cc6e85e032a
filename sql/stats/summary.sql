-- What was used in the range, by kind.
SELECT
  MIN(date)                               AS firstDate,
  MAX(date)                               AS lastDate,
  COUNT(*)                                AS daysWithUsage,
  COALESCE(SUM(input_tokens), 0)          AS inputTokens,
  COALESCE(SUM(output_tokens), 0)         AS outputTokens,
  COALESCE(SUM(cache_creation_tokens), 0) AS cacheCreationTokens,
  COALESCE(SUM(cache_read_tokens), 0)     AS cacheReadTokens,
  COALESCE(SUM(total_tokens), 0)          AS totalTokens,
  SUM(total_cost)                         AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0)       AS unpricedTokens
FROM daily_cost
WHERE date BETWEEN :since AND :until;
