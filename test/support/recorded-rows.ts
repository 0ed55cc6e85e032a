/** A row of each table that a server fills. */
export const recordedRows = `
  INSERT INTO query_source VALUES (1, 'repl_main_thread');
  INSERT INTO telemetry_call (identity, has_request, session, at, minutes_from_utc, model, input_tokens, output_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, cache_read_tokens, duration_ms, time_to_first_token_ms, attempts, status, status_code, error, effort, query_source, told_cost)
    SELECT 1, 0, MIN(id), 1790000000000, 0, (SELECT MIN(id) FROM model), 1, 2, 3, 4, 5, 1000, 200, 1, 'error', 529, 'overloaded', 'high', 1, 2550 FROM session;
  INSERT INTO telemetry_event VALUES ('api_error', 1, '2026-11-20T00:00:00.000Z');
  INSERT INTO retention_sweep SELECT MIN(id), '2026-11-20T00:00:00.000Z', 30, 12 FROM machine;
  INSERT INTO recorded_cell VALUES (1, '2026-11-20', 'test-machine', 'anthropic', 'claude-opus-4-5', 'shop', 'w-abc', 1, 0, 1, 2, 7, 5, 0.5, 0), (2, '2026-11-20', 'test-machine', 'anthropic', 'claude-haiku-4-5', 'shop', 'w-abc', 0, 0, 1, 2, 7, 5, 0.25, 0);
  INSERT INTO recorded_call VALUES (1, 5, 6, 1, 1790000000000, 0, 1, 2, 3, 4, 5, 0.5, 'told', 1000, 200, 1, 'late', 0, 'gh-456', 3, '0efb0e4d', 14, 1, 'prompt.md', '{"temperature":0}');
  INSERT INTO recorded_part VALUES (1, 2, 1, 2, 3, 4, 5, 0.25, 'told');
  INSERT INTO recorded_content VALUES (1, 'What is 1 + 1?', '2');
  INSERT INTO access_token VALUES ('0123456789ab', 'claude-code', 'record', 'shop', '00', '2026-11-20T00:00:00.000Z', NULL)`;
