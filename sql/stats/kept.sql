-- What the books hold in the range of sessions whose transcripts have been deleted.
SELECT
  COUNT(DISTINCT date)              AS days,
  COALESCE(SUM(total_tokens), 0)    AS totalTokens,
  SUM(cost)                         AS totalCost,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens
FROM kept_usage
WHERE date BETWEEN :since AND :until;
