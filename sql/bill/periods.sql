-- What the usage report tells and what was billed by day, week (named by its Monday) or month of UTC, or in all; no row
-- where nothing is known.
SELECT
  CASE :grain
    WHEN 'all' THEN :since
    WHEN 'week' THEN date(date, 'weekday 0', '-6 days')
    WHEN 'month' THEN date(date, 'start of month')
    ELSE date
  END                   AS start,
  SUM(inputTokens)      AS inputTokens,
  SUM(outputTokens)     AS outputTokens,
  SUM(estimatedCost)    AS estimatedCost,
  SUM(unpricedTokens)   AS unpricedTokens,
  SUM(billed) / 1e9     AS billedCost
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
GROUP BY 1
ORDER BY 1;
