-- How much of the change between two ranges is more calls, more tokens a call, other models, and what is left: a
-- token of the same model that costs more, as less of it was read from the cache or more of it is output. The
-- four add up to the change of what has a price. A row of the selection is a call. Null where either range has none.
WITH used AS (
  SELECT
    model_name,
    date BETWEEN :begins AND :ends AS is_now,
    COUNT(*) AS calls,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS tokens,
    SUM(cost) AS cost
  FROM selection
  WHERE cost IS NOT NULL
    AND (date BETWEEN :begins AND :ends OR date BETWEEN :beginsBefore AND :endsBefore)
  GROUP BY 1, 2
),
model AS (
  SELECT
    model_name,
    SUM(calls * is_now)               AS calls,
    SUM(calls * (1 - is_now))         AS calls_before,
    SUM(tokens * is_now) * 1.0        AS tokens,
    SUM(tokens * (1 - is_now)) * 1.0  AS tokens_before,
    SUM(cost * is_now)                AS cost,
    SUM(cost * (1 - is_now))          AS cost_before
  FROM used
  GROUP BY model_name
),
whole AS (
  SELECT
    SUM(calls) AS calls, SUM(calls_before) AS calls_before,
    NULLIF(SUM(tokens), 0) AS tokens, NULLIF(SUM(tokens_before), 0) AS tokens_before,
    SUM(cost) AS cost, SUM(cost_before) AS cost_before
  FROM model
),
price AS (
  SELECT
    model.tokens / whole.tokens               AS share,
    model.tokens_before / whole.tokens_before AS share_before,
    model.cost / NULLIF(model.tokens, 0)      AS price,
    -- Of a model that is new there is no price before.
    COALESCE(model.cost_before / NULLIF(model.tokens_before, 0), model.cost / NULLIF(model.tokens, 0))
                                              AS price_before
  FROM model, whole
)
SELECT
  calls,
  calls_before AS callsBefore,
  COALESCE(tokens, 0) AS tokens,
  COALESCE(tokens_before, 0) AS tokensBefore,
  (calls - calls_before) * cost_before / NULLIF(calls_before, 0) AS byCalls,
  calls * (tokens / NULLIF(calls, 0) - tokens_before / NULLIF(calls_before, 0)) * cost_before / tokens_before
    AS byTokensPerCall,
  tokens * (SELECT SUM((share - share_before) * price_before) FROM price) AS byModels,
  tokens * (SELECT SUM(share * (COALESCE(price, 0) - price_before)) FROM price) AS byCache
FROM whole;
