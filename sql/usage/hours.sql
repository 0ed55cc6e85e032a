-- What each hour of each weekday cost, Monday being 1, and which fifth of those with a cost it is in, from 1 to 5
-- with the least and the most of that fifth. Null where no price is known.
WITH used AS (
  SELECT
    (CAST(strftime('%w', date) AS INTEGER) + 6) % 7 + 1 AS weekday,
    hour,
    COUNT(*)             AS calls,
    SUM(cost)            AS cost,
    SUM(unpriced_tokens) AS unpriced_tokens
  FROM selection
  GROUP BY 1, 2
),
levelled AS (
  SELECT weekday, hour, cost, CAST(CUME_DIST() OVER (ORDER BY cost) * 5 + 0.9999 AS INTEGER) AS level
  FROM used
  WHERE cost > 0
)
SELECT
  used.weekday,
  used.hour,
  used.calls,
  used.cost                                    AS totalCost,
  used.unpriced_tokens                         AS unpricedTokens,
  level,
  MIN(levelled.cost) OVER (PARTITION BY level) AS levelLeast,
  MAX(levelled.cost) OVER (PARTITION BY level) AS levelMost
FROM used
LEFT JOIN levelled ON levelled.weekday = used.weekday AND levelled.hour = used.hour;
