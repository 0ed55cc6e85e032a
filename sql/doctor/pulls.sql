-- How far the organisation's reports have been pulled: the one that is furthest behind, and when that was.
SELECT
  MIN(pulled_until) AS pulledUntil,
  MAX(pulled_at)    AS pulledAt,
  (
    SELECT error FROM import_run WHERE command = 'pull'
    ORDER BY started_at DESC, id DESC LIMIT 1
  )                 AS lastError
FROM api_pull
HAVING COUNT(*) > 0;
