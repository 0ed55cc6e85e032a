-- What was each call, whoever told of it: how long it took, whether it failed, what it used and cost? A question is of one
-- source: they may tell of the same calls. `is_call` is 0 where a model only helped in another one's.
CREATE VIEW call_log AS
SELECT
  'claude-code'              AS source,
  at,
  date,
  hour,
  project_path               AS project,
  model_name                 AS model,
  NULL                       AS worker,
  NULL                       AS task,
  session_id,
  1                          AS is_call,
  1                          AS is_success,
  NULL                       AS error,
  NULL                       AS status_code,
  input_tokens + cache_creation_tokens + cache_read_tokens AS tokens_in,
  output_tokens              AS tokens_out,
  cost,
  unpriced_tokens,
  duration_ms,
  time_to_first_token_ms,
  attempts,
  at_ms
FROM call_usage
UNION ALL
SELECT
  'claude-code',
  strftime('%Y-%m-%dT%H:%M:%S', t.at / 1000, 'unixepoch') || printf('.%03dZ', t.at % 1000),
  date(t.at / 1000 + t.minutes_from_utc * 60, 'unixepoch'),
  CAST(strftime('%H', t.at / 1000 + t.minutes_from_utc * 60, 'unixepoch') AS INTEGER),
  s.project_path,
  m.name,
  NULL,
  NULL,
  s.session_id,
  1,
  0,
  t.error,
  t.status_code,
  0,
  0,
  0,
  0,
  t.duration_ms,
  NULL,
  t.attempts,
  t.at
FROM telemetry_call AS t
JOIN session AS s ON s.id = t.session
JOIN model AS m ON m.id = t.model
WHERE t.status = 'error'
UNION ALL
SELECT
  'apps',
  at,
  date,
  hour,
  project,
  model,
  worker,
  task,
  session_id,
  is_call,
  is_success,
  error,
  NULL,
  input_tokens + cache_creation_tokens + cache_read_tokens,
  output_tokens,
  cost,
  unpriced_tokens,
  duration_ms,
  time_to_first_token_ms,
  NULL,
  at_ms
FROM recorded_usage;
