-- What did each 5-hour window cost?
-- Cut as `ccusage blocks` does, for each machine: a window begins at the hour (UTC) of its first call, and
-- the first call more than 5 hours after that begins the next. Calls find their window by their hour: a window
-- has six, and the first instant of its last one still belongs to it, not to the window that begins there.
CREATE VIEW block_cost AS
WITH RECURSIVE first_call (machine, at) AS (
  SELECT m.id, (
    SELECT c.at FROM call AS c
    CROSS JOIN session_day AS d ON d.id = c.session_day
    CROSS JOIN session AS s ON s.id = d.session
    WHERE s.machine = m.id AND c.is_replay = 0
    ORDER BY c.at LIMIT 1
  )
  FROM machine AS m
  UNION ALL
  SELECT f.machine, (
    SELECT c.at FROM call AS c
    CROSS JOIN session_day AS d ON d.id = c.session_day
    CROSS JOIN session AS s ON s.id = d.session
    WHERE s.machine = f.machine AND c.is_replay = 0
      AND c.at > f.at / 3600000 * 3600000 + 18000000
    ORDER BY c.at LIMIT 1
  )
  FROM first_call AS f
  WHERE f.at IS NOT NULL
),
block_hour (machine, first_at, starts_at, hour) AS (
  SELECT DISTINCT m.label, f.at, f.at / 3600000 * 3600000, f.at / 3600000 + h.column1
  FROM first_call AS f
  JOIN machine AS m ON m.id = f.machine
  CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS h
  WHERE f.at IS NOT NULL
)
SELECT
  strftime('%Y-%m-%dT%H:%M:%S.000Z', b.starts_at / 1000, 'unixepoch')            AS starts_at,
  strftime('%Y-%m-%dT%H:%M:%S.000Z', b.starts_at / 1000 + 18000, 'unixepoch')    AS ends_at,
  MIN(u.at)                    AS first_call_at,
  MAX(u.at)                    AS last_call_at,
  COUNT(*)                     AS calls,
  SUM(u.input_tokens)          AS input_tokens,
  SUM(u.output_tokens)         AS output_tokens,
  SUM(u.cache_creation_tokens) AS cache_creation_tokens,
  SUM(u.cache_read_tokens)     AS cache_read_tokens,
  SUM(u.total_tokens)          AS total_tokens,
  SUM(u.cost)                  AS total_cost,
  SUM(u.unpriced_tokens)       AS unpriced_tokens,
  u.machine
FROM call_usage AS u
-- LEFT, though each call has one: so that the calls are gone through once and their window is looked up.
LEFT JOIN block_hour AS b
  ON b.machine = u.machine AND b.hour = u.at_ms / 3600000
  AND u.at_ms BETWEEN b.first_at AND b.starts_at + 18000000
GROUP BY b.machine, b.starts_at;
