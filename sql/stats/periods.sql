-- Today, this week and this month, whatever the range. Of the week and the month also what their days before
-- today cost, and the same days of the one before: today is not over, so it is compared with nothing. The
-- latter is null where there is no day to compare yet, and where the books do not have those days whole.
WITH period (period, first, last, first_before, last_before) AS (
  VALUES
    ('today', :today, :today, NULL, NULL),
    ('thisWeek', date(:today, 'weekday 0', '-6 days'), date(:today, 'weekday 0'),
      date(:today, 'weekday 0', '-13 days'), date(:today, '-8 days')),
    ('thisMonth', date(:today, 'start of month'), date(:today, 'start of month', '+1 month', '-1 day'),
      date(:today, 'start of month', '-1 month'),
      MIN(date(:today, 'start of month', '-1 month', (strftime('%d', :today) - 2) || ' days'),
        date(:today, 'start of month', '-1 day')))
)
SELECT
  period,
  CASE WHEN COUNT(date) = 0 THEN 0 ELSE SUM(total_cost) END AS totalCost,
  COALESCE(SUM(total_tokens), 0)    AS totalTokens,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens,
  (SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(total_cost) END FROM daily_usage
    WHERE date BETWEEN first AND date(:today, '-1 day')) AS costToYesterday,
  (SELECT SUM(total_cost) FROM daily_usage WHERE date BETWEEN first_before AND last_before
    AND first_before >= (SELECT MIN(date) FROM daily_usage)) AS costBefore
FROM period
LEFT JOIN daily_usage ON date BETWEEN first AND last
GROUP BY period, first, first_before, last_before;
