-- What was used in the span, and what its days cost on average.
SELECT
  COUNT(DISTINCT date)                           AS daysWithUsage,
  julianday(:until) - julianday(:since) + 1      AS days,
  SUM(input_tokens)                              AS inputTokens,
  SUM(output_tokens)                             AS outputTokens,
  SUM(cache_creation_tokens)                     AS cacheCreationTokens,
  SUM(cache_read_tokens)                         AS cacheReadTokens,
  SUM(total_tokens)                              AS totalTokens,
  SUM(total_cost)                                AS totalCost,
  SUM(unpriced_tokens)                           AS unpricedTokens,
  SUM(total_cost) / (julianday(:until) - julianday(:since) + 1) AS costPerDay,
  CAST(SUM(cache_read_tokens) AS REAL)
    / NULLIF(SUM(input_tokens + cache_creation_tokens + cache_read_tokens), 0) AS hitRate
FROM daily_usage
WHERE date BETWEEN :since AND :until AND :machine IN ('', machine);
