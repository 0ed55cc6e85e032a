-- What did each session cost, and when was it?
-- Do not add these up to days: a resumed session moves tokens between session rows.
-- ccusage 17 and 18 report project folders as sessions (and no instant of the last activity); where a
-- later release has reported the machine's real sessions, those rows would double them.
CREATE VIEW session_cost AS
SELECT
  session_id,
  project_path,
  first_activity,
  last_activity,
  last_activity_at,
  input_tokens,
  output_tokens,
  cache_creation_tokens,
  cache_read_tokens,
  total_tokens,
  total_cost,
  unpriced_tokens,
  models_used,
  agent,
  machine
FROM session_usage AS s
WHERE last_activity_at IS NOT NULL OR NOT EXISTS (
  SELECT 1 FROM session_usage AS real
  WHERE real.machine = s.machine AND real.agent = s.agent AND real.last_activity_at IS NOT NULL
);
