-- When a method last read the subject in any copy of the books. `read_at` stays the moment that the
-- figures here are of, which after a merge can be an earlier one.
ALTER TABLE reading ADD COLUMN last_read_at TEXT NOT NULL DEFAULT '';

UPDATE reading SET last_read_at = read_at;
