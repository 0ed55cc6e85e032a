-- Each week, named by its Monday, or each month: its cost and the change against the one before, as a part of
-- that. Only whole periods are compared: not one with days that are not known yet, nor one that the range cuts,
-- nor one in the middle of which the books begin. Each machine and agent has books of its own, so theirs begin
-- where these do; a project or a model begins where it was first used, and cost nothing before.
WITH period AS (
  SELECT
    CASE :grain
      WHEN 'week' THEN date(date, 'weekday 0', '-6 days')
      WHEN 'month' THEN date(date, 'start of month')
    END                        AS start,
    COUNT(DISTINCT date)       AS daysWithUsage,
    SUM(cost)                  AS totalCost,
    SUM(input_tokens)          AS inputTokens,
    SUM(output_tokens)         AS outputTokens,
    SUM(cache_creation_tokens) AS cacheCreationTokens,
    SUM(cache_read_tokens)     AS cacheReadTokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
    SUM(unpriced_tokens)       AS unpricedTokens
  FROM selection
  GROUP BY 1
)
SELECT
  period.*,
  CASE :grain WHEN 'month' THEN substr(period.start, 1, 7) ELSE period.start END AS name,
  period.totalCost / NULLIF(before.totalCost, 0) - 1 AS change
FROM period
LEFT JOIN period AS before
  ON before.start = date(period.start, CASE :grain WHEN 'week' THEN '-7 days' ELSE '-1 month' END)
  AND before.start >= :since
  AND before.start >= (
    SELECT MIN(date)
    FROM daily_usage
    WHERE (:machine IS NULL OR machine = :machine) AND (:agent IS NULL OR agent = :agent)
  )
  AND date(period.start, CASE :grain WHEN 'week' THEN '+6 days' ELSE '+1 month' END,
    CASE :grain WHEN 'week' THEN '+0 days' ELSE '-1 day' END) <= MIN(:until, :lastWholeDay)
WHERE period.start >= :begins;
