-- Recorded calls, the newest first, from a place on.
SELECT
  c.id,
  strftime('%Y-%m-%dT%H:%M:%S', c.at / 1000, 'unixepoch') || printf('.%03dZ', c.at % 1000) AS timestamp,
  k.provider,
  k.model,
  NULLIF(k.project, '') AS project,
  c.task                AS task_id,
  NULLIF(k.worker, '')  AS worker_id,
  c.input_tokens,
  c.output_tokens,
  c.cache_creation_5m_tokens + c.cache_creation_1h_tokens AS cache_creation_tokens,
  c.cache_read_tokens,
  c.cost                AS cost_usd,
  c.duration_ms,
  c.time_to_first_token_ms,
  c.is_success          AS success,
  c.error               AS error_message,
  c.at                  AS at_ms
-- CROSS: what is newest is found by its time, not every cell's calls by the cell.
FROM recorded_call AS c
CROSS JOIN recorded_cell AS k ON k.id = c.cell
WHERE (:beforeAt IS NULL OR (c.at, c.id) < (:beforeAt, :beforeId))
  AND (:since IS NULL OR k.date >= :since)
  AND (:until IS NULL OR k.date <= :until)
  AND (:project IS NULL OR k.project = :project)
  AND (:provider IS NULL OR k.provider = :provider)
  AND (:model IS NULL OR k.model = :model)
ORDER BY c.at DESC, c.id DESC
LIMIT :limit;
