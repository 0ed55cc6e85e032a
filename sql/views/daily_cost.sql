-- What did each day cost, over all machines and agents?
CREATE VIEW daily_cost AS
SELECT
  date,
  SUM(input_tokens)          AS input_tokens,
  SUM(output_tokens)         AS output_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(cache_read_tokens)     AS cache_read_tokens,
  SUM(total_tokens)          AS total_tokens,
  SUM(total_cost)            AS total_cost,
  SUM(unpriced_tokens)       AS unpriced_tokens
FROM daily_usage
GROUP BY date;
