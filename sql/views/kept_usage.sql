-- What do the books hold that today's logs no longer show?
CREATE VIEW kept_usage AS
SELECT
  r.subject                                      AS date,
  json_extract(c.value, '$.project')             AS project_path,
  json_extract(c.value, '$.model')               AS model_name,
  json_extract(c.value, '$.inputTokens')         AS input_tokens,
  json_extract(c.value, '$.outputTokens')        AS output_tokens,
  json_extract(c.value, '$.cacheCreationTokens') AS cache_creation_tokens,
  json_extract(c.value, '$.cacheReadTokens')     AS cache_read_tokens,
  json_extract(c.value, '$.inputTokens') + json_extract(c.value, '$.outputTokens')
    + json_extract(c.value, '$.cacheCreationTokens')
    + json_extract(c.value, '$.cacheReadTokens') AS total_tokens,
  json_extract(c.value, '$.cost')                AS cost,
  json_extract(c.value, '$.unpricedTokens')      AS unpriced_tokens,
  r.agent                                        AS agent,
  r.machine                                      AS machine,
  r.method                                       AS method
FROM reading AS r, json_each(r.carried) AS c
WHERE r.kind = 'day' AND r.shown = 1 AND r.carried <> '[]';
