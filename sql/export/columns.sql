-- The columns of a table or view in their order. `declaredType` is empty where a view computes the column;
-- `keyPosition` is 0 outside the primary key, and views have none.
SELECT
  name,
  type            AS declaredType,
  "notnull" = 0   AS isNullable,
  pk              AS keyPosition
FROM pragma_table_info(:name)
ORDER BY cid;
