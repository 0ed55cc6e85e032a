-- What some calls come to in all, by model, worker and project.
WITH fine AS MATERIALIZED (
  SELECT
    COALESCE(model, '')   AS model,
    COALESCE(worker, '')  AS worker,
    COALESCE(project, '') AS project,
    SUM(calls)            AS calls,
    SUM(failed_calls)     AS failed_calls,
    SUM(tokens_in)        AS tokens_in,
    SUM(tokens_out)       AS tokens_out,
    SUM(cost)             AS cost,
    SUM(unpriced_tokens)  AS unpriced_tokens
  FROM summed
  GROUP BY 1, 2, 3
),
grouped AS (
  SELECT 'all' AS by, '' AS key, * FROM fine
  UNION ALL
  SELECT 'model', model, * FROM fine
  UNION ALL
  SELECT 'worker', worker, * FROM fine WHERE worker <> ''
  UNION ALL
  SELECT 'project', project, * FROM fine
)
SELECT
  by,
  key,
  COALESCE(CASE by WHEN 'project' THEN (SELECT name FROM project WHERE slug = key) END, key) AS name,
  SUM(calls)           AS calls,
  SUM(failed_calls)    AS failedCalls,
  SUM(tokens_in)       AS inputTokens,
  SUM(tokens_out)      AS outputTokens,
  SUM(cost)            AS totalCost,
  SUM(unpriced_tokens) AS unpricedTokens
FROM grouped
GROUP BY by, key
ORDER BY by, totalCost DESC, calls DESC, key;
