-- What did Anthropic bill the organisation, and for what? By day of UTC, in US dollars.
CREATE VIEW api_bill AS
SELECT
  c.date,
  CASE c.workspace WHEN '' THEN 'default' ELSE COALESCE(w.name, c.workspace) END AS workspace,
  c.model,
  c.cost_type,
  c.token_type,
  SUM(c.amount_nano_usd) / 1e9 AS amount,
  SUM(c.list_nano_usd) / 1e9   AS list_amount
FROM api_cost AS c
LEFT JOIN workspace AS w ON w.id = c.workspace
GROUP BY c.date, c.workspace, c.model, c.cost_type, c.token_type;
