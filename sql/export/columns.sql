-- The columns of a table or view in their order, also derived ones. `declaredType` is empty where a view computes it;
-- `keyPosition` is 0 outside the primary key, and views have none.
SELECT
  name,
  type            AS declaredType,
  "notnull" = 0   AS isNullable,
  pk              AS keyPosition
FROM pragma_table_xinfo(:name)
ORDER BY cid;
