-- The books: what ccusage reported, reading by reading, and the settled tables people query.
--
-- Everything here parses on SQLite 3.34: no STRICT, no ->>, because one statement an older SQLite
-- cannot parse makes the whole file unreadable in it.

-- How usage was counted. Figures are only comparable when counted the same way: a ccusage release,
-- a cost mode and a time zone. Where prices came from is noted on the run instead.
CREATE TABLE method (
  name            TEXT NOT NULL PRIMARY KEY, -- '20.0.20 auto Europe/Berlin'
  ccusage_version TEXT NOT NULL,
  cost_mode       TEXT NOT NULL,
  timezone        TEXT NOT NULL
) WITHOUT ROWID;

-- One day or session as one method counted it. Transcripts are deleted file by file, so a day is a
-- counter that can be reset: `reported` is what the last report said, `carried` what the logs once
-- showed and no longer do. What the books show is the sum of both.
CREATE TABLE reading (
  kind             TEXT NOT NULL CHECK (kind IN ('day', 'session')),
  subject          TEXT NOT NULL,            -- a date, or a session id
  project_path     TEXT NOT NULL DEFAULT '', -- sessions only: one id can live in two project folders
  agent            TEXT NOT NULL,
  machine          TEXT NOT NULL,
  method           TEXT NOT NULL REFERENCES method (name),
  reported         TEXT NOT NULL CHECK (json_valid(reported)), -- cells: project x model, tokens and cost
  carried          TEXT NOT NULL CHECK (json_valid(carried)),
  whole            INTEGER NOT NULL CHECK (whole IN (0, 1)),   -- first read before any sweep could touch it
  shown            INTEGER NOT NULL CHECK (shown IN (0, 1)),   -- the tables below show this one of the subject
  first_activity   TEXT, -- sessions only, as in session_usage
  last_activity    TEXT,
  last_activity_at TEXT,
  first_read_at    TEXT NOT NULL,
  read_at          TEXT NOT NULL,
  PRIMARY KEY (kind, subject, project_path, agent, machine, method)
) WITHOUT ROWID;

-- A fetch looks up what the last report still showed; years of swept history stay out of its way.
CREATE INDEX reading_still_reported ON reading (machine, agent, kind) WHERE reported <> '[]';

-- Every run, failed ones too.
CREATE TABLE import_run (
  id                 TEXT NOT NULL PRIMARY KEY,
  status             TEXT NOT NULL CHECK (status IN ('ok', 'failed')),
  machine            TEXT NOT NULL,
  agent              TEXT NOT NULL,
  source             TEXT NOT NULL, -- 'ccusage'
  command            TEXT NOT NULL, -- JSON: the arguments given to the source, a list for each report
  ccbooks_version    TEXT NOT NULL,
  ccusage_version    TEXT,          -- null when ccusage never said
  timezone           TEXT NOT NULL,
  prices             TEXT NOT NULL CHECK (prices IN ('online', 'built in')),
  log_folders        TEXT NOT NULL CHECK (json_valid(log_folders)),
  started_at         TEXT NOT NULL,
  finished_at        TEXT NOT NULL,
  days_added         INTEGER NOT NULL DEFAULT 0,
  days_grown         INTEGER NOT NULL DEFAULT 0,
  days_repriced      INTEGER NOT NULL DEFAULT 0,
  days_recounted     INTEGER NOT NULL DEFAULT 0,
  days_kept          INTEGER NOT NULL DEFAULT 0,
  days_unchanged     INTEGER NOT NULL DEFAULT 0,
  sessions_added     INTEGER NOT NULL DEFAULT 0,
  sessions_grown     INTEGER NOT NULL DEFAULT 0,
  sessions_repriced  INTEGER NOT NULL DEFAULT 0,
  sessions_recounted INTEGER NOT NULL DEFAULT 0,
  sessions_kept      INTEGER NOT NULL DEFAULT 0,
  sessions_unchanged INTEGER NOT NULL DEFAULT 0,
  kept_tokens        INTEGER NOT NULL DEFAULT 0, -- what this run newly carried
  kept_cost          REAL NOT NULL DEFAULT 0,
  error              TEXT
) WITHOUT ROWID;

CREATE INDEX import_run_by_time ON import_run (machine, agent, status, started_at);

-- The transcripts seen by the last run of a machine. One that vanishes explains a shrinking day;
-- one that comes back must not be counted on top of what was carried for it.
CREATE TABLE transcript (
  machine     TEXT NOT NULL,
  path        TEXT NOT NULL,
  size        INTEGER NOT NULL, -- bytes
  modified_at REAL NOT NULL,    -- milliseconds since 1970, as the file system says
  vanished_at TEXT,
  PRIMARY KEY (machine, path)
) WITHOUT ROWID;

CREATE INDEX transcript_present ON transcript (machine) WHERE vanished_at IS NULL;

CREATE TABLE daily_usage (
  date                  TEXT NOT NULL, -- a local day of the machine's time zone
  agent                 TEXT NOT NULL,
  machine               TEXT NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  total_tokens          INTEGER NOT NULL,
  total_cost            REAL,             -- USD at list price; null when no price is known
  unpriced_tokens       INTEGER NOT NULL, -- above zero: total_cost is "at least"
  models_used           TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(models_used)),
  fetched_at            TEXT NOT NULL,
  PRIMARY KEY (date, agent, machine)
) WITHOUT ROWID;

CREATE TABLE model_breakdown (
  date                  TEXT NOT NULL,
  agent                 TEXT NOT NULL,
  machine               TEXT NOT NULL,
  model_name            TEXT NOT NULL, -- '<no model>': the part of the day no model row accounts for
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cost                  REAL,
  unpriced_tokens       INTEGER NOT NULL,
  fetched_at            TEXT NOT NULL,
  PRIMARY KEY (date, agent, machine, model_name),
  FOREIGN KEY (date, agent, machine) REFERENCES daily_usage ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE project_usage (
  date                  TEXT NOT NULL,
  project_path          TEXT NOT NULL, -- Claude Code's folder name for the working directory
  agent                 TEXT NOT NULL,
  machine               TEXT NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  total_tokens          INTEGER NOT NULL,
  total_cost            REAL,
  unpriced_tokens       INTEGER NOT NULL,
  models_used           TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(models_used)),
  fetched_at            TEXT NOT NULL,
  PRIMARY KEY (date, project_path, agent, machine),
  FOREIGN KEY (date, agent, machine) REFERENCES daily_usage ON DELETE CASCADE
) WITHOUT ROWID;

-- Sessions do not add up to days: ccusage counts replayed sidechain lines in one and not the other.
CREATE TABLE session_usage (
  session_id            TEXT NOT NULL,
  project_path          TEXT NOT NULL,
  agent                 TEXT NOT NULL,
  machine               TEXT NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  total_tokens          INTEGER NOT NULL,
  total_cost            REAL,
  unpriced_tokens       INTEGER NOT NULL,
  first_activity        TEXT,          -- YYYY-MM-DD in the machine's zone
  last_activity         TEXT NOT NULL, -- YYYY-MM-DD in the machine's zone
  last_activity_at      TEXT,          -- UTC instant; null where ccusage gave only a date
  models_used           TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(models_used)),
  fetched_at            TEXT NOT NULL,
  PRIMARY KEY (session_id, project_path, agent, machine)
) WITHOUT ROWID;
