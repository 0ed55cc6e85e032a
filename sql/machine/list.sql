-- Which machines do the books know, how much have they of each, and when did it last fetch?
SELECT
  m.label,
  m.name,
  m.uid,
  m.timezone,
  COALESCE(c.calls, 0) AS calls,
  (SELECT COUNT(*) FROM session WHERE machine = m.id) AS sessions,
  (
    SELECT MAX(finished_at) FROM import_run
    WHERE machine = m.id AND command = 'fetch' AND status = 'ok'
  ) AS lastFetchAt
FROM machine AS m
LEFT JOIN (
  SELECT s.machine, SUM(d.calls) AS calls
  FROM (
    SELECT session_day, COUNT(*) AS calls FROM call GROUP BY session_day
  ) AS d
  JOIN session_day ON session_day.id = d.session_day
  JOIN session AS s ON s.id = session_day.session
  GROUP BY s.machine
) AS c ON c.machine = m.id
ORDER BY m.label;
