-- What the cache did for the whole selection, whichever way the report divides it.
SELECT
  CAST(SUM(cacheReadTokens) AS REAL)
    / NULLIF(SUM(inputTokens + cacheCreationTokens + cacheReadTokens), 0) AS hitRate,
  SUM(cacheReadTokens)     AS cacheReadTokens,
  SUM(cacheCreationTokens) AS cacheCreationTokens,
  SUM(inputTokens)         AS inputTokens,
  SUM(readSavings)         AS readSavings,
  SUM(writePremium)        AS writePremium,
  SUM(netSavings)          AS netSavings,
  SUM(unknownTokens)       AS unknownTokens
FROM answer
