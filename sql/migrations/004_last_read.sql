-- When a report by the method last showed the subject, in any copy of the books: the reading that was
-- last is the one to show. `read_at` is the moment that the figures here are of: a later one when the
-- subject has gone from the reports since, an earlier one when a fuller copy was merged.
ALTER TABLE reading ADD COLUMN last_read_at TEXT NOT NULL DEFAULT '';

UPDATE reading SET last_read_at = read_at;
