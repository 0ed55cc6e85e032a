-- What the selection comes to.
SELECT
  MIN(date)                               AS firstDate,
  MAX(date)                               AS lastDate,
  COUNT(DISTINCT date)                    AS daysWithUsage,
  COALESCE(SUM(input_tokens), 0)          AS inputTokens,
  COALESCE(SUM(output_tokens), 0)         AS outputTokens,
  COALESCE(SUM(cache_creation_tokens), 0) AS cacheCreationTokens,
  COALESCE(SUM(cache_read_tokens), 0)     AS cacheReadTokens,
  COALESCE(SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens), 0)
    AS totalTokens,
  SUM(cost)                               AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0)       AS unpricedTokens,
  CAST(SUM(cache_read_tokens) AS REAL)
    / NULLIF(SUM(input_tokens + cache_creation_tokens + cache_read_tokens), 0) AS hitRate
FROM selection;
