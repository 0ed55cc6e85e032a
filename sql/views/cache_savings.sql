-- What did the cache save, at list price?
-- What was read costs less than input would have (`read_savings`), what was written costs more
-- (`write_premium`); the net of both is `net_savings`, below zero for a cache that was written and not
-- read. ccusage does not say how long a write was to last; five minutes is assumed, so a net saving is
-- "at most". Null where the model's rates are unknown: unknown is not zero.
CREATE VIEW cache_savings AS
WITH named AS (
  SELECT
    model_name,
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(model_name,
      'anthropic/', ''), 'us.anthropic.', ''), 'eu.anthropic.', ''), 'global.anthropic.', ''),
      '-v1:0', ''), '[1m]', '') AS name
  FROM (SELECT DISTINCT model_name FROM model_breakdown)
),
known AS (
  SELECT named.model_name, model_rate.*
  FROM named
  JOIN model_rate
    ON name = model OR name GLOB model || '-20[0-9][0-9][0-9][0-9][0-9][0-9]'
)
SELECT
  c.date,
  c.project_path,
  c.model_name,
  c.agent,
  c.machine,
  c.input_tokens,
  c.cache_creation_tokens,
  c.cache_read_tokens,
  c.cache_read_tokens * (known.input - known.cache_read) / 1e6 AS read_savings,
  c.cache_creation_tokens * (known.cache_creation_5m - known.input) / 1e6 AS write_premium,
  (c.cache_read_tokens * (known.input - known.cache_read)
    - c.cache_creation_tokens * (known.cache_creation_5m - known.input)) / 1e6 AS net_savings
FROM usage_cell AS c
LEFT JOIN known
  ON known.model_name = c.model_name AND c.date >= known.valid_from
  AND (known.valid_until IS NULL OR c.date < known.valid_until)
WHERE c.cache_creation_tokens + c.cache_read_tokens > 0;
