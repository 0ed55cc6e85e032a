-- What is a session about, and when was it? Of copies on several machines the first one seen says.
SELECT
  (SELECT title FROM session WHERE session_id = :subject AND title IS NOT NULL
    ORDER BY title_seen_at DESC, title DESC LIMIT 1) AS title,
  s.project_path                                     AS projectSlug,
  COALESCE(p.name, s.project_path)                   AS project,
  p.path                                             AS projectPath,
  (SELECT MIN(at) FROM call WHERE session_day IN (SELECT id FROM part) AND is_replay = 0) AS firstAt,
  (SELECT MAX(at) FROM call WHERE session_day IN (SELECT id FROM part) AND is_replay = 0) AS lastAt
FROM session AS s
JOIN machine AS m ON m.id = s.machine
LEFT JOIN project AS p ON p.slug = s.project_path
WHERE s.session_id = :subject
ORDER BY s.first_seen_at, m.uid
LIMIT 1;
