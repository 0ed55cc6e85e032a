-- Today, this week and this month, whatever the range; no row for one without usage.
SELECT 'today' AS period, total_cost AS totalCost, total_tokens AS totalTokens,
  unpriced_tokens AS unpricedTokens
FROM daily_cost WHERE date = :today
UNION ALL
SELECT 'thisWeek', total_cost, total_tokens, unpriced_tokens
FROM weekly_cost WHERE week = date(:today, 'weekday 0', '-6 days')
UNION ALL
SELECT 'thisMonth', total_cost, total_tokens, unpriced_tokens
FROM monthly_cost WHERE month = substr(:today, 1, 7);
