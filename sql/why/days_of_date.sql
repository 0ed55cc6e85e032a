-- Which days of sessions make a date up? What is asked of a date is asked of these, as `part`.
SELECT
  d.id,
  d.session,
  d.date,
  d.uncounted IS NOT NULL AS is_uncounted,
  d.counted_by,
  d.differs,
  s.session_id,
  s.agent,
  s.machine
FROM session_day AS d
JOIN session AS s ON s.id = d.session
WHERE d.date = :subject;
