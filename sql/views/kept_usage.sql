-- What do the books hold of sessions whose transcripts have all been deleted?
CREATE VIEW kept_usage AS
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
FROM session AS s
JOIN machine AS m ON m.id = s.machine
JOIN session_day AS d ON d.session = s.id
JOIN session_cell AS c ON c.session_day = d.id
WHERE NOT EXISTS (
  SELECT 1 FROM transcript AS t WHERE t.session = s.id AND t.deleted_at IS NULL
)
-- What only telemetry tells of never had one.
AND (s.project_path <> 'Unknown Project' OR s.id IN (
  SELECT session FROM transcript WHERE session IS NOT NULL
));
