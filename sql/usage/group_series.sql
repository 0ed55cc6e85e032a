-- What each of the most expensive models or projects cost in each day, week or month, and the others together:
-- their key is null.
WITH used AS (
  SELECT
    date,
    CASE :by WHEN 'model' THEN model_name WHEN 'project' THEN project_path END AS key,
    SUM(cost)            AS cost,
    SUM(unpriced_tokens) AS unpriced_tokens,
    SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens) AS total_tokens
  FROM selection
  GROUP BY 1, 2
),
ranked AS (
  SELECT key, ROW_NUMBER() OVER (ORDER BY SUM(cost) DESC, SUM(total_tokens) DESC, key) AS place
  FROM used
  GROUP BY key
)
SELECT
  CASE :grain
    WHEN 'week' THEN date(date, 'weekday 0', '-6 days')
    WHEN 'month' THEN date(date, 'start of month')
    ELSE date
  END                                          AS start,
  CASE WHEN place <= :limit THEN used.key END  AS key,
  SUM(cost)                                    AS totalCost,
  SUM(unpriced_tokens)                         AS unpricedTokens,
  MIN(place)                                   AS place
FROM used
JOIN ranked ON ranked.key = used.key
GROUP BY 1, 2;
