-- What each of the most expensive models cost in each day, week or month, and the others together: their model
-- is null.
WITH used AS (
  SELECT
    date, model_name,
    SUM(cost)            AS cost,
    SUM(unpriced_tokens) AS unpriced_tokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS total_tokens
  FROM selection
  GROUP BY date, model_name
),
ranked AS (
  SELECT
    model_name,
    ROW_NUMBER() OVER (ORDER BY SUM(cost) DESC, SUM(total_tokens) DESC, model_name) AS place
  FROM used
  GROUP BY model_name
)
SELECT
  CASE :grain
    WHEN 'week' THEN date(date, 'weekday 0', '-6 days')
    WHEN 'month' THEN date(date, 'start of month')
    ELSE date
  END                                                   AS start,
  CASE WHEN place <= :limit THEN used.model_name END    AS model,
  SUM(cost)                                             AS totalCost,
  SUM(unpriced_tokens)                                  AS unpricedTokens,
  MIN(place)                                            AS place
FROM used
JOIN ranked ON ranked.model_name = used.model_name
GROUP BY 1, 2;
