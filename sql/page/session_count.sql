-- How many sessions were last active in the span.
SELECT COUNT(*) AS sessions
FROM session_cost
WHERE last_activity BETWEEN :since AND :until AND :machine IN ('', machine);
