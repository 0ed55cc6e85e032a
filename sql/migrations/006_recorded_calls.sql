-- Calls come in by three more doors: Claude Code's telemetry, apps that record their own, and programs that are run.

-- A call that only telemetry tells of is a call like any other, of no transcript, and known by its request alone: its
-- `message` is its request. The line of a transcript takes its place when it comes.
CREATE TABLE call_of_any_source (
  id                       INTEGER PRIMARY KEY,
  message                  INTEGER NOT NULL,
  request                  INTEGER NOT NULL, -- without a requestId: of the session and the time
  session_day              INTEGER NOT NULL REFERENCES session_day,
  transcript               INTEGER REFERENCES transcript, -- null: only telemetry tells of it
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

INSERT INTO call_of_any_source SELECT * FROM call ORDER BY id;

DROP TABLE call;

ALTER TABLE call_of_any_source RENAME TO call;

CREATE INDEX call_by_session_day ON call (session_day);
CREATE INDEX call_by_time ON call (at);
-- Telemetry knows a call by its request alone.
CREATE INDEX call_by_request ON call (request);
CREATE INDEX call_beside ON call (session_day) WHERE transcript IS NULL;

CREATE TABLE query_source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

-- What telemetry tells of calls beyond their tokens, and of those that failed. A batch that is sent again, and several
-- events of one call, are one row.
CREATE TABLE telemetry_call (
  id                       INTEGER PRIMARY KEY,
  identity                 INTEGER NOT NULL UNIQUE, -- 52 bits of the SHA-256 of its request id; without one, of what else tells it apart
  has_request              INTEGER NOT NULL, -- 1: identity is `call.request`; 0: it can be joined to nothing, and is kept apart
  session                  INTEGER NOT NULL REFERENCES session,
  at                       INTEGER NOT NULL, -- of its end: milliseconds since 1970
  minutes_from_utc         INTEGER NOT NULL, -- how far the machine's clocks are ahead then: for the local day
  model                    INTEGER NOT NULL REFERENCES model,
  input_tokens             INTEGER NOT NULL, -- all zero of a call without an answer
  output_tokens            INTEGER NOT NULL,
  cache_creation_5m_tokens INTEGER NOT NULL,
  cache_creation_1h_tokens INTEGER NOT NULL,
  cache_read_tokens        INTEGER NOT NULL,
  duration_ms              INTEGER, -- of the last attempt
  time_to_first_token_ms   INTEGER,
  attempts                 INTEGER, -- null: not told
  status                   TEXT NOT NULL CHECK (status IN ('ok', 'error', 'refusal')),
  status_code              INTEGER, -- HTTP; null on a broken connection
  error                    TEXT,
  effort                   TEXT,
  query_source             INTEGER REFERENCES query_source, -- what in Claude Code asked
  told_cost                INTEGER -- millionths of USD, as Claude Code reckons: shown beside, never summed
);

CREATE INDEX telemetry_call_by_time ON telemetry_call (at);
CREATE INDEX telemetry_call_failed ON telemetry_call (at) WHERE status = 'error';

-- Claude Code says that it deleted transcripts.
CREATE TABLE retention_sweep (
  machine             INTEGER NOT NULL REFERENCES machine,
  at                  TEXT NOT NULL, -- ISO 8601 UTC
  period_days         INTEGER,
  transcripts_deleted INTEGER NOT NULL,
  PRIMARY KEY (machine, at)
) WITHOUT ROWID;

-- How often each event of telemetry has come, whether or not it is kept.
CREATE TABLE telemetry_event (
  name    TEXT NOT NULL PRIMARY KEY,
  events  INTEGER NOT NULL,
  last_at TEXT NOT NULL -- when it came: ISO 8601 UTC
) WITHOUT ROWID;

-- Who may send and read. The token itself is shown once and not kept.
CREATE TABLE access_token (
  id         TEXT NOT NULL PRIMARY KEY, -- the part of the token that may be seen
  name       TEXT NOT NULL UNIQUE,
  role       TEXT NOT NULL CHECK (role IN ('record', 'read', 'admin')),
  project    TEXT,                      -- null: of any
  hash       TEXT NOT NULL,             -- SHA-256 of the whole token, in hexadecimal
  created_at TEXT NOT NULL,
  revoked_at TEXT
) WITHOUT ROWID;

-- Sessions that only telemetry tells of have no project: they are few, and found at once.
CREATE INDEX session_without_project ON session (id) WHERE project_path = 'Unknown Project';

-- What apps record themselves, and programs that were run: the source `apps`, which is never added to the others. A cell
-- is what its calls have alike on a day, and their sum.
CREATE TABLE recorded_cell (
  id                    INTEGER PRIMARY KEY,
  date                  TEXT NOT NULL, -- a local day of the machine's zone
  machine               TEXT NOT NULL, -- whose server took them in: its label
  provider              TEXT NOT NULL, -- '': not told
  model                 TEXT NOT NULL, -- '': not told
  project               TEXT NOT NULL, -- '': not told
  worker                TEXT NOT NULL, -- '': not told
  calls                 INTEGER NOT NULL, -- without those in which the model only helped
  failed_calls          INTEGER NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cost                  REAL,             -- USD; null when no price is known
  unpriced_tokens       INTEGER NOT NULL, -- above zero: the cost is "at least"
  UNIQUE (date, machine, provider, model, project, worker)
);

CREATE TABLE recorded_call (
  id                       INTEGER PRIMARY KEY,
  identity                 INTEGER, -- 52 bits of the SHA-256 of what it is known by; null where nothing is
  identity_rest            INTEGER, -- 52 more; of calls that came with one key, its place among them
  cell                     INTEGER NOT NULL REFERENCES recorded_cell,
  at                       INTEGER NOT NULL, -- milliseconds since 1970
  minutes_from_utc         INTEGER NOT NULL, -- how far the machine's clocks are ahead then: for the local hour
  input_tokens             INTEGER NOT NULL,
  output_tokens            INTEGER NOT NULL,
  cache_creation_5m_tokens INTEGER NOT NULL,
  cache_creation_1h_tokens INTEGER NOT NULL,
  cache_read_tokens        INTEGER NOT NULL,
  cost                     REAL,
  cost_by                  TEXT,    -- 'told', or whose price it was reckoned by: 'settings', 'list', 'genai-prices'
  duration_ms              INTEGER,
  time_to_first_token_ms   INTEGER,
  is_success               INTEGER NOT NULL,
  error                    TEXT,
  exit_code                INTEGER,
  task                     TEXT,
  turns                    INTEGER,
  session_id               TEXT,    -- Claude Code's
  prompt_length            INTEGER, -- in characters
  response_length          INTEGER,
  prompt_file              TEXT,
  settings                 TEXT,    -- JSON: what it was called with
  UNIQUE (identity, identity_rest)
);

CREATE INDEX recorded_call_by_cell ON recorded_call (cell);
CREATE INDEX recorded_call_by_time ON recorded_call (at);

-- What other models used in the same call.
CREATE TABLE recorded_part (
  call                     INTEGER NOT NULL REFERENCES recorded_call ON DELETE CASCADE,
  cell                     INTEGER NOT NULL REFERENCES recorded_cell,
  input_tokens             INTEGER NOT NULL,
  output_tokens            INTEGER NOT NULL,
  cache_creation_5m_tokens INTEGER NOT NULL,
  cache_creation_1h_tokens INTEGER NOT NULL,
  cache_read_tokens        INTEGER NOT NULL,
  cost                     REAL,
  cost_by                  TEXT,
  PRIMARY KEY (call, cell)
) WITHOUT ROWID;

-- Prompts and answers, only where the server was told to keep them.
CREATE TABLE recorded_content (
  call     INTEGER PRIMARY KEY REFERENCES recorded_call ON DELETE CASCADE,
  prompt   TEXT,
  response TEXT
);

-- A budget may be of what apps used.
CREATE TABLE budget_of_any_source (
  name         TEXT NOT NULL PRIMARY KEY,
  amount       REAL NOT NULL CHECK (amount > 0),
  unit         TEXT NOT NULL CHECK (unit IN ('usd', 'tokens', 'percent')),
  period       TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'five_hour', 'seven_day')),
  warn_percent REAL NOT NULL CHECK (warn_percent > 0 AND warn_percent <= 100),
  counts_cache INTEGER NOT NULL,  -- 1: cache reads are tokens too
  stops        INTEGER NOT NULL,  -- 1: an agent is stopped when it is over
  project      TEXT,              -- what it is limited to; null is all
  model        TEXT,
  branch       TEXT,
  machine      TEXT,
  agent        TEXT,
  changed_at   TEXT NOT NULL,     -- of two copies the later counts
  removed_at   TEXT,              -- kept, so that no merge brings it back
  source       TEXT NOT NULL CHECK (source IN ('claude-code', 'apps', 'anthropic')),
  CHECK ((unit = 'percent') = (period IN ('five_hour', 'seven_day')))
) WITHOUT ROWID;

INSERT INTO budget_of_any_source SELECT * FROM budget;

DROP TABLE budget;

ALTER TABLE budget_of_any_source RENAME TO budget;

-- Runs of one session: their totals go on from each other's.
CREATE INDEX recorded_call_of_session ON recorded_call (session_id) WHERE session_id IS NOT NULL;
