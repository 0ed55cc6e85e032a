-- Which models have tokens without a known price?
SELECT model_name AS model, unpriced_tokens AS unpricedTokens
FROM model_cost
WHERE unpriced_tokens > 0
ORDER BY unpriced_tokens DESC, model_name;
