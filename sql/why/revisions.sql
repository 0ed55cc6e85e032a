-- How did the figures of these dates change after they were over, or because they were counted again?
SELECT
  r.date,
  r.agent,
  m.label         AS machine,
  r.revised_at    AS revisedAt,
  r.reason,
  r.detail,
  r.tokens_before AS tokensBefore,
  r.cost_before   AS costBefore,
  r.tokens_after  AS tokensAfter,
  r.cost_after    AS costAfter
FROM revision AS r
JOIN machine AS m ON m.id = r.machine
WHERE (r.date, r.agent, r.machine) IN (SELECT date, agent, machine FROM part)
ORDER BY r.revised_at, r.date, m.label;
