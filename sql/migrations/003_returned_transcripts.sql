-- When a transcript that had vanished was last found to be back. A release that is used again did not
-- see itself what vanished and came back in between, and must neither lose nor double it.
ALTER TABLE transcript ADD COLUMN returned_at TEXT;

CREATE INDEX transcript_returned ON transcript (machine, returned_at, modified_at)
  WHERE returned_at IS NOT NULL;

CREATE INDEX transcript_vanished ON transcript (machine, vanished_at, modified_at)
  WHERE vanished_at IS NOT NULL;
