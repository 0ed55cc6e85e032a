-- What is to be spent at most, and when somebody was told.

CREATE TABLE budget (
  name         TEXT NOT NULL PRIMARY KEY,
  amount       REAL NOT NULL CHECK (amount > 0),
  unit         TEXT NOT NULL CHECK (unit IN ('usd', 'tokens')),
  period       TEXT NOT NULL CHECK (period IN ('day', 'week', 'month')), -- the machine's own; weeks begin on Monday
  warn_percent REAL NOT NULL CHECK (warn_percent > 0 AND warn_percent <= 100),
  counts_cache INTEGER NOT NULL,  -- 1: cache reads are tokens too
  project      TEXT,              -- what it is limited to; null is all
  model        TEXT,
  branch       TEXT,
  machine      TEXT,
  agent        TEXT,
  changed_at   TEXT NOT NULL,     -- of two copies the later counts
  removed_at   TEXT               -- kept, so that no merge brings it back
) WITHOUT ROWID;

-- Each time a budget came near its limit, or reached it. A higher limit may be told of again.
CREATE TABLE budget_event (
  budget          TEXT NOT NULL,
  period_start    TEXT NOT NULL,  -- YYYY-MM-DD
  level           TEXT NOT NULL CHECK (level IN ('warn', 'over')),
  threshold       REAL NOT NULL,  -- what was reached, in the budget's unit
  spent           REAL NOT NULL,
  unpriced_tokens INTEGER NOT NULL,
  fired_at        TEXT NOT NULL,
  PRIMARY KEY (budget, period_start, level, threshold)
) WITHOUT ROWID;

-- Who was told of it from here: one row a channel of the settings. Kept until it is delivered or a day old.
CREATE TABLE budget_delivery (
  budget       TEXT NOT NULL,
  period_start TEXT NOT NULL,
  level        TEXT NOT NULL,
  threshold    REAL NOT NULL,
  channel      TEXT NOT NULL,
  tries        INTEGER NOT NULL DEFAULT 0,
  tried_at     TEXT,
  delivered_at TEXT,
  error        TEXT,              -- of the last try; null while it is being tried, and after it was delivered
  PRIMARY KEY (budget, period_start, level, threshold, channel),
  FOREIGN KEY (budget, period_start, level, threshold) REFERENCES budget_event
) WITHOUT ROWID;
