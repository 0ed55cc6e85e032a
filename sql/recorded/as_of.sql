-- Which days have calls that apps recorded? What they send is known at once.
SELECT
  CASE WHEN COUNT(*) > 0 THEN strftime('%Y-%m-%dT%H:%M:%S.000Z', 'now') END AS fetchedAt,
  MIN(date)                                                                  AS firstDate,
  MAX(date)                                                                  AS lastDate
FROM recorded_cell
WHERE :machine IS NULL OR machine = :machine;
