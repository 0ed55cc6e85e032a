-- Today, this week and this month, whatever the range. Of the week and the month also what their whole days have
-- cost, and the same days of the one before: the day of the last fetch is not over, and what came after it is not
-- known. Null where there is no day to compare, and where the books do not have those days.
WITH period (period, first, last, first_before, last_before) AS (
  VALUES
    ('today', :today, :today, NULL, NULL),
    ('thisWeek', date(:today, 'weekday 0', '-6 days'), date(:today, 'weekday 0'),
      date(:today, 'weekday 0', '-13 days'), date(:lastWholeDay, '-7 days')),
    ('thisMonth', date(:today, 'start of month'), date(:today, 'start of month', '+1 month', '-1 day'),
      date(:today, 'start of month', '-1 month'),
      MIN(date(:today, 'start of month', '-1 month', (strftime('%d', :lastWholeDay) - 1) || ' days'),
        date(:today, 'start of month', '-1 day')))
)
SELECT
  period,
  first <= :asOf AS isKnown,
  CASE WHEN COUNT(date) = 0 THEN 0 ELSE SUM(cost) END AS totalCost,
  COALESCE(SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens), 0) AS totalTokens,
  COALESCE(SUM(unpriced_tokens), 0) AS unpricedTokens,
  CASE WHEN first <= :lastWholeDay THEN (
    SELECT CASE WHEN COUNT(*) = 0 THEN 0 ELSE SUM(cost) END FROM selection
    WHERE date BETWEEN first AND :lastWholeDay
  ) END AS costOfWholeDays,
  CASE WHEN first <= :lastWholeDay AND first_before >= (SELECT MIN(date) FROM daily_usage) THEN (
    SELECT SUM(cost) FROM selection WHERE date BETWEEN first_before AND last_before
  ) END AS costBefore,
  (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM selection
    WHERE date BETWEEN first AND :lastWholeDay) AS unpricedOfWholeDays,
  (SELECT COALESCE(SUM(unpriced_tokens), 0) FROM selection
    WHERE date BETWEEN first_before AND last_before) AS unpricedBefore
FROM period
LEFT JOIN selection ON date BETWEEN first AND last
GROUP BY period, first, first_before, last_before;
