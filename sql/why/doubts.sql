-- How much is not counted as it is now, and where is ccusage's figure not the sum of the calls?
SELECT
  COALESCE(SUM(calls) FILTER (WHERE is_uncounted), 0)    AS uncountedCalls,
  COUNT(*) FILTER (WHERE differs)                        AS differingParts,
  COALESCE(SUM(total_tokens) FILTER (WHERE differs), 0)  AS differingTokens,
  COALESCE(SUM(call_tokens) FILTER (WHERE differs), 0)   AS differingCallTokens
FROM figure;
