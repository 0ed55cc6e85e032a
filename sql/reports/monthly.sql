-- Each month: its cost and the change against the one before, as a part of that.
-- Only whole months are compared: not the one that is running, nor one that the range cuts, nor one in the
-- middle of which the books begin. Each machine and agent has books of its own, so theirs begin where these
-- do; a project or a model begins where it was first used, and cost nothing before.
WITH period AS (
  SELECT
    substr(date, 1, 7) AS month,
    COUNT(DISTINCT date)       AS daysWithUsage,
    SUM(cost)                  AS totalCost,
    SUM(input_tokens)          AS inputTokens,
    SUM(output_tokens)         AS outputTokens,
    SUM(cache_creation_tokens) AS cacheCreationTokens,
    SUM(cache_read_tokens)     AS cacheReadTokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
    SUM(unpriced_tokens)       AS unpricedTokens
  FROM selection
  GROUP BY month
)
SELECT
  period.*,
  period.totalCost / NULLIF(before.totalCost, 0) - 1 AS change
FROM period
LEFT JOIN period AS before
  ON before.month = substr(date(period.month || '-01', '-1 day'), 1, 7)
  AND before.month || '-01' >= :since
  AND before.month || '-01' >= (
    SELECT MIN(date)
    FROM daily_usage
    WHERE (:machine IS NULL OR machine = :machine) AND (:agent IS NULL OR agent = :agent)
  )
  AND date(period.month || '-01', '+1 month', '-1 day') <= MIN(:until, date(:today, '-1 day'))
