-- Which sessions cost the most?
SELECT
  f.session_id                        AS sessionId,
  s.title,
  COALESCE(p.name, s.project_path)    AS project,
  f.machine,
  f.agent,
  COALESCE(SUM(f.calls), 0)           AS calls,
  COALESCE(SUM(f.replays), 0)         AS replays,
  COALESCE(SUM(f.total_tokens), 0)    AS totalTokens,
  SUM(f.total_cost)                   AS totalCost,
  COALESCE(SUM(f.unpriced_tokens), 0) AS unpricedTokens
FROM figure AS f
JOIN session AS s ON s.id = f.session
LEFT JOIN project AS p ON p.slug = s.project_path
GROUP BY f.session
ORDER BY totalCost DESC, totalTokens DESC, sessionId, f.machine
LIMIT :limit;
