-- The usage a report is about: each report reads from this, as `selection`.
-- A project is given by its slug, path or name, a model by any part of its name; null is all.
SELECT *
FROM usage_cell
WHERE date BETWEEN :from AND :until
  AND (:machine IS NULL OR machine = :machine)
  AND (:agent IS NULL OR agent = :agent)
  AND (:model IS NULL OR instr(model_name, :model) > 0)
  AND (:project IS NULL OR project_path = :project
    OR project_path IN (SELECT slug FROM project WHERE :project IN (path, name)))
