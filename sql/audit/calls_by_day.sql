-- The tokens of the calls by day and by the model's name in ccusage's reports. Without a request id ccusage
-- takes all calls of one message for one, whatever session they are of.
SELECT
  d.date,
  CASE
    WHEN m.name IN ('', '<synthetic>') THEN '<no model>'
    ELSE m.name || COALESCE('-' || c.speed, '')
  END AS model,
  SUM(c.input_tokens)  AS inputTokens,
  SUM(c.output_tokens) AS outputTokens,
  SUM(c.cache_creation_5m_tokens + c.cache_creation_1h_tokens) AS cacheCreationTokens,
  SUM(c.cache_read_tokens) AS cacheReadTokens
FROM call AS c
JOIN session_day AS d ON d.id = c.session_day
JOIN model AS m ON m.id = c.model
WHERE c.is_replay = 0 AND (
  c.has_request = 1 OR c.id = (
    SELECT one.id FROM call AS one
    WHERE one.message = c.message AND one.has_request = 0 AND one.is_replay = 0
    ORDER BY
      one.is_sidechain,
      one.input_tokens + one.output_tokens + one.cache_creation_5m_tokens
        + one.cache_creation_1h_tokens + one.cache_read_tokens DESC,
      one.at
    LIMIT 1
  )
)
GROUP BY 1, 2;
