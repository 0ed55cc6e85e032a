-- The budgets there are.
SELECT
  name,
  amount,
  unit,
  period,
  warn_percent AS warnPercent,
  counts_cache AS countsCache,
  stops,
  source,
  project,
  model,
  branch,
  machine,
  agent
FROM budget
WHERE removed_at IS NULL
ORDER BY name;
