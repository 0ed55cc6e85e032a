-- What the month will come to: what it has cost so far, and for each day after the last fetch the average of the 7
-- whole days before it, or of the 30 (of as many as there have been since the books began). Null before the first
-- whole day, and where nothing in that time, or nothing of the month so far, has a known price. Beside each
-- figure are the tokens without a price that it leaves out.
WITH used AS (
  SELECT date, SUM(cost) AS cost, SUM(unpriced_tokens) AS unpriced_tokens
  FROM selection
  WHERE date <= :asOf
  GROUP BY date
),
month AS (
  SELECT
    first,
    CAST(julianday(first, '+1 month', '-1 day') - julianday(MAX(:asOf, date(first, '-1 day'))) AS INTEGER)
      AS days_left
  FROM (SELECT date(:today, 'start of month') AS first)
),
whole AS (
  SELECT NULLIF(MAX(julianday(:asOf) - julianday(MIN(date)), 0), 0) AS days
  FROM daily_usage
  WHERE :machine IS NULL OR machine = :machine
),
span (name, days, cost, unpriced_tokens) AS (
  SELECT
    name,
    MIN(span.days, whole.days),
    (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(cost) END FROM used
      WHERE date BETWEEN date(:asOf, -span.days || ' days') AND date(:asOf, '-1 day')),
    (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
      WHERE date BETWEEN date(:asOf, -span.days || ' days') AND date(:asOf, '-1 day'))
  FROM (SELECT 'seven' AS name, 7 AS days UNION ALL SELECT 'thirty', 30) AS span, whole
),
so_far AS (
  SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(cost) END AS cost
  FROM used
  WHERE date >= (SELECT first FROM month)
)
SELECT
  substr(first, 1, 7)                                                   AS month,
  days_left                                                             AS daysLeft,
  seven.cost / seven.days                                               AS sevenDayAverage,
  thirty.cost / thirty.days                                             AS thirtyDayAverage,
  so_far.cost + days_left * seven.cost / seven.days                     AS bySevenDays,
  so_far.cost + days_left * thirty.cost / thirty.days                   AS byThirtyDays,
  seven.unpriced_tokens                                                 AS sevenDayUnpricedTokens,
  thirty.unpriced_tokens                                                AS thirtyDayUnpricedTokens,
  -- On the last day of the month no average is part of it. Before, those days and the month so far overlap or
  -- adjoin, so that together they are all days from the earlier beginning.
  (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
    WHERE date >= CASE days_left WHEN 0 THEN first ELSE MIN(first, date(:asOf, '-7 days')) END)
                                                                        AS bySevenDaysUnpricedTokens,
  (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
    WHERE date >= CASE days_left WHEN 0 THEN first ELSE MIN(first, date(:asOf, '-30 days')) END)
                                                                        AS byThirtyDaysUnpricedTokens
FROM month, so_far, span AS seven, span AS thirty
WHERE seven.name = 'seven' AND thirty.name = 'thirty';
