-- What each model was used for on each day of UTC, and what was billed for its tokens.
SELECT
  u.date,
  u.model,
  SUM(u.input_tokens)          AS inputTokens,
  SUM(u.cache_creation_tokens) AS cacheCreationTokens,
  SUM(u.cache_read_tokens)     AS cacheReadTokens,
  SUM(u.output_tokens)         AS outputTokens,
  SUM(u.cost)                  AS estimatedCost,
  SUM(u.unpriced_tokens)       AS unpricedTokens,
  (
    SELECT SUM(amount_nano_usd) / 1e9 FROM api_cost
    WHERE date = u.date AND model = u.model AND cost_type IN ('tokens', '')
  )                            AS billedCost
FROM api_usage_day AS u
WHERE u.date BETWEEN :since AND :until
GROUP BY u.date, u.model
ORDER BY u.date, u.model;
