-- Transcripts of the last 60 days that were deleted before they were as old as Claude Code lets them become.
SELECT
  COUNT(*) AS transcripts,
  CAST(MIN(julianday(deleted_at) - (modified_at / 86400000.0 + 2440587.5)) AS INTEGER) AS youngestDays
FROM transcript
WHERE machine = :machine
  AND deleted_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-60 days')
  AND julianday(deleted_at) - (modified_at / 86400000.0 + 2440587.5) < :retentionDays - 1;
