-- How much of what went in was read from the cache?
-- hit_rate = cache reads / (input + cache creation + cache reads); null on a day with none of them.
CREATE VIEW cache_efficiency AS
SELECT
  date,
  input_tokens,
  cache_creation_tokens,
  cache_read_tokens,
  CAST(cache_read_tokens AS REAL)
    / NULLIF(input_tokens + cache_creation_tokens + cache_read_tokens, 0) AS hit_rate
FROM daily_cost;
