-- What is each machine's share?
SELECT
  machine,
  agent,
  COALESCE(SUM(calls), 0)           AS calls,
  COALESCE(SUM(replays), 0)         AS replays,
  COALESCE(SUM(total_tokens), 0)    AS totalTokens,
  SUM(total_cost)                   AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens
FROM figure
GROUP BY machine, agent
ORDER BY machine, agent;
