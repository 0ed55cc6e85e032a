-- Cache hit rate of the range: cache reads / (input + cache creation + cache reads).
SELECT
  COALESCE(SUM(input_tokens), 0)          AS inputTokens,
  COALESCE(SUM(cache_creation_tokens), 0) AS cacheCreationTokens,
  COALESCE(SUM(cache_read_tokens), 0)     AS cacheReadTokens,
  CAST(SUM(cache_read_tokens) AS REAL)
    / NULLIF(SUM(input_tokens + cache_creation_tokens + cache_read_tokens), 0) AS hitRate
FROM cache_efficiency
WHERE date BETWEEN :since AND :until;
