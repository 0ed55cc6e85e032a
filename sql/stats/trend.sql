-- Cost, running total and the means of 7 and 30 days of each day in the range, and beside each the tokens
-- without a price that it leaves out.
SELECT
  date,
  total_cost          AS totalCost,
  cumulative_cost     AS cumulativeCost,
  seven_day_average   AS sevenDayAverage,
  thirty_day_average  AS thirtyDayAverage,
  month_to_date_cost  AS monthToDateCost,
  unpriced            AS unpricedTokens,
  unpriced_so_far     AS unpricedTokensSoFar,
  seven_day_unpriced  AS sevenDayUnpricedTokens,
  thirty_day_unpriced AS thirtyDayUnpricedTokens
FROM cumulative_cost
JOIN (
  SELECT
    date                                       AS day,
    unpriced_tokens                            AS unpriced,
    SUM(unpriced_tokens) OVER (ORDER BY date)  AS unpriced_so_far,
    SUM(unpriced_tokens) OVER (
      ORDER BY julianday(date) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW
    ) AS seven_day_unpriced,
    SUM(unpriced_tokens) OVER (
      ORDER BY julianday(date) RANGE BETWEEN 29 PRECEDING AND CURRENT ROW
    ) AS thirty_day_unpriced
  FROM daily_cost
) ON day = date
WHERE date BETWEEN :since AND :until
ORDER BY date;
