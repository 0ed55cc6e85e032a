-- Which models have tokens without a known price?
SELECT model_name AS model, SUM(unpriced_tokens) AS unpricedTokens
FROM model_breakdown
WHERE unpriced_tokens > 0
GROUP BY model_name
ORDER BY unpricedTokens DESC, model_name;
