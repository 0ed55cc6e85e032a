-- Each day by project and model at once: what model_breakdown and project_usage are the sums of. A
-- question about one project's models, or one model's projects, needs both.
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
  FOREIGN KEY (date, agent, machine) REFERENCES daily_usage ON DELETE CASCADE
) WITHOUT ROWID;

INSERT INTO usage_cell
SELECT
  r.subject, r.agent, r.machine,
  json_extract(c.value, '$.project'),
  json_extract(c.value, '$.model'),
  SUM(json_extract(c.value, '$.inputTokens')),
  SUM(json_extract(c.value, '$.outputTokens')),
  SUM(json_extract(c.value, '$.cacheCreationTokens')),
  SUM(json_extract(c.value, '$.cacheReadTokens')),
  SUM(json_extract(c.value, '$.cost')),
  SUM(json_extract(c.value, '$.unpricedTokens'))
FROM (
  SELECT subject, agent, machine, reported AS cells FROM reading WHERE kind = 'day' AND shown = 1
  UNION ALL
  SELECT subject, agent, machine, carried FROM reading WHERE kind = 'day' AND shown = 1
) AS r, json_each(r.cells) AS c
GROUP BY 1, 2, 3, 4, 5;

-- Where a project is. Claude Code names its folder with every sign of the path but letters and digits
-- replaced, so the path is read once from a transcript and kept when that is gone.
CREATE TABLE project (
  slug TEXT NOT NULL PRIMARY KEY, -- the folder's name: project_path in the other tables
  path TEXT,                      -- null where no transcript says
  name TEXT NOT NULL              -- the last part of the path, else the slug
) WITHOUT ROWID;
