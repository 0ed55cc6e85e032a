-- How full were the plan's limits on each day, and how often was one nearly reached?
CREATE VIEW plan_limit_peak AS
SELECT
  l.date,
  l.name,
  m.label                                                         AS machine,
  MAX(l.used_percent)                                             AS used_percent,
  COUNT(DISTINCT CASE WHEN l.used_percent >= 90 THEN l.resets_at END) AS windows_over_90
FROM plan_limit AS l
JOIN machine AS m ON m.id = l.machine
GROUP BY l.date, l.name, m.label;
