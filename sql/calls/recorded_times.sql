-- The same of recorded calls, cell by cell: months of them are found at once.
SELECT
  model,
  worker,
  project,
  (
    SELECT json_group_array(json_array(duration_ms, time_to_first_token_ms, output_tokens))
    FROM recorded_call
    WHERE cell = recorded_cell.id
      AND (:task IS NULL OR task = :task)
      AND (:failed = 0 OR is_success = 0)
      AND (duration_ms IS NOT NULL OR time_to_first_token_ms IS NOT NULL)
  ) AS times
FROM recorded_cell
WHERE date BETWEEN :since AND :until
  AND (:project IS NULL OR project = :project)
  AND (:model IS NULL OR instr(lower(model), lower(:model)) > 0)
  AND (:worker IS NULL OR worker = :worker)
  AND calls > 0;
