-- What did each project cost? `path` is where it is, null where no transcript said.
CREATE VIEW project_cost AS
SELECT
  project_path,
  COALESCE(name, project_path) AS name,
  path,
  COUNT(DISTINCT date)       AS days_with_usage,
  SUM(input_tokens)          AS input_tokens,
  SUM(output_tokens)         AS output_tokens,
  SUM(cache_creation_tokens) AS cache_creation_tokens,
  SUM(cache_read_tokens)     AS cache_read_tokens,
  SUM(total_tokens)          AS total_tokens,
  SUM(total_cost)            AS total_cost,
  SUM(unpriced_tokens)       AS unpriced_tokens,
  MIN(date)                  AS first_date,
  MAX(date)                  AS last_date
FROM project_usage
LEFT JOIN project ON slug = project_path
GROUP BY project_path;
