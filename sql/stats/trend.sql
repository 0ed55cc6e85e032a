-- Cost, running total and seven-day mean of each day in the range.
SELECT
  c.date               AS date,
  c.total_cost         AS totalCost,
  c.cumulative_cost    AS cumulativeCost,
  c.seven_day_average  AS sevenDayAverage,
  c.month_to_date_cost AS monthToDateCost,
  d.unpriced_tokens    AS unpricedTokens
FROM cumulative_cost AS c
JOIN daily_cost AS d ON d.date = c.date
WHERE c.date BETWEEN :since AND :until
ORDER BY c.date;
