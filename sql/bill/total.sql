-- What the usage report and the bill come to in some days; no row where nothing is known of them.
SELECT
  MIN(date)           AS start,
  SUM(estimatedCost)  AS estimatedCost,
  SUM(unpricedTokens) AS unpricedTokens,
  SUM(billed) / 1e9   AS billedCost
FROM (
  SELECT date, cost AS estimatedCost, unpriced_tokens AS unpricedTokens, NULL AS billed
  FROM api_usage_day WHERE date BETWEEN :since AND :until
  UNION ALL
  SELECT date, NULL, 0, amount_nano_usd FROM api_cost WHERE date BETWEEN :since AND :until
)
HAVING COUNT(*) > 0;
