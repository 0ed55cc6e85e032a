-- The last three years of the selection day by day, and which fifth of the days with a cost each is in, from
-- 1 to 5 with the least and the most of that fifth; 0 where nothing was spent. Null where no price is
-- known.
WITH RECURSIVE day (date) AS (
  SELECT MAX(:since, date(:until, '-3 years', '+1 day'))
  UNION ALL
  SELECT date(date, '+1 day') FROM day WHERE date < :until
),
used AS (
  SELECT
    date,
    SUM(cost)            AS cost,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS total_tokens,
    SUM(unpriced_tokens) AS unpriced_tokens
  FROM selection
  WHERE date >= (SELECT MIN(date) FROM day)
  GROUP BY date
),
levelled AS (
  SELECT date, CAST(CUME_DIST() OVER (ORDER BY cost) * 5 + 0.9999 AS INTEGER) AS level, cost
  FROM used
  WHERE cost > 0
)
SELECT
  day.date,
  used.cost                                     AS totalCost,
  COALESCE(used.total_tokens, 0)                AS totalTokens,
  COALESCE(used.unpriced_tokens, 0)             AS unpricedTokens,
  CASE
    WHEN level IS NOT NULL THEN level
    WHEN used.total_tokens > 0 AND used.cost IS NULL THEN NULL
    ELSE 0
  END                                           AS level,
  MIN(levelled.cost) OVER (PARTITION BY level)  AS levelLeast,
  MAX(levelled.cost) OVER (PARTITION BY level)  AS levelMost
FROM day
LEFT JOIN used ON used.date = day.date
LEFT JOIN levelled ON levelled.date = day.date;
