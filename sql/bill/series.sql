-- The estimate of the usage report and the bill, by day, week (named by its Monday) or month of UTC.
SELECT
  CASE :grain
    WHEN 'week' THEN date(date, 'weekday 0', '-6 days')
    WHEN 'month' THEN date(date, 'start of month')
    ELSE date
  END                   AS start,
  SUM(estimatedCost)    AS estimatedCost,
  SUM(unpricedTokens)   AS unpricedTokens,
  SUM(billed) / 1e9     AS billedCost
FROM (
  SELECT date, cost AS estimatedCost, unpriced_tokens AS unpricedTokens, NULL AS billed
  FROM api_usage_day WHERE date BETWEEN :since AND :until
  UNION ALL
  SELECT date, NULL, 0, amount_nano_usd FROM api_cost WHERE date BETWEEN :since AND :until
)
GROUP BY 1
ORDER BY 1;
