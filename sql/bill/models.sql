-- The same by model; what was billed for something else has a name of its own.
SELECT
  model,
  SUM(inputTokens)             AS inputTokens,
  SUM(outputTokens)            AS outputTokens,
  SUM(estimatedCost)           AS estimatedCost,
  SUM(unpricedTokens)          AS unpricedTokens,
  SUM(billed) / 1e9            AS billedCost
FROM (
  SELECT
    model,
    input_tokens + cache_creation_tokens + cache_read_tokens AS inputTokens,
    output_tokens   AS outputTokens,
    cost            AS estimatedCost,
    unpriced_tokens AS unpricedTokens,
    NULL            AS billed
  FROM api_usage_day WHERE date BETWEEN :since AND :until
  UNION ALL
  SELECT
    CASE WHEN cost_type IN ('tokens', '') AND model != '' THEN model
      WHEN cost_type = '' THEN '<all>' ELSE '<' || replace(cost_type, '_', ' ') || '>' END,
    0, 0, NULL, 0, amount_nano_usd
  FROM api_cost WHERE date BETWEEN :since AND :until
)
GROUP BY model
ORDER BY COALESCE(SUM(billed) / 1e9, SUM(estimatedCost)) DESC, model;
