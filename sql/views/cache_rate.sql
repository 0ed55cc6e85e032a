-- What does the cache save and cost more, by the model names that are in the books?
-- USD per million tokens: reading saves `read_saving` over input, writing costs `write_premium` more.
CREATE VIEW cache_rate AS
SELECT
  model_name,
  valid_from,
  valid_until,
  input - cache_read        AS read_saving,
  cache_creation_5m - input AS write_premium
FROM cell_rate;
