-- What did each model cost?
CREATE VIEW model_cost AS
SELECT
  model_name,
  COUNT(DISTINCT date)       AS days_with_usage,
  SUM(input_tokens)          AS input_tokens,
  SUM(output_tokens)         AS output_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(cache_read_tokens)     AS cache_read_tokens,
  SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS total_tokens,
  SUM(cost)                  AS total_cost,
  SUM(unpriced_tokens)       AS unpriced_tokens,
  MIN(date)                  AS first_date,
  MAX(date)                  AS last_date
FROM model_breakdown
GROUP BY model_name;
