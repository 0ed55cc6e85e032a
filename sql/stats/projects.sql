-- The most expensive projects of the range.
SELECT
  slug,
  COALESCE(name, slug) AS project,
  daysWithUsage,
  totalTokens,
  totalCost,
  unpricedTokens
FROM (
  SELECT
    project_path         AS slug,
    COUNT(DISTINCT date) AS daysWithUsage,
    SUM(total_tokens)    AS totalTokens,
    SUM(total_cost)      AS totalCost,
    SUM(unpriced_tokens) AS unpricedTokens
  FROM project_usage
  WHERE date BETWEEN :since AND :until
  GROUP BY project_path
)
LEFT JOIN project USING (slug)
ORDER BY totalCost DESC, totalTokens DESC, project
LIMIT :limit;
