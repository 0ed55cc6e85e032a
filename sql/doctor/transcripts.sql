-- The transcripts of a machine as a fetch last saw them, but for those that were gone by then.
SELECT
  path,
  size,
  modified_at AS modifiedAt
FROM transcript
WHERE machine = :machine AND deleted_at IS NULL;
