-- When were the books last brought up to date, and which days do they have?
SELECT
  (
    SELECT MAX(r.finished_at) FROM import_run AS r JOIN machine AS m ON m.id = r.machine
    WHERE r.command = 'fetch' AND r.status = 'ok' AND (:machine IS NULL OR m.label = :machine)
  ) AS fetchedAt,
  (SELECT MIN(date) FROM daily_usage WHERE :machine IS NULL OR machine = :machine) AS firstDate,
  (SELECT MAX(date) FROM daily_usage WHERE :machine IS NULL OR machine = :machine) AS lastDate;
