-- Every machine that has fetched, and the zone its days are counted in.
SELECT
  machine AS name,
  timezone,
  MAX(started_at) AS fetchedAt
FROM import_run
WHERE status = 'ok'
GROUP BY machine
ORDER BY machine;
