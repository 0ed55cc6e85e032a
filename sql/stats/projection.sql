-- What the month will come to on one machine, or on all (''): what it has cost so far, and for each day
-- after today the mean of the last 7 whole days, or of the last 30 (of as many as there have been since
-- the books began). Null before the first whole day, and where nothing in that time has a known price.
WITH used AS (
  SELECT date, SUM(total_cost) AS total_cost
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
  soFar + daysLeft * thirtyDayMean AS byThirtyDays
FROM (
  SELECT
    CAST(julianday(:today, 'start of month', '+1 month', '-1 day') - julianday(:today) AS INTEGER)
      AS daysLeft,
    COALESCE((SELECT SUM(total_cost) FROM used
      WHERE date BETWEEN date(:today, 'start of month') AND :today), 0) AS soFar,
    (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(total_cost) END FROM used
      WHERE date BETWEEN date(:today, '-7 days') AND date(:today, '-1 day'))
      / MIN(7, wholeDays) AS sevenDayMean,
    (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(total_cost) END FROM used
      WHERE date BETWEEN date(:today, '-30 days') AND date(:today, '-1 day'))
      / MIN(30, wholeDays) AS thirtyDayMean
  FROM (
    SELECT NULLIF(MAX(julianday(:today) - julianday(MIN(date)), 0), 0) AS wholeDays
    FROM used
  )
);
