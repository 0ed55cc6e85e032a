-- Which days cost the most?
SELECT
  date,
  COALESCE(SUM(calls), 0)           AS calls,
  COALESCE(SUM(replays), 0)         AS replays,
  COALESCE(SUM(total_tokens), 0)    AS totalTokens,
  SUM(total_cost)                   AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens
FROM figure
GROUP BY date
ORDER BY totalCost DESC, totalTokens DESC, date
LIMIT :limit;
