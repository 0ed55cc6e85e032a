-- What does a million tokens of input cost at list price, and what if the cache is used?
-- USD per million tokens from `valid_from` on (0000-01-01: always) to the day before `valid_until`
-- (null: still). Anthropic's list prices, first-party API, as gathered in November 2026; of models whose
-- price depends on the prompt's length, the lower. Reads are no fixed part of the input price, so each
-- is given. A model that is not here is unknown.
CREATE VIEW model_rate AS
WITH rate (model, valid_from, input, cache_creation_5m, cache_creation_1h, cache_read) AS (
  VALUES
    ('claude-3-haiku',         '0000-01-01', 0.25,  0.30,  0.50, 0.03),
    ('claude-3-opus',          '0000-01-01', 15,   18.75, 30,    1.50),
    ('claude-3-5-sonnet',      '0000-01-01', 3,     3.75,  6,    0.30),
    ('claude-3-5-haiku',       '0000-01-01', 0.80,  1,     1.60, 0.08),
    ('claude-3-7-sonnet',      '0000-01-01', 3,     3.75,  6,    0.30),
    ('claude-sonnet-4',        '0000-01-01', 3,     3.75,  6,    0.30),
    ('claude-opus-4',          '0000-01-01', 15,   18.75, 30,    1.50),
    ('claude-opus-4-1',        '0000-01-01', 15,   18.75, 30,    1.50),
    ('claude-sonnet-4-5',      '0000-01-01', 3,     3.75,  6,    0.30),
    ('claude-haiku-4-5',       '0000-01-01', 1,     1.25,  2,    0.10),
    ('claude-opus-4-5',        '0000-01-01', 5,     6.25, 10,    0.50),
    ('claude-opus-4-6',        '0000-01-01', 5,     6.25, 10,    0.50),
    ('claude-opus-4-6-fast',   '0000-01-01', 30,   37.50, 60,    3),
    ('claude-sonnet-4-6',      '0000-01-01', 3,     3.75,  6,    0.30),
    ('claude-opus-4-7',        '0000-01-01', 5,     6.25, 10,    0.50),
    ('claude-opus-4-7-fast',   '0000-01-01', 30,   37.50, 60,    3),
    ('claude-opus-4-8',        '0000-01-01', 5,     6.25, 10,    0.50),
    ('claude-opus-4-8-fast',   '0000-01-01', 10,   12.50, 20,    1),
    ('claude-sonnet-5',        '0000-01-01', 2,     2.50,  4,    0.20),
    ('claude-fable-5',         '0000-01-01', 10,   12.50, 20,    1),
    ('claude-mythos-5',        '0000-01-01', 10,   12.50, 20,    1),
    ('claude-opus-5',          '0000-01-01', 5,     6.25, 10,    0.50),
    ('claude-opus-5-fast',     '0000-01-01', 10,   12.50, 20,    1),
    ('claude-fable-5-1',       '0000-01-01', 10,   12.50, 20,    0.25),
    ('claude-mythos-5-1',      '0000-01-01', 10,   12.50, 20,    0.25),
    ('claude-opus-5-5',        '0000-01-01', 4,     5,     8,    0.20),
    ('claude-sonnet-5-5',      '0000-01-01', 2,     2.50,  4,    0.20),
    ('claude-sonnet-5-5',      '2026-10-07', 2,     2.50,  4,    0.10),
    ('claude-haiku-5-5',       '0000-01-01', 0.10,  0.125, 0.20, 0.01),
    ('claude-fable-5-2',       '0000-01-01', 8,    10,    16,    0.20)
)
SELECT
  *,
  LEAD(valid_from) OVER (PARTITION BY model ORDER BY valid_from) AS valid_until
FROM rate;
