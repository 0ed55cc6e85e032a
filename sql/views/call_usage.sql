-- What was each call, and what did it cost?
-- The cost is the call's share of what its session, day and model cost, by the weights of the token kinds:
-- the model's rates, or 1 : 5 : 1.25 : 2 : 0.1 where they are unknown. The shares add up to ccusage's figure.
-- Calls that another one stands for are left out.
CREATE VIEW call_usage AS
SELECT
  strftime('%Y-%m-%dT%H:%M:%S', c.at / 1000, 'unixepoch') || printf('.%03dZ', c.at % 1000) AS at,
  d.date,
  CAST(strftime('%H', c.at / 1000 + c.minutes_from_utc * 60, 'unixepoch') AS INTEGER) AS hour,
  s.session_id,
  s.project_path,
  CASE WHEN o.name IN ('', '<synthetic>') THEN '<no model>'
    ELSE o.name || COALESCE('-' || c.speed, '') END AS model_name,
  b.name AS branch,
  c.input_tokens,
  c.output_tokens,
  c.cache_creation_5m_tokens + c.cache_creation_1h_tokens AS cache_creation_tokens,
  c.cache_creation_5m_tokens,
  c.cache_creation_1h_tokens,
  c.cache_read_tokens,
  c.input_tokens + c.output_tokens + c.cache_creation_5m_tokens + c.cache_creation_1h_tokens
    + c.cache_read_tokens AS total_tokens,
  -- A line may say what it cost and have no tokens: then that is the call's part.
  COALESCE(x.cost * (
    c.input_tokens * COALESCE(r.input, 1)
    + c.output_tokens * COALESCE(r.output, 5)
    + c.cache_creation_5m_tokens * COALESCE(r.cache_creation_5m, 1.25)
    + c.cache_creation_1h_tokens * COALESCE(r.cache_creation_1h, 2)
    + c.cache_read_tokens * COALESCE(r.cache_read, 0.1)
  ) / (
    x.input_tokens * COALESCE(r.input, 1)
    + x.output_tokens * COALESCE(r.output, 5)
    + (x.cache_creation_tokens - x.cache_creation_1h_tokens) * COALESCE(r.cache_creation_5m, 1.25)
    + x.cache_creation_1h_tokens * COALESCE(r.cache_creation_1h, 2)
    + x.cache_read_tokens * COALESCE(r.cache_read, 0.1)
  ), CASE WHEN x.cost IS NOT NULL THEN c.line_cost END) AS cost,
  -- Of a cell priced in part nobody knows which calls are not: each has its share, rounded up.
  CASE
    WHEN x.cost IS NULL THEN
      c.input_tokens + c.output_tokens + c.cache_creation_5m_tokens + c.cache_creation_1h_tokens
        + c.cache_read_tokens
    WHEN x.unpriced_tokens = 0 THEN 0
    ELSE CAST(0.999999 + 1.0 * x.unpriced_tokens * (
      c.input_tokens + c.output_tokens + c.cache_creation_5m_tokens + c.cache_creation_1h_tokens
        + c.cache_read_tokens
    ) / (x.input_tokens + x.output_tokens + x.cache_creation_tokens + x.cache_read_tokens) AS INTEGER)
  END AS unpriced_tokens,
  c.web_searches,
  COALESCE(c.speed, 'standard') AS speed,
  COALESCE(c.service_tier, 'standard') AS service_tier,
  v.name AS client_version,
  c.is_sidechain,
  t.subagent,
  s.agent,
  m.label AS machine,
  c.at AS at_ms,
  -- What only telemetry tells; null where it does not.
  e.duration_ms,
  e.time_to_first_token_ms,
  e.attempts,
  e.status,
  e.effort,
  (SELECT name FROM query_source WHERE id = e.query_source) AS query_source,
  e.told_cost / 1e6     AS told_cost,
  -- 1: only telemetry tells of it, and no transcript.
  c.transcript IS NULL  AS is_beside
FROM call AS c
JOIN session_day AS d ON d.id = c.session_day
JOIN session AS s ON s.id = d.session
-- LEFT, so that what is not asked for is not looked up.
LEFT JOIN machine AS m ON m.id = s.machine
LEFT JOIN transcript AS t ON t.id = c.transcript
JOIN model AS o ON o.id = c.model
LEFT JOIN branch AS b ON b.id = c.branch
LEFT JOIN client_version AS v ON v.id = c.client_version
LEFT JOIN session_cell AS x
  ON x.session_day = c.session_day
  AND x.model_name = CASE WHEN o.name IN ('', '<synthetic>') THEN '<no model>'
    ELSE o.name || COALESCE('-' || c.speed, '') END
LEFT JOIN cell_rate AS r
  ON r.model_name = x.model_name AND d.date >= r.valid_from
  AND (r.valid_until IS NULL OR d.date < r.valid_until)
LEFT JOIN telemetry_call AS e
  ON e.identity = CASE WHEN c.has_request = 1 THEN c.request END AND e.has_request = 1
-- With the plus no index is made of it on the spot, which would stand in the way of better ones.
WHERE +c.is_replay = 0;
