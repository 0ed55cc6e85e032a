-- What did each month cost?
CREATE VIEW monthly_cost AS
SELECT
  substr(date, 1, 7)         AS month,
  COUNT(*)                   AS days_with_usage,
  SUM(input_tokens)          AS input_tokens,
  SUM(output_tokens)         AS output_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(cache_read_tokens)     AS cache_read_tokens,
  SUM(total_tokens)          AS total_tokens,
  SUM(total_cost)            AS total_cost,
  SUM(unpriced_tokens)       AS unpriced_tokens
FROM daily_cost
GROUP BY substr(date, 1, 7);
