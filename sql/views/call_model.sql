-- What were the calls of each model? A total is of one source.
CREATE VIEW call_model AS
SELECT
  source,
  model,
  SUM(is_call)                                        AS calls,
  SUM(is_call = 1 AND is_success = 0)                 AS failed_calls,
  SUM(tokens_in)                                      AS input_tokens,
  SUM(tokens_out)                                     AS output_tokens,
  SUM(cost)                                           AS cost,
  SUM(unpriced_tokens)                                AS unpriced_tokens,
  CAST(AVG(duration_ms) AS INTEGER)                   AS average_duration_ms,
  CAST(AVG(time_to_first_token_ms) AS INTEGER)        AS average_time_to_first_token_ms
FROM call_log
GROUP BY source, model;
