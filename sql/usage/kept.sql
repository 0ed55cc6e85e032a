-- What the books hold in the range beyond the transcripts that are still there. It is reckoned as all less
-- what those say, as after years they are the smaller part.
WITH on_disk AS (
  SELECT
    d.date,
    SUM(c.input_tokens + c.output_tokens + c.cache_creation_tokens + c.cache_read_tokens) AS total_tokens,
    SUM(c.cost)            AS total_cost,
    SUM(c.unpriced_tokens) AS unpriced_tokens
  FROM (
    SELECT session FROM transcript WHERE deleted_at IS NULL AND session IS NOT NULL
    UNION
    -- What only telemetry tells of never had one.
    SELECT id FROM session WHERE project_path = 'Unknown Project'
      AND id NOT IN (SELECT session FROM transcript WHERE session IS NOT NULL)
  ) AS t
  CROSS JOIN session_day AS d ON d.session = t.session
  JOIN session_cell AS c ON c.session_day = d.id
  WHERE d.date BETWEEN :since AND :until
  GROUP BY d.date
)
SELECT
  COUNT(*)                                                                      AS days,
  COALESCE(SUM(a.total_tokens - COALESCE(o.total_tokens, 0)), 0)                AS totalTokens,
  SUM(a.total_cost - COALESCE(o.total_cost, 0))                                 AS totalCost,
  COALESCE(SUM(a.unpriced_tokens - COALESCE(o.unpriced_tokens, 0)), 0)          AS unpricedTokens
FROM daily_cost AS a
LEFT JOIN on_disk AS o ON o.date = a.date
WHERE a.date BETWEEN :since AND :until AND a.total_tokens > COALESCE(o.total_tokens, 0);
