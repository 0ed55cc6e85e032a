-- Machines that have sessions in common, which count twice: a session is named by chance alone.
SELECT a.machine, b.machine AS other, COUNT(*) AS sessions
FROM session_usage AS a
JOIN session_usage AS b USING (session_id, project_path, agent)
WHERE a.machine < b.machine AND a.last_activity_at IS NOT NULL AND b.last_activity_at IS NOT NULL
GROUP BY a.machine, b.machine
ORDER BY sessions DESC, a.machine, b.machine;
