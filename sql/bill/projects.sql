-- The calls of each project beside what was reported of the keys, or else of the workspace, that are called like it.
WITH local AS (
  SELECT
    lower(COALESCE((SELECT name FROM project WHERE slug = project_path), project_path)) AS key,
    COALESCE((SELECT name FROM project WHERE slug = project_path), project_path)        AS name,
    cost,
    unpriced_tokens
  FROM call_usage
  WHERE date BETWEEN date(:since, '-1 day') AND date(:until, '+1 day')
    AND date(at_ms / 1000, 'unixepoch') BETWEEN :since AND :until
),
reported AS (
  SELECT
    COALESCE(k.label, k.name, w.name, CASE u.workspace WHEN '' THEN 'default' ELSE u.workspace END) AS name,
    u.cost,
    u.unpriced_tokens
  FROM api_usage_day AS u
  LEFT JOIN api_key AS k ON k.id = u.api_key
  LEFT JOIN workspace AS w ON w.id = u.workspace
  WHERE u.date BETWEEN :since AND :until
)
SELECT
  MIN(name)                   AS project,
  SUM(localCost)              AS localCost,
  SUM(localUnpricedTokens)    AS localUnpricedTokens,
  SUM(usageCost)              AS usageCost,
  SUM(usageUnpricedTokens)    AS usageUnpricedTokens
FROM (
  SELECT
    key, name, cost AS localCost, unpriced_tokens AS localUnpricedTokens, NULL AS usageCost,
    0 AS usageUnpricedTokens
  FROM local
  UNION ALL
  SELECT lower(name), name, NULL, 0, cost, unpriced_tokens FROM reported
)
GROUP BY key
ORDER BY COALESCE(SUM(usageCost), 0) + COALESCE(SUM(localCost), 0) DESC, project;
