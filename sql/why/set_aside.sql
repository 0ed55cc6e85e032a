-- Which lines with usage in those transcripts were not let in?
SELECT
  r.key                AS reason,
  SUM(r.value)         AS lines,
  COUNT(DISTINCT t.id) AS transcripts
FROM source AS s
JOIN transcript AS t ON t.id = s.id
JOIN json_each(t.set_aside) AS r
WHERE t.set_aside IS NOT NULL
GROUP BY r.key
ORDER BY lines DESC, reason;
