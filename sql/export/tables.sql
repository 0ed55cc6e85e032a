-- What can be exported: the tables that users query, and every view, their own included. The tables that
-- serve the fetch alone are left out: views show what people ask of them.
SELECT name
FROM sqlite_master
WHERE type = 'view' OR (type = 'table' AND name IN (
  'daily_usage', 'model_breakdown', 'project_usage', 'usage_cell', 'session_usage', 'project',
  'machine', 'revision', 'import_run', 'budget', 'budget_event',
  'budget_delivery', 'plan_limit', 'api_usage', 'api_usage_day', 'api_cost', 'claude_code_usage',
  'claude_code_model_usage', 'api_key', 'workspace', 'recorded_cell',
  'telemetry_call', 'retention_sweep'
))
ORDER BY type, rowid;
