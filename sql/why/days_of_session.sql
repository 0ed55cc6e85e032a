-- Which days make a session up, on whatever machine? What is asked of a session is asked of these, as
-- `part`.
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
FROM session AS s
JOIN session_day AS d ON d.session = s.id
WHERE s.session_id = :subject;
