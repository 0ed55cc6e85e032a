-- At which local hours was it spent?
CREATE VIEW hour_cost AS
SELECT
  date,
  hour,
  COUNT(*)                   AS calls,
  SUM(input_tokens)          AS input_tokens,
  SUM(output_tokens)         AS output_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(cache_read_tokens)     AS cache_read_tokens,
  SUM(total_tokens)          AS total_tokens,
  SUM(cost)                  AS total_cost,
  SUM(unpriced_tokens)       AS unpriced_tokens
FROM call_usage
GROUP BY date, hour;
