-- Each project, where it is, and its share of the cost.
SELECT used.*, COALESCE(name, slug) AS project, path
FROM (
  SELECT
    project_path               AS slug,
    COUNT(DISTINCT date)       AS daysWithUsage,
    SUM(cost)                  AS totalCost,
    SUM(cost) / NULLIF(SUM(SUM(cost)) OVER (), 0) AS costShare,
    SUM(input_tokens)          AS inputTokens,
    SUM(output_tokens)         AS outputTokens,
    SUM(cache_creation_tokens) AS cacheCreationTokens,
    SUM(cache_read_tokens)     AS cacheReadTokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
    SUM(unpriced_tokens)       AS unpricedTokens,
    MIN(date)                  AS firstDate,
    MAX(date)                  AS lastDate
  FROM selection
  GROUP BY project_path
) AS used
LEFT JOIN project USING (slug)
