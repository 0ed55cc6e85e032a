-- Which transcripts hold the most of the calls, and are they still there?
SELECT
  t.path,
  m.label      AS machine,
  t.subagent,
  s.calls,
  t.deleted_at AS deletedAt
FROM source AS s
JOIN transcript AS t ON t.id = s.id
JOIN machine AS m ON m.id = t.machine
ORDER BY s.calls DESC, t.path, m.label
LIMIT :limit;
