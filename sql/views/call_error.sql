-- What went wrong with calls, how often, and when last?
CREATE VIEW call_error AS
SELECT
  source,
  model,
  status_code,
  COALESCE(error, '<no error told>') AS error,
  COUNT(*)                           AS calls,
  MIN(at)                            AS first_at,
  MAX(at)                            AS last_at
FROM call_log
WHERE is_success = 0 AND is_call = 1
GROUP BY source, model, status_code, error;
