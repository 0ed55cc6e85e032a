-- A budget may stop an agent, and may be of a limit of a plan: percent of a window.

CREATE TABLE budget_with_limits (
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
  CHECK ((unit = 'percent') = (period IN ('five_hour', 'seven_day')))
) WITHOUT ROWID;

INSERT INTO budget_with_limits
SELECT
  name, amount, unit, period, warn_percent, counts_cache, 0, project, model, branch, machine, agent,
  changed_at, removed_at
FROM budget;

DROP TABLE budget;

ALTER TABLE budget_with_limits RENAME TO budget;
