-- Days of which ccusage's figure is not the sum of the calls.
SELECT DISTINCT d.date
FROM session_day AS d
JOIN session AS s ON s.id = d.session
JOIN machine AS m ON m.id = s.machine
WHERE d.differs = 1 AND m.label = :machine
ORDER BY d.date;
