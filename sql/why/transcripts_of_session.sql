-- Which transcripts does a session have, those included whose calls were all known from elsewhere? Asked
-- for as `source`.
SELECT t.id, COALESCE(c.calls, 0) AS calls
FROM transcript AS t
JOIN session AS s ON s.id = t.session
LEFT JOIN (
  SELECT transcript, SUM(is_replay = 0) AS calls
  FROM call
  WHERE session_day IN (SELECT id FROM part)
  GROUP BY transcript
) AS c ON c.transcript = t.id
WHERE s.session_id = :subject;
