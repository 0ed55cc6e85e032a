-- The days a page of the range is about: from its beginning, or that of the books if they are younger,
-- to its end or the last day with usage. One row of nulls where the range has no usage.
WITH book AS (
  SELECT MIN(date) AS first_date, MAX(date) AS last_date
  FROM daily_usage
  WHERE :machine IN ('', machine)
)
SELECT
  MAX(:since, first_date) AS since,
  MIN(:until, last_date)  AS until
FROM book
WHERE EXISTS (
  SELECT 1 FROM daily_usage
  WHERE date BETWEEN :since AND :until AND :machine IN ('', machine)
);
