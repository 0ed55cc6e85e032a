-- What was a session about, when was it, and what does Claude Code itself reckon? A copy on each machine.
SELECT
  title,
  project_path                       AS slug,
  COALESCE(p.name, project_path)     AS project,
  p.path                             AS projectPath,
  started_at                         AS startedAt,
  last_activity_at                   AS lastActivityAt,
  first_activity                     AS firstActivity,
  last_activity                      AS lastActivity,
  duration_minutes                   AS minutes,
  machine,
  told_cost                          AS toldCost
FROM session_cost
LEFT JOIN project AS p ON p.slug = project_path
WHERE session_id = :session
ORDER BY started_at, machine;
