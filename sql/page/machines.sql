-- Whose usage the books hold.
SELECT DISTINCT machine FROM daily_usage ORDER BY machine;
