-- Runs of dates without usage, longer than transcripts are kept, in which days may be lost: those
-- that no fetch came in time for. A holiday that fetches watched over is none.
WITH RECURSIVE
used AS (
  SELECT DISTINCT date FROM daily_usage WHERE machine = :label
),
neighbours AS (
  SELECT date AS before, LEAD(date) OVER (ORDER BY date) AS after FROM used
),
missing AS (
  SELECT after, date(before, '+1 day') AS date
  FROM neighbours
  WHERE julianday(after) - julianday(before) - 1 > :retentionDays
  UNION ALL
  SELECT after, date(date, '+1 day') FROM missing WHERE date(date, '+1 day') < after
)
SELECT
  MIN(date) AS firstDate,
  MAX(date) AS lastDate,
  COUNT(*)  AS days
FROM missing
-- Instants are compared with dates as text; hours do not matter where days are counted. Fetches without
-- anything new share a row, from the first to the last of them.
WHERE NOT EXISTS (
  SELECT 1 FROM import_run
  WHERE machine = :machine AND status = 'ok'
    AND finished_at >= date(date, '+1 day')
    AND started_at < date(date, (:retentionDays + 1) || ' days')
)
GROUP BY after
ORDER BY after;
