-- How many transcripts are still there, how many are deleted, and how many are of subagents?
SELECT
  COALESCE(SUM(t.deleted_at IS NULL), 0)     AS onDisk,
  COALESCE(SUM(t.deleted_at IS NOT NULL), 0) AS deleted,
  COALESCE(SUM(t.subagent IS NOT NULL), 0)   AS ofSubagents,
  COALESCE(SUM(s.calls) FILTER (WHERE t.subagent IS NOT NULL), 0) AS callsOfSubagents
FROM source AS s
JOIN transcript AS t ON t.id = s.id;
