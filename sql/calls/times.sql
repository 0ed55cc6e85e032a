-- How long some calls took, by model, worker and project: lists of duration, time to the first token and tokens out, that
-- averages and percentiles are taken of. A list is ten times as fast as a row a call.
SELECT
  COALESCE(model, '')   AS model,
  COALESCE(worker, '')  AS worker,
  COALESCE(project, '') AS project,
  json_group_array(json_array(duration_ms, time_to_first_token_ms, tokens_out)) AS times
FROM chosen
WHERE duration_ms IS NOT NULL OR time_to_first_token_ms IS NOT NULL
GROUP BY 1, 2, 3;
