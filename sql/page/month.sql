-- What the running month has cost so far.
SELECT SUM(total_cost) AS totalCost, COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens
FROM daily_usage
WHERE date BETWEEN date(:today, 'start of month') AND :today AND :machine IN ('', machine);
