-- What did each session cost, when was it, and what was it about?
-- Sessions add up to days: both are sums of the same calls. `told_cost` is what Claude Code itself reckons,
-- which holds calls that no transcript has, and for a fork its parent's: it is never added.
-- ccusage 17 and 18 report project folders as sessions (and no instant of the last activity); where the
-- machine's real sessions are known, those rows would double them.
CREATE VIEW session_cost AS
SELECT
  u.session_id,
  u.project_path,
  u.first_activity,
  u.last_activity,
  u.last_activity_at,
  u.input_tokens,
  u.output_tokens,
  u.cache_creation_tokens,
  u.cache_read_tokens,
  u.total_tokens,
  u.total_cost,
  u.unpriced_tokens,
  u.models_used,
  u.agent,
  u.machine,
  s.title,
  u.first_activity_at AS started_at,
  CAST(ROUND((julianday(u.last_activity_at) - julianday(u.first_activity_at)) * 1440) AS INTEGER)
    AS duration_minutes,
  (
    SELECT b.name
    FROM session_day AS d
    JOIN call AS c ON c.session_day = d.id AND c.is_replay = 0
    JOIN branch AS b ON b.id = c.branch
    WHERE d.session = s.id
    GROUP BY b.id
    ORDER BY COUNT(*) DESC, b.name
    LIMIT 1
  ) AS branch,
  k.total_cost        AS told_cost,
  k.has_unknown_cost  AS told_has_unknown_cost
FROM session_usage AS u
LEFT JOIN machine AS m ON m.label = u.machine
LEFT JOIN session AS s ON s.session_id = u.session_id AND s.agent = u.agent AND s.machine = m.id
LEFT JOIN cost_state AS k ON k.session = s.id
WHERE u.last_activity_at IS NOT NULL OR NOT EXISTS (
  SELECT 1 FROM session_usage AS real
  WHERE real.machine = u.machine AND real.agent = u.agent AND real.last_activity_at IS NOT NULL
);
