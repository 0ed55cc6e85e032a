-- What did each session use on each day, by model?
CREATE VIEW session_day_usage AS
SELECT
  d.date,
  s.session_id,
  s.project_path,
  c.model_name,
  c.input_tokens,
  c.output_tokens,
  c.cache_creation_tokens,
  c.cache_read_tokens,
  c.input_tokens + c.output_tokens + c.cache_creation_tokens + c.cache_read_tokens AS total_tokens,
  c.cost,
  c.unpriced_tokens,
  s.agent,
  m.label AS machine
FROM session_day AS d
JOIN session AS s ON s.id = d.session
LEFT JOIN machine AS m ON m.id = s.machine
JOIN session_cell AS c ON c.session_day = d.id;
