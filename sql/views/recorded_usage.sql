-- What did each recorded call use, model by model? `is_call` is 0 where the model only helped in it. A call without an
-- answer is one, too. Costs are as they were told, or reckoned at list price.
CREATE VIEW recorded_usage AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', c.at / 1000, 'unixepoch') || printf('.%03dZ', c.at % 1000) AS at,
  k.date,
  CAST(strftime('%H', c.at / 1000 + c.minutes_from_utc * 60, 'unixepoch') AS INTEGER) AS hour,
  k.provider,
  k.model,
  k.project,
  k.worker,
  c.task,
  c.input_tokens,
  c.output_tokens,
  c.cache_creation_5m_tokens + c.cache_creation_1h_tokens AS cache_creation_tokens,
  c.cache_read_tokens,
  c.input_tokens + c.output_tokens + c.cache_creation_5m_tokens + c.cache_creation_1h_tokens
    + c.cache_read_tokens AS total_tokens,
  c.cost,
  CASE WHEN c.cost IS NULL THEN c.input_tokens + c.output_tokens + c.cache_creation_5m_tokens
    + c.cache_creation_1h_tokens + c.cache_read_tokens ELSE 0 END AS unpriced_tokens,
  c.cost_by,
  c.duration_ms,
  c.time_to_first_token_ms,
  c.is_success,
  c.error,
  c.exit_code,
  c.turns,
  c.session_id,
  c.prompt_length,
  c.response_length,
  c.prompt_file,
  c.settings,
  1 AS is_call,
  k.machine,
  c.at AS at_ms,
  c.id
FROM recorded_cell AS k
JOIN recorded_call AS c ON c.cell = k.id
UNION ALL
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', c.at / 1000, 'unixepoch') || printf('.%03dZ', c.at % 1000),
  k.date,
  CAST(strftime('%H', c.at / 1000 + c.minutes_from_utc * 60, 'unixepoch') AS INTEGER),
  k.provider,
  k.model,
  k.project,
  k.worker,
  c.task,
  p.input_tokens,
  p.output_tokens,
  p.cache_creation_5m_tokens + p.cache_creation_1h_tokens,
  p.cache_read_tokens,
  p.input_tokens + p.output_tokens + p.cache_creation_5m_tokens + p.cache_creation_1h_tokens
    + p.cache_read_tokens,
  p.cost,
  CASE WHEN p.cost IS NULL THEN p.input_tokens + p.output_tokens + p.cache_creation_5m_tokens
    + p.cache_creation_1h_tokens + p.cache_read_tokens ELSE 0 END,
  p.cost_by,
  NULL,
  NULL,
  c.is_success,
  NULL,
  NULL,
  NULL,
  c.session_id,
  NULL,
  NULL,
  NULL,
  NULL,
  0,
  k.machine,
  c.at,
  c.id
FROM recorded_cell AS k
JOIN recorded_part AS p ON p.cell = k.id
JOIN recorded_call AS c ON c.id = p.call;
