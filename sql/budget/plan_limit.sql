-- How full is a window of the plan that has not been reset, by the machine that was told of the fullest?
SELECT l.used_percent AS usedPercent, l.resets_at AS resetsAt
FROM plan_limit AS l
JOIN machine AS m ON m.id = l.machine
WHERE l.name = :name
  AND l.resets_at > :now
  AND (:machine IS NULL OR m.label = :machine)
  AND l.seen_at = (
    SELECT MAX(seen_at) FROM plan_limit WHERE machine = l.machine AND name = l.name
  )
ORDER BY l.used_percent DESC
LIMIT 1;
