-- What each model cost in the range.
SELECT
  model_name                 AS model,
  SUM(input_tokens)          AS inputTokens,
  SUM(output_tokens)         AS outputTokens,
  SUM(cache_creation_tokens) AS cacheCreationTokens,
  SUM(cache_read_tokens)     AS cacheReadTokens,
  SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
  SUM(cost)                  AS totalCost,
  SUM(unpriced_tokens)       AS unpricedTokens
FROM model_breakdown
WHERE date BETWEEN :since AND :until
GROUP BY model_name
ORDER BY totalCost DESC, totalTokens DESC, model;
