-- How much of the transcripts a run looked at: 'full' is all of them, 'recent' those written since the
-- local midnight, 'idle' none, as none had changed. And what it cost, in files, bytes and milliseconds.
ALTER TABLE import_run ADD COLUMN pass TEXT NOT NULL DEFAULT 'full' CHECK (pass IN ('full', 'recent', 'idle'));
ALTER TABLE import_run ADD COLUMN files_seen INTEGER;
ALTER TABLE import_run ADD COLUMN files_read INTEGER;
ALTER TABLE import_run ADD COLUMN bytes_read INTEGER;
ALTER TABLE import_run ADD COLUMN list_ms INTEGER;     -- listing the transcripts
ALTER TABLE import_run ADD COLUMN link_ms INTEGER;     -- putting the recent ones into a folder of their own
ALTER TABLE import_run ADD COLUMN ccusage_ms INTEGER;
ALTER TABLE import_run ADD COLUMN validate_ms INTEGER; -- what was left of it when ccusage was done
ALTER TABLE import_run ADD COLUMN write_ms INTEGER;

-- What a run was asked, and which transcripts it found, in short: the same again needs no run of ccusage.
ALTER TABLE import_run ADD COLUMN question_fingerprint TEXT;
ALTER TABLE import_run ADD COLUMN transcripts_fingerprint TEXT;
