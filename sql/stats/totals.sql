-- What the books hold altogether.
SELECT
  COUNT(*)                            AS days,
  (SELECT COUNT(*) FROM session_cost) AS sessions,
  MIN(date)                           AS firstDate,
  MAX(date)                           AS lastDate,
  COALESCE(SUM(total_tokens), 0)      AS totalTokens,
  SUM(total_cost)                     AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0)   AS unpricedTokens
FROM daily_cost;
