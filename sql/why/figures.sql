-- What does each of those days come to: in calls, and as ccusage counted them? Asked for as `figure`.
SELECT
  p.id,
  p.session,
  p.date,
  p.session_id,
  p.agent,
  m.label AS machine,
  p.is_uncounted,
  p.differs,
  c.calls,
  c.replays,
  c.tokens AS call_tokens,
  f.total_tokens,
  f.total_cost,
  f.unpriced_tokens
FROM part AS p
JOIN machine AS m ON m.id = p.machine
LEFT JOIN (
  SELECT
    session_day,
    SUM(is_replay = 0) AS calls,
    SUM(is_replay)     AS replays,
    SUM((input_tokens + output_tokens + cache_creation_5m_tokens + cache_creation_1h_tokens
      + cache_read_tokens) * (is_replay = 0)) AS tokens
  FROM call
  WHERE session_day IN (SELECT id FROM part)
  GROUP BY session_day
) AS c ON c.session_day = p.id
LEFT JOIN (
  SELECT
    session_day,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS total_tokens,
    SUM(cost)            AS total_cost,
    SUM(unpriced_tokens) AS unpriced_tokens
  FROM session_cell
  WHERE session_day IN (SELECT id FROM part)
  GROUP BY session_day
) AS f ON f.session_day = p.id
WHERE c.session_day IS NOT NULL OR f.session_day IS NOT NULL;
