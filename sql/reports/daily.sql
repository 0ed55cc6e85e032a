-- Each day: its cost, the running total from :since on, and the mean of the last 7 and 30 calendar days
-- (since the books began, where that is less).
SELECT *
FROM (
  SELECT
    date,
    SUM(cost) AS totalCost,
    SUM(SUM(CASE WHEN date >= :since THEN cost END)) OVER (ORDER BY date) AS cumulativeCost,
    SUM(SUM(cost)) OVER (ORDER BY julianday(date) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW)
      / MIN(7, julianday(date) - julianday(first_date) + 1) AS sevenDayMean,
    SUM(SUM(cost)) OVER (ORDER BY julianday(date) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW)
      / MIN(30, julianday(date) - julianday(first_date) + 1) AS thirtyDayMean,
    SUM(input_tokens)          AS inputTokens,
    SUM(output_tokens)         AS outputTokens,
    SUM(cache_creation_tokens) AS cacheCreationTokens,
    SUM(cache_read_tokens)     AS cacheReadTokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
    SUM(unpriced_tokens)       AS unpricedTokens
  FROM selection, (SELECT MIN(date) AS first_date FROM daily_usage)
  GROUP BY date
)
WHERE date >= :since
