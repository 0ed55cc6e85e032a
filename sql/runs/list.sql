-- The last runs, the newest first: all, or those that failed, of one command, or of one machine.
SELECT
  r.started_at           AS startedAt,
  r.finished_at          AS finishedAt,
  r.command,
  m.label                AS machine,
  r.status,
  r.fetches,
  r.calls_added          AS callsAdded,
  r.calls_changed        AS callsChanged,
  r.days_added           AS daysAdded,
  r.days_grown           AS daysGrown,
  r.days_repriced        AS daysRepriced,
  r.days_recounted       AS daysRecounted,
  r.sessions_added       AS sessionsAdded,
  r.sessions_grown       AS sessionsGrown,
  r.sessions_repriced    AS sessionsRepriced,
  r.sessions_recounted   AS sessionsRecounted,
  r.files_read           AS filesRead,
  r.bytes_read           AS bytesRead,
  r.scan_ms              AS scanMs,
  r.count_ms             AS countMs,
  r.ccusage_version      AS ccusageVersion,
  r.prices,
  r.error
FROM import_run AS r
JOIN machine AS m ON m.id = r.machine
WHERE (:failed = 0 OR r.status = 'failed')
  AND (:command IS NULL OR r.command = :command)
  AND (:machine IS NULL OR m.label = :machine)
ORDER BY r.started_at DESC, r.id DESC
LIMIT :limit;
