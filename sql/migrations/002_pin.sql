-- A reading the user chose to show instead of the one that settling would: until it is unpinned.
CREATE TABLE pin (
  kind         TEXT NOT NULL CHECK (kind IN ('day', 'session')),
  subject      TEXT NOT NULL,
  project_path TEXT NOT NULL DEFAULT '',
  agent        TEXT NOT NULL,
  machine      TEXT NOT NULL,
  method       TEXT NOT NULL,
  pinned_at    TEXT NOT NULL,
  PRIMARY KEY (kind, subject, project_path, agent, machine),
  FOREIGN KEY (kind, subject, project_path, agent, machine, method) REFERENCES reading
) WITHOUT ROWID;
