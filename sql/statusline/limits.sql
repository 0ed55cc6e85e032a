-- How full each window of the plan was when it was last told, on one machine.
SELECT name, used_percent AS usedPercent, resets_at AS resetsAt
FROM plan_limit AS l
WHERE machine = :machine AND seen_at = (
  SELECT MAX(seen_at) FROM plan_limit WHERE machine = l.machine AND name = l.name
)
ORDER BY name;
