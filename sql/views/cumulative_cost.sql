-- What has it come to so far, and is it rising?
-- The averages are over calendar days, so a weekend off lowers them; in the first week and month they are
-- over the days there have been. Null until something has a known price: zero is not free. Beside each figure
-- are the tokens without a price that it leaves out: above zero it is "at least".
CREATE VIEW cumulative_cost AS
SELECT
  date,
  total_cost,
  SUM(total_cost) OVER (ORDER BY date) AS cumulative_cost,
  SUM(total_cost) OVER seven_days
    / MIN(7, julianday(date) - julianday(MIN(date) OVER ()) + 1) AS seven_day_average,
  SUM(total_cost) OVER thirty_days
    / MIN(30, julianday(date) - julianday(MIN(date) OVER ()) + 1) AS thirty_day_average,
  SUM(total_cost) OVER month_to_date AS month_to_date_cost,
  unpriced_tokens,
  SUM(unpriced_tokens) OVER (ORDER BY date) AS cumulative_unpriced_tokens,
  SUM(unpriced_tokens) OVER seven_days      AS seven_day_unpriced_tokens,
  SUM(unpriced_tokens) OVER thirty_days     AS thirty_day_unpriced_tokens,
  SUM(unpriced_tokens) OVER month_to_date   AS month_to_date_unpriced_tokens
FROM daily_cost
WINDOW
  seven_days AS (ORDER BY julianday(date) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW),
  thirty_days AS (ORDER BY julianday(date) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW),
  month_to_date AS (PARTITION BY substr(date, 1, 7) ORDER BY date);
