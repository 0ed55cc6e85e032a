-- The transcripts of a session's conversation that its calls were seen in, and whether they are still there.
SELECT t.path, t.deleted_at AS deletedAt, m.label AS machine
FROM session AS s
JOIN machine AS m ON m.id = s.machine
JOIN transcript AS t ON t.subagent IS NULL AND t.id IN (
  SELECT transcript FROM call WHERE session_day IN (SELECT id FROM session_day WHERE session = s.id)
)
WHERE s.session_id = :session
ORDER BY t.deleted_at IS NOT NULL, t.path;
