-- What did each week cost? A week is named by its Monday.
CREATE VIEW weekly_cost AS
SELECT
  date(date, 'weekday 0', '-6 days') AS week,
  COUNT(*)                           AS days_with_usage,
  SUM(input_tokens)                  AS input_tokens,
  SUM(output_tokens)                 AS output_tokens,
  SUM(cache_creation_tokens)         AS cache_creation_tokens,
  SUM(cache_read_tokens)             AS cache_read_tokens,
  SUM(total_tokens)                  AS total_tokens,
  SUM(total_cost)                    AS total_cost,
  SUM(unpriced_tokens)               AS unpriced_tokens
FROM daily_cost
GROUP BY date(date, 'weekday 0', '-6 days');
