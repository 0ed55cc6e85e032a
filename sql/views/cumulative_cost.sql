-- What has it come to so far, and is it rising?
-- The averages are over calendar days, so a weekend off lowers them; in the first week and month they are
-- over the days there have been. Null until something has a known price: zero is not free.
CREATE VIEW cumulative_cost AS
SELECT
  date,
  total_cost,
  SUM(total_cost) OVER (ORDER BY date) AS cumulative_cost,
  SUM(total_cost) OVER (
    ORDER BY julianday(date) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW
  ) / MIN(7, julianday(date) - julianday(MIN(date) OVER ()) + 1) AS seven_day_average,
  SUM(total_cost) OVER (
    ORDER BY julianday(date) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW
  ) / MIN(30, julianday(date) - julianday(MIN(date) OVER ()) + 1) AS thirty_day_average,
  SUM(total_cost) OVER (PARTITION BY substr(date, 1, 7) ORDER BY date) AS month_to_date_cost
FROM daily_cost;
