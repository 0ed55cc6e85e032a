-- What was spent, by each source there is? They describe the same money, so that a total is of one source alone:
-- claude-code (the calls of the books), apps (what apps record themselves) or anthropic (what the organisation's usage
-- report tells, by days of UTC).
CREATE VIEW spending AS
SELECT
  'claude-code' AS source,
  date,
  project_path  AS project,
  model_name    AS model,
  machine       AS who,
  input_tokens,
  output_tokens,
  cache_creation_tokens,
  cache_read_tokens,
  input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens AS total_tokens,
  cost,
  unpriced_tokens
FROM usage_cell
UNION ALL
SELECT
  'apps',
  date,
  CASE project WHEN '' THEN '<no project>' ELSE project END,
  CASE model WHEN '' THEN '<no model>' ELSE model END,
  CASE worker WHEN '' THEN '<no worker>' ELSE worker END,
  input_tokens,
  output_tokens,
  cache_creation_tokens,
  cache_read_tokens,
  input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens,
  cost,
  unpriced_tokens
FROM recorded_cell
UNION ALL
SELECT
  'anthropic',
  u.date,
  CASE u.workspace WHEN '' THEN 'default' ELSE COALESCE(w.name, u.workspace) END,
  u.model,
  CASE u.api_key WHEN '' THEN '<no key>' ELSE COALESCE(k.label, k.name, u.api_key) END,
  u.input_tokens,
  u.output_tokens,
  u.cache_creation_tokens,
  u.cache_read_tokens,
  u.input_tokens + u.output_tokens + u.cache_creation_tokens + u.cache_read_tokens,
  u.cost,
  u.unpriced_tokens
FROM api_usage_day AS u
LEFT JOIN workspace AS w ON w.id = u.workspace
LEFT JOIN api_key AS k ON k.id = u.api_key;
