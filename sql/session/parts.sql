-- How many calls did a session make, how many of them subagents, and what did those cost?
SELECT
  COUNT(*)                                                          AS calls,
  COUNT(DISTINCT subagent)                                          AS subagents,
  COALESCE(SUM(subagent IS NOT NULL OR is_sidechain = 1), 0)        AS subagentCalls,
  SUM(CASE WHEN subagent IS NOT NULL OR is_sidechain = 1 THEN cost END) AS subagentCost,
  COALESCE(SUM(CASE WHEN subagent IS NOT NULL OR is_sidechain = 1 THEN unpriced_tokens END), 0)
                                                                    AS subagentUnpricedTokens,
  COALESCE(SUM(web_searches), 0)                                    AS webSearches
FROM call_usage
WHERE session_id = :session;
