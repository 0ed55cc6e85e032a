-- What the month will come to on one machine, or on all (''): what it has cost so far, and for each day
-- after today the mean of the last 7 whole days, or of the last 30 (of as many as there have been since
-- the books began). Null before the first whole day, and where nothing in that time, or nothing of the
-- month so far, has a known price. Beside each figure are the tokens without a price that it leaves out.
WITH used AS (
  SELECT date, SUM(total_cost) AS total_cost, SUM(unpriced_tokens) AS unpriced_tokens
  FROM daily_usage
  WHERE :machine IN ('', machine)
  GROUP BY date
)
SELECT
  substr(:today, 1, 7) AS month,
  daysLeft,
  sevenDayMean,
  thirtyDayMean,
  soFar + daysLeft * sevenDayMean  AS bySevenDays,
  soFar + daysLeft * thirtyDayMean AS byThirtyDays,
  sevenDayUnpricedTokens,
  thirtyDayUnpricedTokens,
  -- On the last day of the month no mean is part of it. Before, the window and the month so far overlap
  -- or adjoin, so that together they are all days from the earlier beginning.
  (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
    WHERE date BETWEEN MIN(monthStart, CASE daysLeft WHEN 0 THEN :today ELSE date(:today, '-7 days') END)
      AND :today) AS bySevenDaysUnpricedTokens,
  (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
    WHERE date BETWEEN MIN(monthStart, CASE daysLeft WHEN 0 THEN :today ELSE date(:today, '-30 days') END)
      AND :today) AS byThirtyDaysUnpricedTokens
FROM (
  SELECT
    date(:today, 'start of month') AS monthStart,
    CAST(julianday(:today, 'start of month', '+1 month', '-1 day') - julianday(:today) AS INTEGER)
      AS daysLeft,
    (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(total_cost) END FROM used
      WHERE date BETWEEN date(:today, 'start of month') AND :today) AS soFar,
    (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(total_cost) END FROM used
      WHERE date BETWEEN date(:today, '-7 days') AND date(:today, '-1 day'))
      / MIN(7, wholeDays) AS sevenDayMean,
    (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(total_cost) END FROM used
      WHERE date BETWEEN date(:today, '-30 days') AND date(:today, '-1 day'))
      / MIN(30, wholeDays) AS thirtyDayMean,
    (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
      WHERE date BETWEEN date(:today, '-7 days') AND date(:today, '-1 day')) AS sevenDayUnpricedTokens,
    (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM used
      WHERE date BETWEEN date(:today, '-30 days') AND date(:today, '-1 day')) AS thirtyDayUnpricedTokens
  FROM (
    SELECT NULLIF(MAX(julianday(:today) - julianday(MIN(date)), 0), 0) AS wholeDays
    FROM used
  )
);
