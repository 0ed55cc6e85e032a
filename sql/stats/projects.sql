-- The most expensive projects of the range.
SELECT
  project_path                 AS slug,
  COALESCE(name, project_path) AS project,
  COUNT(DISTINCT date)         AS daysWithUsage,
  SUM(total_tokens)            AS totalTokens,
  SUM(total_cost)              AS totalCost,
  SUM(unpriced_tokens)         AS unpricedTokens
FROM project_usage
LEFT JOIN project ON slug = project_path
WHERE date BETWEEN :since AND :until
GROUP BY project_path
ORDER BY totalCost DESC, totalTokens DESC, project
LIMIT :limit;
