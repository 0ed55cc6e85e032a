-- The last good fetch of a machine, how many have failed since, and why the last of those did.
SELECT
  good.finishedAt AS lastGoodAt,
  COALESCE(SUM(bad.fetches), 0) AS failedSince,
  (
    SELECT error FROM import_run
    WHERE machine = :machine AND status = 'failed'
    ORDER BY started_at DESC LIMIT 1
  ) AS lastError
FROM (
  SELECT MAX(finished_at) AS finishedAt FROM import_run
  WHERE machine = :machine AND status = 'ok' AND command = 'fetch'
) AS good
LEFT JOIN import_run AS bad
  ON bad.machine = :machine AND bad.status = 'failed'
  AND bad.started_at > COALESCE(good.finishedAt, '');
