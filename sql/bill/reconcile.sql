-- What the calls of the books come to, what the usage report does, and the bill: for each day of UTC and model (:by is
-- 'day'), for each model, or in all. A call has an instant, so that its day of UTC is exact; in fast mode the API calls
-- a model by its plain name.
WITH local AS (
  SELECT
    date(at_ms / 1000, 'unixepoch') AS date,
    CASE WHEN model_name LIKE '%-fast' THEN substr(model_name, 1, length(model_name) - 5)
      ELSE replace(model_name, '[1m]', '') END AS model,
    SUM(cost)                       AS cost,
    SUM(unpriced_tokens)            AS unpriced_tokens,
    SUM(total_tokens)               AS tokens
  FROM call_usage
  -- A zone is at most a day away from UTC.
  WHERE date BETWEEN date(:since, '-1 day') AND date(:until, '+1 day')
  GROUP BY 1, 2
),
usage AS (
  SELECT
    date, model, SUM(cost) AS cost, SUM(unpriced_tokens) AS unpriced_tokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS tokens
  FROM api_usage_day WHERE date BETWEEN :since AND :until
  GROUP BY date, model
),
bill AS (
  SELECT date, billed_for AS model, SUM(amount_nano_usd) AS nano_usd
  FROM api_cost WHERE date BETWEEN :since AND :until
  GROUP BY 1, 2
),
known (date, model) AS (
  SELECT date, model FROM local WHERE date BETWEEN :since AND :until AND tokens > 0
  UNION SELECT date, model FROM usage
  UNION SELECT date, model FROM bill
)
SELECT
  CASE WHEN :by = 'day' THEN k.date END       AS date,
  CASE WHEN :by != 'all' THEN k.model END     AS model,
  SUM(l.cost)                                 AS localCost,
  COALESCE(SUM(l.unpriced_tokens), 0)         AS localUnpricedTokens,
  COALESCE(SUM(l.tokens), 0)                  AS localTokens,
  SUM(u.cost)                                 AS usageCost,
  COALESCE(SUM(u.unpriced_tokens), 0)         AS usageUnpricedTokens,
  COALESCE(SUM(u.tokens), 0)                  AS usageTokens,
  SUM(b.nano_usd) / 1e9                       AS billedCost,
  SUM(b.nano_usd) / 1e9 - COALESCE(SUM(l.cost), 0) AS gap
FROM known AS k
LEFT JOIN local AS l USING (date, model)
LEFT JOIN usage AS u USING (date, model)
LEFT JOIN bill AS b USING (date, model)
GROUP BY 1, 2
ORDER BY 1, 2;
