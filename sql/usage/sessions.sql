-- Each session last active in the range, with all that it used: also on days before the range. One of a branch has a
-- call on it in the range.
SELECT
  session_id            AS sessionId,
  title,
  COALESCE((SELECT name FROM project WHERE slug = project_path), project_path) AS project,
  started_at            AS startedAt,
  first_activity        AS firstActivity,
  last_activity         AS lastActivity,
  total_cost            AS totalCost,
  input_tokens          AS inputTokens,
  output_tokens         AS outputTokens,
  cache_creation_tokens AS cacheCreationTokens,
  cache_read_tokens     AS cacheReadTokens,
  total_tokens          AS totalTokens,
  unpriced_tokens       AS unpricedTokens,
  models_used           AS models,
  machine
FROM session_cost
WHERE last_activity BETWEEN :since AND :until
  AND (:machine IS NULL OR machine = :machine)
  AND (:agent IS NULL OR agent = :agent)
  AND (:model IS NULL OR instr(lower(models_used), lower(:model)) > 0)
  AND (:project IS NULL OR project_path = :project OR project_path IN (
    SELECT slug FROM project
    WHERE lower(:project) IN (lower(slug), lower(path), lower(name))))
  AND (:session IS NULL OR substr(session_id, 1, length(:session)) = :session)
  AND (:branch IS NULL OR session_id IN (SELECT session_id FROM selection))
