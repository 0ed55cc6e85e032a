-- What did each session cost, when was it, and what was it about?
-- Sessions add up to days: both are sums of the same calls. `told_cost` is what Claude Code itself reckons,
-- which holds calls that no transcript has, and for a fork its parent's: it is never added.
-- ccusage 17 and 18 report project folders as sessions (and no instant of the last activity); where the
-- machine's real sessions are known, those rows would double them.
-- What the tables of calls say of a session is looked up only where it is asked for.
CREATE VIEW session_cost AS
SELECT
  s.session_id,
  s.project_path,
  s.first_activity,
  s.last_activity,
  s.last_activity_at,
  s.input_tokens,
  s.output_tokens,
  s.cache_creation_tokens,
  s.cache_read_tokens,
  s.total_tokens,
  s.total_cost,
  s.unpriced_tokens,
  s.models_used,
  s.agent,
  s.machine,
  (SELECT title FROM session WHERE id = s.session) AS title,
  s.first_activity_at AS started_at,
  CAST(ROUND((julianday(s.last_activity_at) - julianday(s.first_activity_at)) * 1440) AS INTEGER)
    AS duration_minutes,
  (
    SELECT b.name
    FROM session_day AS d
    JOIN call AS c ON c.session_day = d.id AND c.is_replay = 0
    JOIN branch AS b ON b.id = c.branch
    WHERE d.session = s.session
    GROUP BY b.id
    ORDER BY COUNT(*) DESC, b.name
    LIMIT 1
  ) AS branch,
  (SELECT total_cost FROM cost_state WHERE session = s.session)       AS told_cost,
  (SELECT has_unknown_cost FROM cost_state WHERE session = s.session) AS told_has_unknown_cost
FROM (
  SELECT *, (
    SELECT held.id
    FROM machine AS m
    JOIN session AS held ON held.machine = m.id
    WHERE m.label = u.machine AND held.session_id = u.session_id AND held.agent = u.agent
  ) AS session
  FROM session_usage AS u
) AS s
WHERE s.last_activity_at IS NOT NULL OR NOT EXISTS (
  SELECT 1 FROM session_usage AS real
  WHERE real.machine = s.machine AND real.agent = s.agent AND real.last_activity_at IS NOT NULL
);
