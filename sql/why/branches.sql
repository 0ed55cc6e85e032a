-- On which branches was a session?
SELECT b.name, COUNT(*) AS calls
FROM call AS c
JOIN branch AS b ON b.id = c.branch
WHERE c.session_day IN (SELECT id FROM part) AND c.is_replay = 0
GROUP BY b.name
ORDER BY calls DESC, b.name;
