-- Today, this week and this month, whatever the range, and what the same days of the week and the month
-- before cost. Null for those that the books do not have whole, and for today, which is not over.
WITH period (period, first, last, first_before, last_before) AS (
  VALUES
    ('today', :today, :today, NULL, NULL),
    ('thisWeek', date(:today, 'weekday 0', '-6 days'), date(:today, 'weekday 0'),
      date(:today, 'weekday 0', '-13 days'), date(:today, '-7 days')),
    ('thisMonth', date(:today, 'start of month'), date(:today, 'start of month', '+1 month', '-1 day'),
      date(:today, 'start of month', '-1 month'),
      MIN(date(:today, 'start of month', '-1 month', (strftime('%d', :today) - 1) || ' days'),
        date(:today, 'start of month', '-1 day')))
)
SELECT
  period,
  CASE WHEN COUNT(date) = 0 THEN 0 ELSE SUM(total_cost) END AS totalCost,
  COALESCE(SUM(total_tokens), 0)    AS totalTokens,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens,
  (SELECT SUM(total_cost) FROM daily_usage WHERE date BETWEEN first_before AND last_before
    AND first_before >= (SELECT MIN(date) FROM daily_usage)) AS costBefore
FROM period
LEFT JOIN daily_usage ON date BETWEEN first AND last
GROUP BY period, first_before, last_before;
