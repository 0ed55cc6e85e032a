-- The organisation's own figures, as Anthropic's Admin API tells them: usage in buckets, the bill, and Claude Code by
-- person. Days are days of UTC. A bucket that is pulled again is replaced as a set. Where the API has null, which
-- means something (no key, the default workspace), there is an empty text here; null is what was not asked for.

CREATE TABLE api_usage (
  starts_at                TEXT NOT NULL, -- of the bucket, ISO 8601 UTC: a day or an hour
  ends_at                  TEXT NOT NULL,
  workspace                TEXT,          -- id; '': the default workspace
  api_key                  TEXT,          -- id; '': the Console, or OAuth
  model                    TEXT NOT NULL,
  service_tier             TEXT,
  context_window           TEXT,
  product                  TEXT,          -- only the analytics reports tell it
  input_tokens             INTEGER NOT NULL, -- not cached
  cache_creation_5m_tokens INTEGER NOT NULL,
  cache_creation_1h_tokens INTEGER NOT NULL,
  cache_read_tokens        INTEGER NOT NULL,
  output_tokens            INTEGER NOT NULL,
  web_searches             INTEGER NOT NULL,
  requests                 INTEGER,       -- null: the report does not count them
  cost                     REAL,          -- an estimate at list price, USD; null: no price is known
  unpriced_tokens          INTEGER NOT NULL
);

CREATE INDEX api_usage_by_time ON api_usage (starts_at);

-- The sums of its days, so that years of hours answer at once.
CREATE TABLE api_usage_day (
  date                  TEXT NOT NULL,
  workspace             TEXT NOT NULL,
  api_key               TEXT NOT NULL,
  model                 TEXT NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  web_searches          INTEGER NOT NULL,
  requests              INTEGER,
  cost                  REAL,
  unpriced_tokens       INTEGER NOT NULL,
  PRIMARY KEY (date, workspace, api_key, model)
) WITHOUT ROWID;

-- The bill. Amounts are whole billionths of a US dollar, so that sums are exact.
CREATE TABLE api_cost (
  date            TEXT NOT NULL,
  workspace       TEXT,
  api_key         TEXT,
  product         TEXT,
  description     TEXT NOT NULL,
  cost_type       TEXT NOT NULL, -- tokens, web_search, code_execution, session_usage, or another
  token_type      TEXT NOT NULL,
  model           TEXT NOT NULL,
  service_tier    TEXT NOT NULL,
  context_window  TEXT NOT NULL,
  amount_nano_usd INTEGER NOT NULL,
  list_nano_usd   INTEGER,       -- before discounts; null: the report does not say
  billed_for      TEXT AS (      -- a model for its tokens, else such as <web search>
    CASE
      WHEN cost_type IN ('tokens', '') AND model != '' THEN model
      WHEN cost_type = '' THEN '<all>'
      ELSE '<' || replace(cost_type, '_', ' ') || '>'
    END
  )
);

CREATE INDEX api_cost_by_date ON api_cost (date);

-- Claude Code, by day, person or key, and terminal.
CREATE TABLE claude_code_usage (
  date          TEXT NOT NULL,
  actor         TEXT NOT NULL,   -- an e-mail address, or the name of a key
  actor_type    TEXT NOT NULL CHECK (actor_type IN ('user', 'api_key')),
  customer_type TEXT NOT NULL,
  terminal      TEXT NOT NULL,
  sessions      INTEGER NOT NULL,
  lines_added   INTEGER NOT NULL,
  lines_removed INTEGER NOT NULL,
  commits       INTEGER NOT NULL,
  pull_requests INTEGER NOT NULL,
  PRIMARY KEY (date, actor, actor_type, customer_type, terminal)
) WITHOUT ROWID;

CREATE TABLE claude_code_model_usage (
  date                  TEXT NOT NULL,
  actor                 TEXT NOT NULL,
  actor_type            TEXT NOT NULL,
  customer_type         TEXT NOT NULL,
  terminal              TEXT NOT NULL,
  model                 TEXT NOT NULL,
  input_tokens          INTEGER NOT NULL,
  output_tokens         INTEGER NOT NULL,
  cache_creation_tokens INTEGER NOT NULL,
  cache_read_tokens     INTEGER NOT NULL,
  cost_nano_usd         INTEGER NOT NULL, -- Anthropic's estimate at list price
  PRIMARY KEY (date, actor, actor_type, customer_type, terminal, model),
  FOREIGN KEY (date, actor, actor_type, customer_type, terminal) REFERENCES claude_code_usage
) WITHOUT ROWID;

-- What ids stand for. A label is the user's own and comes before the name.
CREATE TABLE api_key (
  id        TEXT NOT NULL PRIMARY KEY,
  name      TEXT,
  label     TEXT,
  workspace TEXT
) WITHOUT ROWID;

CREATE TABLE workspace (
  id          TEXT NOT NULL PRIMARY KEY,
  name        TEXT NOT NULL,
  archived_at TEXT
) WITHOUT ROWID;

-- Whose figures they are, and up to which whole day each report has been pulled.
CREATE TABLE api_organisation (
  id   TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_pull (
  report       TEXT NOT NULL PRIMARY KEY CHECK (report IN ('usage', 'cost', 'claude-code')),
  pulled_until TEXT NOT NULL,
  pulled_at    TEXT NOT NULL
) WITHOUT ROWID;

-- A budget may be of what the organisation used.
ALTER TABLE budget ADD COLUMN source TEXT NOT NULL DEFAULT 'claude-code'
  CHECK (source IN ('claude-code', 'anthropic'));

-- A pull is a run like any other.
CREATE TABLE import_run_with_pulls (
  id                 INTEGER PRIMARY KEY,
  uid                TEXT NOT NULL UNIQUE,
  command            TEXT NOT NULL CHECK (command IN ('fetch', 'merge', 'recount', 'pull')),
  status             TEXT NOT NULL CHECK (status IN ('running', 'ok', 'failed')),
  machine            INTEGER NOT NULL REFERENCES machine,
  ccbooks_version    TEXT NOT NULL,
  ccusage_version    TEXT,          -- null where ccusage was not asked
  arguments          TEXT,          -- JSON: what ccusage was called with, a list for each time
  prices             TEXT CHECK (prices IN ('downloaded', 'built in')), -- where ccusage's came from, in truth
  log_folders        TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(log_folders)),
  started_at         TEXT NOT NULL,
  finished_at        TEXT,          -- of runs that share the row: of the last of them
  fetches            INTEGER NOT NULL DEFAULT 1, -- how many share this row
  files_seen         INTEGER NOT NULL DEFAULT 0,
  files_read         INTEGER NOT NULL DEFAULT 0, -- of a pull: pages
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

INSERT INTO import_run_with_pulls SELECT * FROM import_run;

DROP TABLE import_run;

ALTER TABLE import_run_with_pulls RENAME TO import_run;

CREATE INDEX import_run_by_time ON import_run (machine, started_at);
