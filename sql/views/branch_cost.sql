-- What did each git branch cost? Null where no branch is known.
CREATE VIEW branch_cost AS
SELECT
  branch,
  project_path,
  COUNT(*)                   AS calls,
  COUNT(DISTINCT session_id) AS sessions,
  SUM(input_tokens)          AS input_tokens,
  SUM(output_tokens)         AS output_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(cache_read_tokens)     AS cache_read_tokens,
  SUM(total_tokens)          AS total_tokens,
  SUM(cost)                  AS total_cost,
  SUM(unpriced_tokens)       AS unpriced_tokens,
  MIN(date)                  AS first_date,
  MAX(date)                  AS last_date
FROM call_usage
GROUP BY branch, project_path;
