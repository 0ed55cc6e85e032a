-- Each day, week (by its Monday) or month of the selection, those without usage too: what it cost, what it
-- has come to since the selection began, the tokens by kind and the cache's hit rate.
WITH RECURSIVE day (date) AS (
  SELECT :since
  UNION ALL
  SELECT date(date, '+1 day') FROM day WHERE date < :until
),
used AS (
  SELECT
    date,
    SUM(input_tokens)          AS input_tokens,
    SUM(output_tokens)         AS output_tokens,
    SUM(cache_creation_tokens) AS cache_creation_tokens,
    SUM(cache_read_tokens)     AS cache_read_tokens,
    SUM(cost)                  AS cost,
    SUM(unpriced_tokens)       AS unpriced_tokens
  FROM selection
  GROUP BY date
),
period AS (
  SELECT
    CASE :grain
      WHEN 'week' THEN date(day.date, 'weekday 0', '-6 days')
      WHEN 'month' THEN date(day.date, 'start of month')
      ELSE day.date
    END                                     AS start,
    COUNT(*)                                AS days,
    COUNT(used.date)                        AS days_with_usage,
    COALESCE(SUM(input_tokens), 0)          AS input_tokens,
    COALESCE(SUM(output_tokens), 0)         AS output_tokens,
    COALESCE(SUM(cache_creation_tokens), 0) AS cache_creation_tokens,
    COALESCE(SUM(cache_read_tokens), 0)     AS cache_read_tokens,
    SUM(cost)                               AS cost,
    COALESCE(SUM(unpriced_tokens), 0)       AS unpriced_tokens
  FROM day
  LEFT JOIN used ON used.date = day.date
  GROUP BY 1
)
SELECT
  start,
  days,
  days_with_usage                             AS daysWithUsage,
  input_tokens                                AS inputTokens,
  output_tokens                               AS outputTokens,
  cache_creation_tokens                       AS cacheCreationTokens,
  cache_read_tokens                           AS cacheReadTokens,
  cost                                        AS totalCost,
  unpriced_tokens                             AS unpricedTokens,
  SUM(cost) OVER (ORDER BY start)             AS runningCost,
  SUM(unpriced_tokens) OVER (ORDER BY start)  AS runningUnpriced,
  -- Of a day and the six before it, as far as the selection goes back.
  CASE :grain WHEN 'day' THEN AVG(COALESCE(cost, 0)) OVER (ORDER BY start ROWS 6 PRECEDING) END
                                              AS sevenDayAverage,
  CAST(cache_read_tokens AS REAL)
    / NULLIF(input_tokens + cache_creation_tokens + cache_read_tokens, 0) AS hitRate
FROM period;
