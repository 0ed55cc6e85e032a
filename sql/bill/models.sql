-- What the usage report tells and what was billed by model; something else that was billed has a name such as
-- <web search>.
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
  SELECT billed_for, 0, 0, NULL, 0, amount_nano_usd
  FROM api_cost WHERE date BETWEEN :since AND :until
)
GROUP BY model
ORDER BY COALESCE(SUM(billed) / 1e9, SUM(estimatedCost)) DESC, model;
