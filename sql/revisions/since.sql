-- What has been revised since an instant.
SELECT
  r.date,
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
WHERE r.revised_at >= :since
ORDER BY r.date, m.label, r.revised_at;
