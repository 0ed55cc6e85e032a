-- What did the cache save, at list price?
-- What was read costs less than input would have (`read_savings`), what was written costs more
-- (`write_premium`); the net of both is `net_savings`, below zero for a cache that was written and not
-- read. ccusage does not say how long a write was to last; five minutes is assumed, so a net saving is
-- "at most". Null where the model's rates are unknown: unknown is not zero.
CREATE VIEW cache_savings AS
SELECT
  c.date,
  c.project_path,
  c.model_name,
  c.agent,
  c.machine,
  c.input_tokens,
  c.cache_creation_tokens,
  c.cache_read_tokens,
  c.cache_read_tokens * r.read_saving / 1e6       AS read_savings,
  c.cache_creation_tokens * r.write_premium / 1e6 AS write_premium,
  (c.cache_read_tokens * r.read_saving - c.cache_creation_tokens * r.write_premium) / 1e6
    AS net_savings
FROM usage_cell AS c
LEFT JOIN cache_rate AS r
  ON r.model_name = c.model_name AND c.date >= r.valid_from
  AND (r.valid_until IS NULL OR c.date < r.valid_until)
WHERE c.cache_creation_tokens + c.cache_read_tokens > 0;
