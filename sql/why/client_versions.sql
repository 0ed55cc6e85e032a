-- Which versions of Claude Code held a session?
SELECT v.name, COUNT(*) AS calls
FROM call AS c
JOIN client_version AS v ON v.id = c.client_version
WHERE c.session_day IN (SELECT id FROM part) AND c.is_replay = 0
GROUP BY v.name
ORDER BY MIN(c.at), v.name;
