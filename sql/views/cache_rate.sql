-- What does the cache save and cost more, by the model names that are in the books?
-- USD per million tokens: reading saves `read_saving` over input, writing costs `write_premium` more.
-- Models are also named with a date, a vendor before them or a mark behind; those are the same model.
-- CROSS: the few names are looked up among the rates, not all usage searched for each rate.
CREATE VIEW cache_rate AS
SELECT
  model_name,
  valid_from,
  valid_until,
  input - cache_read        AS read_saving,
  cache_creation_5m - input AS write_premium
FROM (
  SELECT
    model_name,
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(model_name,
      'anthropic/', ''), 'us.anthropic.', ''), 'eu.anthropic.', ''), 'global.anthropic.', ''),
      '-v1:0', ''), '[1m]', '') AS name
  FROM (SELECT DISTINCT model_name FROM model_breakdown)
)
CROSS JOIN model_rate
  ON prompt_above = 0 AND (name = model OR name GLOB model || '-20[0-9][0-9][0-9][0-9][0-9][0-9]');
