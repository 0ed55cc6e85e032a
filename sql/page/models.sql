-- What each model cost in the span, and its part of the whole.
WITH used AS (
  SELECT
    model_name,
    COUNT(DISTINCT date) AS days_with_usage,
    SUM(output_tokens)   AS output_tokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS total_tokens,
    SUM(cost)            AS cost,
    SUM(unpriced_tokens) AS unpriced_tokens
  FROM model_breakdown
  WHERE date BETWEEN :since AND :until AND :machine IN ('', machine)
  GROUP BY model_name
)
SELECT
  model_name                    AS model,
  days_with_usage               AS daysWithUsage,
  output_tokens                 AS outputTokens,
  total_tokens                  AS totalTokens,
  cost                          AS totalCost,
  unpriced_tokens               AS unpricedTokens,
  cost / SUM(cost) OVER ()      AS share
FROM used
ORDER BY totalCost DESC, totalTokens DESC, model;
