-- The cache by day, model or project: how much of what went in was read from it, and what that saved at list
-- price, net of what writing it cost more. Savings are null where no rate is known, and unknownTokens says for
-- how many.
SELECT
  used.*,
  COALESCE(CASE :by WHEN 'project' THEN (SELECT name FROM project WHERE slug = key) END, key) AS name
FROM (
  SELECT
    CASE :by WHEN 'day' THEN date WHEN 'model' THEN s.model_name WHEN 'project' THEN project_path END
      AS key,
    CAST(SUM(cache_read_tokens) AS REAL)
      / NULLIF(SUM(input_tokens + cache_creation_tokens + cache_read_tokens), 0) AS hitRate,
    SUM(cache_read_tokens)                           AS cacheReadTokens,
    SUM(cache_creation_tokens)                       AS cacheCreationTokens,
    SUM(input_tokens)                                AS inputTokens,
    SUM(cache_read_tokens * read_saving) / 1e6       AS readSavings,
    SUM(cache_creation_tokens * write_premium) / 1e6 AS writePremium,
    SUM(cache_read_tokens * read_saving - cache_creation_tokens * write_premium) / 1e6 AS netSavings,
    SUM(CASE WHEN read_saving IS NULL THEN cache_read_tokens + cache_creation_tokens ELSE 0 END)
      AS unknownTokens
  FROM selection AS s
  LEFT JOIN cache_rate AS rate
    ON rate.model_name = s.model_name AND date >= valid_from
    AND (valid_until IS NULL OR date < valid_until)
  GROUP BY 1
) AS used;
