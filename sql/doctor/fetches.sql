-- The last good fetch of a machine, how many have failed since, and why the last of those did.
SELECT
  good.startedAt AS lastGoodAt,
  COUNT(bad.id)  AS failedSince,
  (
    SELECT error FROM import_run
    WHERE machine = :machine AND status = 'failed'
    ORDER BY started_at DESC LIMIT 1
  ) AS lastError
FROM (
  SELECT MAX(started_at) AS startedAt FROM import_run WHERE machine = :machine AND status = 'ok'
) AS good
LEFT JOIN import_run AS bad
  ON bad.machine = :machine AND bad.status = 'failed'
  AND bad.started_at > COALESCE(good.startedAt, '');
