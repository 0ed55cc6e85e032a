-- The most expensive day of the span; no row where no price is known.
SELECT date, SUM(total_cost) AS totalCost, SUM(unpriced_tokens) AS unpricedTokens
FROM daily_usage
WHERE date BETWEEN :since AND :until AND :machine IN ('', machine)
GROUP BY date
HAVING SUM(total_cost) > 0
ORDER BY totalCost DESC, date
LIMIT 1;
