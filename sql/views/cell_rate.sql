-- What do the models that are in the books cost, by the names they have there? A million tokens, USD.
-- Models are also named with a date, a vendor before them or a mark behind; those are the same model.
-- CROSS: the few names are looked up among the rates, not all usage searched for each rate.
CREATE VIEW cell_rate AS
SELECT
  model_name,
  valid_from,
  valid_until,
  input,
  output,
  cache_creation_5m,
  cache_creation_1h,
  cache_read
FROM (
  SELECT
    model_name,
    REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(model_name,
      'anthropic/', ''), 'us.anthropic.', ''), 'eu.anthropic.', ''), 'global.anthropic.', ''),
      '-v1:0', ''), '[1m]', '') AS name
  FROM (SELECT DISTINCT model_name FROM model_breakdown)
)
CROSS JOIN model_rate
  ON prompt_above = 0
  AND (name = model OR name GLOB model || '-20[0-9][0-9][0-9][0-9][0-9][0-9]');
