-- When was the usage report last pulled, and which days does it have? It is of the organisation, whatever :machine is.
SELECT
  (SELECT pulled_at FROM api_pull WHERE report = 'usage') AS fetchedAt,
  (SELECT MIN(date) FROM api_usage_day)                   AS firstDate,
  (SELECT MAX(date) FROM api_usage_day)                   AS lastDate
WHERE :machine IS NULL OR 1;
