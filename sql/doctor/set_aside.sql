-- Lines with usage that were not let in, by transcript and reason.
SELECT t.path, r.key AS reason, r.value AS lines
FROM transcript AS t
JOIN machine AS m ON m.id = t.machine
JOIN json_each(t.set_aside) AS r
WHERE m.label = :machine AND t.set_aside IS NOT NULL AND t.deleted_at IS NULL
ORDER BY t.path, r.key;
