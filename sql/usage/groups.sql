-- The selection by one thing, or by two at once: what each cost, and its share of the cost.
SELECT
  used.*,
  CASE :by
    WHEN 'project' THEN COALESCE((SELECT name FROM project WHERE slug = key), key)
    WHEN 'branch' THEN COALESCE(key, '<no branch>')
    WHEN 'hour' THEN printf('%02d:00', key)
    ELSE key
  END AS name,
  CASE :by WHEN 'project' THEN key END AS slug,
  CASE :by WHEN 'project' THEN (SELECT path FROM project WHERE slug = key) END AS path,
  CASE :within
    WHEN 'project' THEN COALESCE((SELECT name FROM project WHERE slug = key_within), key_within)
    WHEN 'branch' THEN COALESCE(key_within, '<no branch>')
    WHEN 'hour' THEN printf('%02d:00', key_within)
    ELSE key_within
  END AS nameWithin
FROM (
  SELECT
    CASE :by
      WHEN 'project' THEN project_path
      WHEN 'model' THEN model_name
      WHEN 'branch' THEN branch
      WHEN 'hour' THEN hour
      WHEN 'session' THEN session_id
      WHEN 'machine' THEN machine
      WHEN 'agent' THEN agent
    END AS key,
    CASE :within
      WHEN 'project' THEN project_path
      WHEN 'model' THEN model_name
      WHEN 'branch' THEN branch
      WHEN 'hour' THEN hour
      WHEN 'session' THEN session_id
      WHEN 'machine' THEN machine
      WHEN 'agent' THEN agent
    END AS key_within,
    COUNT(DISTINCT date)       AS daysWithUsage,
    SUM(cost)                  AS totalCost,
    SUM(cost) / NULLIF(SUM(SUM(cost)) OVER (), 0) AS costShare,
    COUNT(*) OVER ()           AS groups,
    SUM(input_tokens)          AS inputTokens,
    SUM(output_tokens)         AS outputTokens,
    SUM(cache_creation_tokens) AS cacheCreationTokens,
    SUM(cache_read_tokens)     AS cacheReadTokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
    SUM(unpriced_tokens)       AS unpricedTokens,
    MIN(date)                  AS firstDate,
    MAX(date)                  AS lastDate
  FROM selection
  GROUP BY 1, 2
) AS used;
