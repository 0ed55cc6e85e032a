-- The 5-hour windows that begin in the range, as the view block_cost has them, and what the selection has of them. That cuts all there are, one after
-- the other; this begins with a call after a pause of more than 5 hours, in the month before the range: it begins a
-- window whatever was before it. Of the one that goes on, the pace so far and what it comes to at that.
WITH RECURSIVE bounds AS (
  SELECT
    CAST(strftime('%s', MAX(:since, '2000-02-01')) AS INTEGER) * 1000                     AS since,
    CAST(strftime('%s', MIN(:until, '2999-01-01'), '+1 day') AS INTEGER) * 1000           AS until
),
early AS (
  SELECT
    s.machine,
    c.at,
    c.at - LAG(c.at) OVER (PARTITION BY s.machine ORDER BY c.at) AS pause
  FROM bounds AS b
  CROSS JOIN call AS c ON c.at BETWEEN b.since - 2678400000 AND b.since
  CROSS JOIN session_day AS d ON d.id = c.session_day
  CROSS JOIN session AS s ON s.id = d.session
  WHERE c.is_replay = 0
),
first_call (machine, at) AS (
  SELECT
    m.id,
    COALESCE(
      (SELECT MAX(at) FROM early WHERE machine = m.id AND pause > 18000000),
      (
        SELECT c.at FROM call AS c
        CROSS JOIN session_day AS d ON d.id = c.session_day
        CROSS JOIN session AS s ON s.id = d.session
        WHERE s.machine = m.id AND c.is_replay = 0
        ORDER BY c.at LIMIT 1
      )
    )
  FROM machine AS m
  WHERE :machine IS NULL OR m.label = :machine
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
  WHERE f.at < (SELECT until FROM bounds)
),
block AS MATERIALIZED (
  SELECT m.label, f.at AS first_at, f.at / 3600000 * 3600000 AS starts_at
  FROM first_call AS f
  JOIN machine AS m ON m.id = f.machine
  WHERE f.at / 3600000 * 3600000 BETWEEN (SELECT since FROM bounds) AND (SELECT until - 1 FROM bounds)
)
SELECT
  strftime('%Y-%m-%dT%H:%M:%S.000Z', b.starts_at / 1000, 'unixepoch')         AS startsAt,
  strftime('%Y-%m-%dT%H:%M:%S.000Z', b.starts_at / 1000 + 18000, 'unixepoch') AS endsAt,
  COUNT(*)                     AS calls,
  SUM(u.input_tokens)          AS inputTokens,
  SUM(u.output_tokens)         AS outputTokens,
  SUM(u.cache_creation_tokens) AS cacheCreationTokens,
  SUM(u.cache_read_tokens)     AS cacheReadTokens,
  SUM(u.input_tokens + u.output_tokens + u.cache_creation_tokens + u.cache_read_tokens)
                               AS totalTokens,
  SUM(u.cost)                  AS totalCost,
  SUM(u.unpriced_tokens)       AS unpricedTokens,
  b.label                      AS machine,
  CASE WHEN :now < b.starts_at + 18000000
    THEN CAST((b.starts_at + 18000000 - :now) / 60000 AS INTEGER) END                      AS minutesLeft,
  -- An hour: from the first call until now, and no less than a minute.
  CASE WHEN :now < b.starts_at + 18000000
    THEN SUM(u.cost) * 3600000.0 / MAX(60000, :now - b.first_at) END                       AS costPerHour,
  CASE WHEN :now < b.starts_at + 18000000
    THEN SUM(u.cost) + SUM(u.cost) * 1.0 * (b.starts_at + 18000000 - :now) / MAX(60000, :now - b.first_at)
  END                                                                                      AS projectedCost
FROM selection AS u
JOIN block AS b ON b.label = u.machine AND u.at_ms BETWEEN b.first_at AND b.starts_at + 18000000
GROUP BY b.label, b.starts_at
-- The selection is a day wider on either side, so that a window over midnight is whole.
HAVING MIN(u.date) BETWEEN :begins AND :ends;
