-- What did each session cost, and when was it?
-- Do not add these up to days: a resumed session moves tokens between session rows.
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
FROM session_usage;
