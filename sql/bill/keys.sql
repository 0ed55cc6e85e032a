-- What did each key use? By the user's label, else its name. Of keys the bill tells nothing.
SELECT
  CASE WHEN u.api_key = '' THEN '<no key>' ELSE COALESCE(k.label, k.name, u.api_key) END AS key,
  SUM(u.input_tokens + u.cache_creation_tokens + u.cache_read_tokens) AS inputTokens,
  SUM(u.output_tokens)   AS outputTokens,
  SUM(u.cost)            AS estimatedCost,
  SUM(u.unpriced_tokens) AS unpricedTokens
FROM api_usage_day AS u
LEFT JOIN api_key AS k ON k.id = u.api_key
WHERE u.date BETWEEN :since AND :until
GROUP BY 1
ORDER BY SUM(u.cost) DESC, 1;
