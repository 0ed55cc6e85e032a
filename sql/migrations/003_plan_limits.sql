-- How full a plan's limits were, as Claude Code told its status line: nothing else keeps that. A row when it changed.
CREATE TABLE plan_limit (
  machine      INTEGER NOT NULL REFERENCES machine,
  name         TEXT NOT NULL CHECK (name IN ('five_hour', 'seven_day')),
  seen_at      TEXT NOT NULL,
  date         TEXT NOT NULL,  -- the machine's local day of that
  used_percent REAL NOT NULL,
  resets_at    TEXT NOT NULL,
  PRIMARY KEY (machine, name, seen_at)
) WITHOUT ROWID;
