-- Every transcript of a machine as a fetch last saw it, also those that are gone by now.
SELECT
  path,
  size,
  modified_at AS modifiedAt
FROM transcript
WHERE machine = :machine;
