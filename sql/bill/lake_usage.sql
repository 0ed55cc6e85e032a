-- What each workspace and key used on each day of UTC: what is curated of the organisation's usage.
SELECT
  u.date,
  u.workspace                                  AS workspaceId,
  CASE u.workspace WHEN '' THEN 'default' ELSE COALESCE(w.name, u.workspace) END AS workspace,
  u.api_key                                    AS apiKeyId,
  CASE u.api_key WHEN '' THEN '<no key>' ELSE COALESCE(k.label, k.name, u.api_key) END AS apiKey,
  SUM(u.input_tokens)                          AS inputTokens,
  SUM(u.cache_creation_tokens)                 AS cacheCreationTokens,
  SUM(u.cache_read_tokens)                     AS cacheReadTokens,
  SUM(u.output_tokens)                         AS outputTokens,
  SUM(u.web_searches)                          AS webSearches,
  SUM(u.cost)                                  AS estimatedCost,
  SUM(u.unpriced_tokens)                       AS unpricedTokens
FROM api_usage_day AS u
LEFT JOIN workspace AS w ON w.id = u.workspace
LEFT JOIN api_key AS k ON k.id = u.api_key
WHERE u.date BETWEEN :since AND :until
GROUP BY u.date, u.workspace, u.api_key
ORDER BY u.date, u.workspace, u.api_key;
