-- Of each session's day that telemetry tells of: how much of what its transcripts have was told of, too, and what was told
-- of that no transcript has. Telemetry has holes of its own, so that its sum is never shown as the whole.
SELECT
  date,
  session_id                                                               AS sessionId,
  COALESCE(SUM(total_tokens) FILTER (WHERE is_beside = 0), 0)              AS transcriptTokens,
  COALESCE(SUM(total_tokens) FILTER (WHERE is_beside = 0 AND status IS NOT NULL), 0) AS toldTokens,
  COUNT(*) FILTER (WHERE is_beside = 1)                                    AS besideCalls,
  SUM(cost) FILTER (WHERE is_beside = 1)                                   AS besideCost,
  COALESCE(SUM(unpriced_tokens) FILTER (WHERE is_beside = 1), 0)           AS besideUnpricedTokens
FROM call_usage
WHERE date >= :since
GROUP BY date, session_id
HAVING COUNT(status) > 0
ORDER BY date, session_id;
