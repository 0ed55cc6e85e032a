-- What was used on each day of UTC by the usage report, at which estimate, and what was billed for it?
SELECT
  date,
  SUM(inputTokens)             AS inputTokens,
  SUM(outputTokens)            AS outputTokens,
  SUM(estimatedCost)           AS estimatedCost,
  SUM(unpricedTokens)          AS unpricedTokens,
  SUM(billed) / 1e9            AS billedCost
FROM (
  SELECT
    date,
    input_tokens + cache_creation_tokens + cache_read_tokens AS inputTokens,
    output_tokens   AS outputTokens,
    cost            AS estimatedCost,
    unpriced_tokens AS unpricedTokens,
    NULL            AS billed
  FROM api_usage_day WHERE date BETWEEN :since AND :until
  UNION ALL
  SELECT date, 0, 0, NULL, 0, amount_nano_usd FROM api_cost WHERE date BETWEEN :since AND :until
)
GROUP BY date
ORDER BY date;
