-- The API keys that the books know, and what each has used.
SELECT
  k.id,
  k.name,
  k.label,
  w.name                    AS workspace,
  COALESCE(SUM(u.cost), 0)  AS estimatedCost,
  COALESCE(SUM(u.unpriced_tokens), 0) AS unpricedTokens,
  MAX(u.date)               AS lastDate
FROM (
  SELECT id, name, label, workspace FROM api_key
  UNION ALL
  SELECT DISTINCT api_key, NULL, NULL, NULL FROM api_usage_day
  WHERE api_key != '' AND api_key NOT IN (SELECT id FROM api_key)
) AS k
LEFT JOIN workspace AS w ON w.id = k.workspace
LEFT JOIN api_usage_day AS u ON u.api_key = k.id
GROUP BY k.id
ORDER BY COALESCE(k.label, k.name, k.id);
