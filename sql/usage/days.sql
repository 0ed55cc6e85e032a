-- Each day: its cost, the running total from :begins on, and the average of the last 7 and 30 calendar days
-- (since the books began, where that is less). Of each figure the tokens without a price that it leaves out.
SELECT *
FROM (
  SELECT
    date,
    SUM(cost) AS totalCost,
    SUM(SUM(CASE WHEN date >= :begins THEN cost END)) OVER (ORDER BY date) AS cumulativeCost,
    SUM(SUM(cost)) OVER seven_days
      / MIN(7, julianday(date) - julianday(first_date) + 1) AS sevenDayAverage,
    SUM(SUM(cost)) OVER thirty_days
      / MIN(30, julianday(date) - julianday(first_date) + 1) AS thirtyDayAverage,
    SUM(input_tokens)          AS inputTokens,
    SUM(output_tokens)         AS outputTokens,
    SUM(cache_creation_tokens) AS cacheCreationTokens,
    SUM(cache_read_tokens)     AS cacheReadTokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
    SUM(unpriced_tokens)       AS unpricedTokens,
    SUM(SUM(CASE WHEN date >= :begins THEN unpriced_tokens END)) OVER (ORDER BY date)
      AS unpricedTokensSoFar,
    SUM(SUM(unpriced_tokens)) OVER seven_days  AS sevenDayUnpricedTokens,
    SUM(SUM(unpriced_tokens)) OVER thirty_days AS thirtyDayUnpricedTokens
  FROM selection, (SELECT MIN(date) AS first_date FROM daily_usage)
  GROUP BY date
  WINDOW
    seven_days AS (ORDER BY julianday(date) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW),
    thirty_days AS (ORDER BY julianday(date) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW)
)
WHERE date >= :begins
