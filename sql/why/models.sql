-- Which models were used, and whose prices were they counted with?
SELECT
  model_name           AS model,
  priced_by            AS pricedBy,
  SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS totalTokens,
  SUM(cost)            AS totalCost,
  SUM(unpriced_tokens) AS unpricedTokens
FROM session_cell
WHERE session_day IN (SELECT id FROM part)
GROUP BY model_name, priced_by
ORDER BY totalCost DESC, totalTokens DESC, model_name, priced_by
LIMIT :limit;
