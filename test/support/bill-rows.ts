/** A row of each table that a pull fills. */
export const billRows = `
  INSERT INTO api_usage VALUES ('2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z', '', 'apikey_1', 'claude-opus-4-5', 'standard', '0-200k', 'claude_code', 1, 2, 3, 4, 5, 6, 7, 0.5, 0);
  INSERT INTO api_usage_day VALUES ('2026-11-20', '', 'apikey_1', 'claude-opus-4-5', 1, 5, 5, 4, 6, 7, 0.5, 0);
  INSERT INTO api_cost VALUES ('2026-11-20', '', 'apikey_1', 'claude_code', 'Input', 'tokens', 'output_tokens', 'claude-opus-4-5', 'standard', '0-200k', 1234500000, 1334500000);
  INSERT INTO claude_code_usage VALUES ('2026-11-20', 'me@example.com', 'user', 'api', 'vscode', 1, 2, 3, 4, 5);
  INSERT INTO claude_code_model_usage VALUES ('2026-11-20', 'me@example.com', 'user', 'api', 'vscode', 'claude-opus-4-5', 1, 2, 3, 4, 5000000);
  INSERT INTO api_key VALUES ('apikey_1', 'ci', 'the builder', 'wrkspc_1');
  INSERT INTO workspace VALUES ('wrkspc_1', 'platform', '2026-11-20T00:00:00.000Z');
  INSERT INTO api_organisation VALUES ('1', 'Nimbus');
  INSERT INTO api_pull VALUES ('usage', '2026-11-20', '2026-11-21T00:00:00.000Z')`;
