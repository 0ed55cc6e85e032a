-- By which ccusage, with which of its prices and when was it counted?
SELECT
  r.command,
  r.ccusage_version                             AS ccusageVersion,
  r.prices,
  COUNT(DISTINCT p.session)                     AS sessions,
  COUNT(DISTINCT p.date)                        AS days,
  MIN(COALESCE(r.finished_at, r.started_at))    AS firstAt,
  MAX(COALESCE(r.finished_at, r.started_at))    AS lastAt
FROM part AS p
JOIN import_run AS r ON r.id = p.counted_by
WHERE EXISTS (SELECT 1 FROM session_cell WHERE session_day = p.id)
GROUP BY r.command, r.ccusage_version, r.prices
ORDER BY lastAt DESC, r.command;
