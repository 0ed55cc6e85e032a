-- The most expensive projects of the span, each with its part of the whole, and the part that it and those
-- before it come to.
WITH used AS (
  SELECT
    project_path,
    COUNT(DISTINCT date) AS days_with_usage,
    SUM(total_tokens)    AS total_tokens,
    SUM(total_cost)      AS cost,
    SUM(unpriced_tokens) AS unpriced_tokens
  FROM project_usage
  WHERE date BETWEEN :since AND :until AND :machine IN ('', machine)
  GROUP BY project_path
)
SELECT
  COALESCE(name, project_path)  AS name,
  COALESCE(path, project_path)  AS path,
  days_with_usage               AS daysWithUsage,
  total_tokens                  AS totalTokens,
  cost                          AS totalCost,
  unpriced_tokens               AS unpricedTokens,
  cost / SUM(cost) OVER ()      AS share,
  SUM(cost) OVER (ORDER BY cost DESC, total_tokens DESC, project_path) / SUM(cost) OVER ()
                                AS runningShare,
  COUNT(*) OVER ()              AS projects
FROM used
LEFT JOIN project ON slug = project_path
ORDER BY cost DESC, total_tokens DESC, project_path
LIMIT :limit;
