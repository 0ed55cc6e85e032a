-- What does Claude Code itself reckon a session cost? A running total: of copies the highest is the last.
SELECT
  c.total_cost       AS totalCost,
  c.has_unknown_cost AS hasUnknownCost,
  c.duration_ms      AS durationMs,
  c.api_duration_ms  AS apiDurationMs
FROM session AS s
JOIN cost_state AS c ON c.session = s.id
WHERE s.session_id = :subject
ORDER BY c.total_cost DESC
LIMIT 1;
