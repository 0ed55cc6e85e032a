-- What each person or key did with Claude Code, as Anthropic reports it, and its own estimate of the cost.
SELECT
  u.actor,
  u.actor_type                                   AS actorType,
  COUNT(DISTINCT u.date)                         AS daysWithUsage,
  SUM(u.sessions)                                AS sessions,
  SUM(u.lines_added)                             AS linesAdded,
  SUM(u.lines_removed)                           AS linesRemoved,
  SUM(u.commits)                                 AS commits,
  SUM(u.pull_requests)                           AS pullRequests,
  COALESCE(SUM(m.tokens), 0)                     AS totalTokens,
  COALESCE(SUM(m.nano_usd), 0) / 1e9             AS estimatedCost
FROM claude_code_usage AS u
LEFT JOIN (
  SELECT
    date, actor, actor_type, customer_type, terminal,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS tokens,
    SUM(cost_nano_usd) AS nano_usd
  FROM claude_code_model_usage
  GROUP BY date, actor, actor_type, customer_type, terminal
) AS m USING (date, actor, actor_type, customer_type, terminal)
WHERE u.date BETWEEN :since AND :until
GROUP BY u.actor, u.actor_type
ORDER BY estimatedCost DESC, u.actor;
