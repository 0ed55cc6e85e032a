-- Which transcripts hold the calls of a date? Asked for as `source`.
SELECT transcript AS id, SUM(is_replay = 0) AS calls
FROM call
WHERE session_day IN (SELECT id FROM part)
GROUP BY transcript;
