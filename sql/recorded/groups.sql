-- What recorded calls come to by day, provider, model or project, or in all.
SELECT
  CASE :by
    WHEN 'day' THEN date
    WHEN 'provider' THEN provider
    WHEN 'model' THEN model
    WHEN 'project' THEN project
    ELSE 'all'
  END                         AS name,
  SUM(calls)                  AS calls,
  SUM(failed_calls)           AS failed_calls,
  SUM(input_tokens)           AS input_tokens,
  SUM(output_tokens)          AS output_tokens,
  SUM(cache_creation_tokens)  AS cache_creation_tokens,
  SUM(cache_read_tokens)      AS cache_read_tokens,
  SUM(cost)                   AS cost_usd,
  SUM(unpriced_tokens)        AS unpriced_tokens
FROM recorded_cell
WHERE (:since IS NULL OR date >= :since)
  AND (:until IS NULL OR date <= :until)
  AND (:project IS NULL OR project = :project)
GROUP BY 1
ORDER BY CASE :by WHEN 'day' THEN 0 ELSE -COALESCE(SUM(cost), 0) END, 1;
