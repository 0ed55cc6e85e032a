-- What does a million tokens cost at list price, and what if the cache is used?
-- USD per million tokens from `valid_from` on (0000-01-01: always) to the day before `valid_until`
-- (null: still), for prompts of more than `prompt_above` tokens. Anthropic's list prices, first-party
-- API, as gathered in November 2026. Reads are no fixed part of the input price, so each is given. A
-- model that is not here is unknown. ccusage is given these where it knows no price of its own.
CREATE VIEW model_rate AS
WITH rate (
  model, valid_from, prompt_above, input, cache_creation_5m, cache_creation_1h, cache_read, output
) AS (
  VALUES
    ('claude-3-haiku',         '0000-01-01',      0,  0.25,   0.30,  0.50,  0.03,  1.25),
    ('claude-3-opus',          '0000-01-01',      0,    15,  18.75,    30,  1.50,    75),
    ('claude-3-5-sonnet',      '0000-01-01',      0,     3,   3.75,     6,  0.30,    15),
    ('claude-3-5-haiku',       '0000-01-01',      0,  0.80,      1,  1.60,  0.08,     4),
    ('claude-3-7-sonnet',      '0000-01-01',      0,     3,   3.75,     6,  0.30,    15),
    ('claude-sonnet-4',        '0000-01-01',      0,     3,   3.75,     6,  0.30,    15),
    ('claude-opus-4',          '0000-01-01',      0,    15,  18.75,    30,  1.50,    75),
    ('claude-opus-4-1',        '0000-01-01',      0,    15,  18.75,    30,  1.50,    75),
    ('claude-sonnet-4-5',      '0000-01-01',      0,     3,   3.75,     6,  0.30,    15),
    ('claude-haiku-4-5',       '0000-01-01',      0,     1,   1.25,     2,  0.10,     5),
    ('claude-opus-4-5',        '0000-01-01',      0,     5,   6.25,    10,  0.50,    25),
    ('claude-opus-4-6',        '0000-01-01',      0,     5,   6.25,    10,  0.50,    25),
    ('claude-opus-4-6-fast',   '0000-01-01',      0,    30,  37.50,    60,     3,   150),
    ('claude-sonnet-4-6',      '0000-01-01',      0,     3,   3.75,     6,  0.30,    15),
    ('claude-opus-4-7',        '0000-01-01',      0,     5,   6.25,    10,  0.50,    25),
    ('claude-opus-4-7-fast',   '0000-01-01',      0,    30,  37.50,    60,     3,   150),
    ('claude-opus-4-8',        '0000-01-01',      0,     5,   6.25,    10,  0.50,    25),
    ('claude-opus-4-8-fast',   '0000-01-01',      0,    10,  12.50,    20,     1,    50),
    ('claude-sonnet-5',        '0000-01-01',      0,     2,   2.50,     4,  0.20,    10),
    ('claude-fable-5',         '0000-01-01',      0,    10,  12.50,    20,     1,    50),
    ('claude-mythos-5',        '0000-01-01',      0,    10,  12.50,    20,     1,    50),
    ('claude-opus-5',          '0000-01-01',      0,     5,   6.25,    10,  0.50,    25),
    ('claude-opus-5-fast',     '0000-01-01',      0,    10,  12.50,    20,     1,    50),
    ('claude-fable-5-1',       '0000-01-01',      0,    10,  12.50,    20,  0.25,    50),
    ('claude-mythos-5-1',      '0000-01-01',      0,    10,  12.50,    20,  0.25,    50),
    ('claude-opus-5-5',        '0000-01-01',      0,     4,      5,     8,  0.20,    20),
    ('claude-sonnet-5-5',      '0000-01-01',      0,     2,   2.50,     4,  0.20,    10),
    ('claude-sonnet-5-5',      '2026-10-07',      0,     2,   2.50,     4,  0.10,    10),
    ('claude-haiku-5-5',       '0000-01-01',      0,  0.10,  0.125,  0.20,  0.01,   0.5),
    ('claude-haiku-5-5',       '0000-01-01', 100000,  0.50,  0.625,  1.00,  0.05,  2.50),
    ('claude-fable-5-2',       '0000-01-01',      0,     8,     10,    16,  0.20,    40),
    ('claude-mythos-5-2',      '0000-01-01',      0,     8,     10,    16,  0.20,    40)
)
SELECT
  *,
  LEAD(valid_from) OVER (PARTITION BY model, prompt_above ORDER BY valid_from) AS valid_until
FROM rate;
