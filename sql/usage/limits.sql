-- How full the limits of the plan were on each day, and how many of their windows came to 90% or more.
SELECT
  date,
  machine,
  MAX(CASE name WHEN 'five_hour' THEN used_percent END) / 100 AS fiveHourPeak,
  COALESCE(SUM(CASE name WHEN 'five_hour' THEN windows_over_90 END), 0) AS fiveHourOver90,
  MAX(CASE name WHEN 'seven_day' THEN used_percent END) / 100 AS sevenDayPeak,
  COALESCE(SUM(CASE name WHEN 'seven_day' THEN windows_over_90 END), 0) AS sevenDayOver90
FROM plan_limit_peak
WHERE date BETWEEN :since AND :until AND (:machine IS NULL OR machine = :machine)
GROUP BY date, machine;
