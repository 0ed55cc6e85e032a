-- Whose usage the books hold. Reports merged from elsewhere may tell of sessions alone.
SELECT machine, agent FROM daily_usage
UNION
SELECT machine, agent FROM session_usage
ORDER BY machine, agent;
