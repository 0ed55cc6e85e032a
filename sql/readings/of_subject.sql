-- Every reading of a day or session, numbered in an order that new readings only add to.
SELECT
  ROW_NUMBER() OVER (ORDER BY r.first_read_at, r.agent, r.machine, r.project_path, r.method) AS number,
  r.kind, r.subject, r.project_path AS projectPath, r.agent, r.machine, r.method,
  m.ccusage_version AS ccusageVersion,
  (SELECT prices FROM import_run AS i WHERE i.machine = r.machine AND i.started_at = r.read_at)
    AS prices,
  r.first_read_at AS firstReadAt,
  r.read_at AS readAt,
  r.whole,
  r.shown,
  EXISTS (
    SELECT 1 FROM pin AS p
    WHERE p.kind = r.kind AND p.subject = r.subject AND p.project_path = r.project_path
      AND p.agent = r.agent AND p.machine = r.machine AND p.method = r.method
  ) AS pinned,
  (SELECT COALESCE(SUM(json_extract(value, '$.inputTokens') + json_extract(value, '$.outputTokens')
    + json_extract(value, '$.cacheCreationTokens') + json_extract(value, '$.cacheReadTokens')), 0)
    FROM json_each(r.reported)) AS reportedTokens,
  (SELECT SUM(json_extract(value, '$.cost')) FROM json_each(r.reported)) AS reportedCost,
  (SELECT COALESCE(SUM(json_extract(value, '$.inputTokens') + json_extract(value, '$.outputTokens')
    + json_extract(value, '$.cacheCreationTokens') + json_extract(value, '$.cacheReadTokens')), 0)
    FROM json_each(r.carried)) AS carriedTokens,
  (SELECT SUM(json_extract(value, '$.cost')) FROM json_each(r.carried)) AS carriedCost,
  (SELECT COALESCE(SUM(json_extract(value, '$.unpricedTokens')), 0)
    FROM (SELECT value FROM json_each(r.reported) UNION ALL SELECT value FROM json_each(r.carried)))
    AS unpricedTokens
FROM reading AS r JOIN method AS m ON m.name = r.method
WHERE r.subject = :subject
ORDER BY number;
