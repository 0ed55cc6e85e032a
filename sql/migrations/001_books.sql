-- The books: every call's usage once, and what ccusage made of it.
--
-- Everything here parses on SQLite 3.34: no STRICT, no ->>, because one statement an older SQLite
-- cannot parse makes the whole file unreadable in it.

-- A machine is a random id. Its name is a label, and may be changed.
CREATE TABLE machine (
  id         INTEGER PRIMARY KEY,
  uid        TEXT NOT NULL UNIQUE, -- made at the machine's first fetch, kept in its configuration
  name       TEXT NOT NULL,
  label      TEXT NOT NULL UNIQUE, -- what the tables show: the name, and a part of the uid where two share it
  timezone   TEXT NOT NULL,        -- IANA name: where its days begin
  changed_at TEXT NOT NULL         -- when name or zone were last set: of two copies the later counts
);

-- Every fetch, merge and recount, failed ones too. Fetches that found nothing new share a row.
CREATE TABLE import_run (
  id                 INTEGER PRIMARY KEY,
  uid                TEXT NOT NULL UNIQUE,
  command            TEXT NOT NULL CHECK (command IN ('fetch', 'merge', 'recount')),
  status             TEXT NOT NULL CHECK (status IN ('running', 'ok', 'failed')),
  machine            INTEGER NOT NULL REFERENCES machine,
  ccbooks_version    TEXT NOT NULL,
  ccusage_version    TEXT,          -- null where ccusage was not asked
  arguments          TEXT,          -- JSON: what ccusage was called with, a list for each time
  prices             TEXT CHECK (prices IN ('downloaded', 'built in')), -- where ccusage's came from, in truth
  log_folders        TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(log_folders)),
  started_at         TEXT NOT NULL,
  finished_at        TEXT,          -- of fetches without anything new: of the last of them
  fetches            INTEGER NOT NULL DEFAULT 1, -- how many share this row
  files_seen         INTEGER NOT NULL DEFAULT 0,
  files_read         INTEGER NOT NULL DEFAULT 0,
  bytes_read         INTEGER NOT NULL DEFAULT 0,
  calls_added        INTEGER NOT NULL DEFAULT 0,
  calls_changed      INTEGER NOT NULL DEFAULT 0,
  days_added         INTEGER NOT NULL DEFAULT 0,
  days_grown         INTEGER NOT NULL DEFAULT 0,
  days_repriced      INTEGER NOT NULL DEFAULT 0,
  days_recounted     INTEGER NOT NULL DEFAULT 0,
  sessions_added     INTEGER NOT NULL DEFAULT 0,
  sessions_grown     INTEGER NOT NULL DEFAULT 0,
  sessions_repriced  INTEGER NOT NULL DEFAULT 0,
  sessions_recounted INTEGER NOT NULL DEFAULT 0,
  scan_ms            INTEGER NOT NULL DEFAULT 0,
  count_ms           INTEGER NOT NULL DEFAULT 0,
  error              TEXT
);

CREATE INDEX import_run_by_time ON import_run (machine, started_at);

-- Where a project is. Claude Code names its folder with every sign of the path but letters and digits
-- replaced, so the path is read once from a transcript and kept when that is gone.
CREATE TABLE project (
  slug TEXT NOT NULL PRIMARY KEY, -- the folder's name: project_path in the other tables
  path TEXT,                      -- null where no transcript says
  name TEXT NOT NULL              -- the last part of the path, else the slug
) WITHOUT ROWID;

CREATE TABLE session (
  id            INTEGER PRIMARY KEY,
  session_id    TEXT NOT NULL,      -- Claude Code's own, the name of its transcript
  agent         TEXT NOT NULL,      -- the program that held it: 'claude'
  machine       INTEGER NOT NULL REFERENCES machine,
  project_path  TEXT NOT NULL,      -- of the transcript that was seen first: it never moves
  first_seen_at TEXT NOT NULL,
  title         TEXT,
  title_seen_at TEXT,
  UNIQUE (session_id, agent, machine)
);

-- What Claude Code itself reckons a session cost, at its end. It holds calls that no transcript has, so
-- it is shown beside and never added; a fork begins with its parent's figure.
CREATE TABLE cost_state (
  session          INTEGER NOT NULL PRIMARY KEY REFERENCES session,
  total_cost       REAL NOT NULL,    -- USD
  duration_ms      INTEGER,
  api_duration_ms  INTEGER,
  has_unknown_cost INTEGER NOT NULL  -- 1: with a model that Claude Code had no price for
);

-- The transcripts a machine has seen, and how far each was read.
CREATE TABLE transcript (
  id            INTEGER PRIMARY KEY,
  machine       INTEGER NOT NULL REFERENCES machine,
  path          TEXT NOT NULL,
  session       INTEGER REFERENCES session, -- null until it has a call
  subagent      TEXT,                       -- null for the conversation itself
  size          INTEGER NOT NULL, -- bytes
  modified_at   REAL NOT NULL,    -- milliseconds since 1970, as the file system says
  read_to       INTEGER NOT NULL, -- bytes: the end of the last complete line read
  read_hash     INTEGER NOT NULL, -- CRC-32 of the bytes before that: with the same ones there, the file only grew
  set_aside     TEXT,             -- JSON: lines with usage that were not let in, counted by reason
  early_at      INTEGER,          -- milliseconds since 1970: of the first line dated after tomorrow; to be read again then
  first_seen_at TEXT NOT NULL,
  deleted_at    TEXT,             -- when a fetch found it gone
  UNIQUE (machine, path)
);

CREATE INDEX transcript_on_disk ON transcript (session) WHERE deleted_at IS NULL;

-- What one session used on one local day: what is counted at once.
CREATE TABLE session_day (
  id        INTEGER PRIMARY KEY,
  session   INTEGER NOT NULL REFERENCES session,
  date      TEXT NOT NULL,                       -- a local day of the machine's zone
  uncounted INTEGER,                             -- new with every change of its calls; null: counted as they are
  counted_by INTEGER REFERENCES import_run,      -- the run that did
  differs   INTEGER NOT NULL DEFAULT 0,          -- 1: ccusage's figure is not the sum of the calls
  UNIQUE (session, date)
);

CREATE INDEX session_day_by_date ON session_day (date);
CREATE INDEX session_day_differing ON session_day (date) WHERE differs = 1;
CREATE INDEX session_day_uncounted ON session_day (id) WHERE uncounted IS NOT NULL;

-- Names live once.
CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE); -- '': the line names none
CREATE TABLE branch (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE client_version (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- One response of the API. `message` and `request` are what it is known by, over all machines and for
-- good: 52 bits of the SHA-256 of message.id and of requestId. The view call_usage has the names.
CREATE TABLE call (
  id                       INTEGER PRIMARY KEY,
  message                  INTEGER NOT NULL,
  request                  INTEGER NOT NULL, -- without a requestId: of the session and the time
  session_day              INTEGER NOT NULL REFERENCES session_day,
  transcript               INTEGER NOT NULL REFERENCES transcript,
  at                       INTEGER NOT NULL, -- milliseconds since 1970
  minutes_from_utc         INTEGER NOT NULL, -- how far the machine's clocks are ahead then: for the local hour
  model                    INTEGER NOT NULL REFERENCES model,
  input_tokens             INTEGER NOT NULL,
  output_tokens            INTEGER NOT NULL,
  cache_creation_5m_tokens INTEGER NOT NULL,
  cache_creation_1h_tokens INTEGER NOT NULL,
  cache_read_tokens        INTEGER NOT NULL,
  branch                   INTEGER REFERENCES branch,
  client_version           INTEGER REFERENCES client_version,
  is_sidechain             INTEGER NOT NULL, -- 1: a subagent's
  is_replay                INTEGER NOT NULL, -- 1: another call stands for the same message, and only that counts
  has_request              INTEGER NOT NULL, -- 0: its line had no requestId
  web_searches             INTEGER NOT NULL,
  speed                    TEXT, -- null: standard
  service_tier             TEXT, -- null: standard
  line_cost                REAL, -- costUSD of the line, which ccusage goes by; old versions wrote it
  details                  TEXT, -- JSON: what else its usage said
  UNIQUE (message, request)
);

CREATE INDEX call_by_session_day ON call (session_day);
CREATE INDEX call_by_time ON call (at);

-- One session's day of one model, as ccusage counted and priced it: what all tables below are sums of.
CREATE TABLE session_cell (
  session_day           INTEGER NOT NULL REFERENCES session_day,
  model_name            TEXT NOT NULL, -- as ccusage has it; '<no model>': what it counted under none
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_creation_1h_tokens INTEGER NOT NULL, -- of these, as the calls have it: ccusage does not say
  cache_read_tokens     INTEGER NOT NULL,
  cost                  REAL,             -- USD at list price; null when no price is known
  unpriced_tokens       INTEGER NOT NULL, -- above zero: the cost is "at least"
  priced_by             TEXT,             -- 'ccusage', or whose price it was given: 'settings', 'list', 'genai-prices'
  PRIMARY KEY (session_day, model_name)
) WITHOUT ROWID;

-- What everything here was last counted with. With another ccusage all is counted again; where another price
-- could be known, the days without one.
CREATE TABLE counted_with (
  id              INTEGER PRIMARY KEY CHECK (id = 1),
  ccusage_version TEXT NOT NULL,
  pricing         TEXT NOT NULL
);

-- Models that ccusage was found to have no price for: it is given ours at once.
CREATE TABLE unpriced_model (
  pricing    TEXT NOT NULL,
  model_name TEXT NOT NULL,
  PRIMARY KEY (pricing, model_name)
) WITHOUT ROWID;

-- Whether ccusage, counting the transcripts themselves, comes to the same as the books.
CREATE TABLE audit (
  machine         INTEGER NOT NULL REFERENCES machine,
  audited_at      TEXT NOT NULL,
  ccusage_version TEXT NOT NULL,
  days            INTEGER NOT NULL,
  differences     TEXT NOT NULL CHECK (json_valid(differences)), -- by day and model; []: none
  PRIMARY KEY (machine, audited_at)
) WITHOUT ROWID;

-- Days and sessions that saved ccusage reports tell of. They show where no call is known.
CREATE TABLE saved_usage (
  kind              TEXT NOT NULL CHECK (kind IN ('day', 'session')),
  subject           TEXT NOT NULL, -- a date, or a session id
  agent             TEXT NOT NULL,
  machine           INTEGER NOT NULL REFERENCES machine,
  project_path      TEXT,          -- of a session
  first_activity    TEXT,          -- of a session, as in session_usage
  last_activity     TEXT,
  first_activity_at TEXT,
  last_activity_at  TEXT,
  cells             TEXT NOT NULL CHECK (json_valid(cells)), -- project, model, tokens and cost
  total_tokens      INTEGER NOT NULL,
  saved_at          TEXT NOT NULL,
  PRIMARY KEY (kind, subject, agent, machine)
) WITHOUT ROWID;

-- Every figure that changed after its day was over, or because it was counted again.
CREATE TABLE revision (
  date          TEXT NOT NULL,
  agent         TEXT NOT NULL,
  machine       INTEGER NOT NULL REFERENCES machine,
  revised_at    TEXT NOT NULL,
  reason        TEXT NOT NULL, -- 'late calls', 'release', 'prices', 'time zone', 'recount'
  detail        TEXT,          -- such as '20.0.19 to 20.0.20'
  tokens_before INTEGER NOT NULL,
  cost_before   REAL,
  tokens_after  INTEGER NOT NULL,
  cost_after    REAL,
  PRIMARY KEY (date, agent, machine, revised_at)
) WITHOUT ROWID;

CREATE TABLE daily_usage (
  date                  TEXT NOT NULL, -- a local day of the machine's time zone
  agent                 TEXT NOT NULL,
  machine               TEXT NOT NULL, -- its label
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
  model_name            TEXT NOT NULL, -- '<no model>': the part of the day that no model accounts for
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cost                  REAL,
  unpriced_tokens       INTEGER NOT NULL,
  fetched_at            TEXT NOT NULL,
  PRIMARY KEY (date, agent, machine, model_name),
  FOREIGN KEY (date, agent, machine) REFERENCES daily_usage ON DELETE CASCADE ON UPDATE CASCADE
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
  FOREIGN KEY (date, agent, machine) REFERENCES daily_usage ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;

-- Each day by project and model at once: what the three tables above are the sums of.
CREATE TABLE usage_cell (
  date                  TEXT NOT NULL,
  agent                 TEXT NOT NULL,
  machine               TEXT NOT NULL,
  project_path          TEXT NOT NULL,
  model_name            TEXT NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cost                  REAL,
  unpriced_tokens       INTEGER NOT NULL,
  PRIMARY KEY (date, agent, machine, project_path, model_name),
  FOREIGN KEY (date, agent, machine) REFERENCES daily_usage ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;

-- Sessions add up to days: both are sums of the same calls.
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
  first_activity_at     TEXT,          -- UTC instants; null where a saved report gave only dates
  last_activity_at      TEXT,
  models_used           TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(models_used)),
  fetched_at            TEXT NOT NULL,
  PRIMARY KEY (session_id, agent, machine)
) WITHOUT ROWID;

-- The most expensive sessions of years, without looking at all of them: everything that the question asks
-- for is in the index, in the order it is asked for.
CREATE INDEX session_usage_by_cost ON session_usage (
  total_cost DESC, total_tokens DESC, session_id, last_activity, last_activity_at, unpriced_tokens);

-- Whether a machine's real sessions are known, which its rows of project folders would double.
CREATE INDEX session_usage_real ON session_usage (machine, agent) WHERE last_activity_at IS NOT NULL;
