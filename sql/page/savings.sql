-- What the cache saved in the span at most, and how many of its tokens are of models whose rates are
-- unknown.
SELECT
  SUM(net_savings) AS netSavings,
  COALESCE(SUM(
    CASE WHEN net_savings IS NULL THEN cache_creation_tokens + cache_read_tokens END
  ), 0)            AS unratedTokens
FROM cache_savings
WHERE date BETWEEN :since AND :until AND :machine IN ('', machine);
