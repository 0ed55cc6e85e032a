-- The days of a machine with usage.
SELECT
  MIN(date)            AS firstDate,
  MAX(date)            AS lastDate,
  COUNT(DISTINCT date) AS daysWithUsage
FROM daily_usage
WHERE machine = :label;
