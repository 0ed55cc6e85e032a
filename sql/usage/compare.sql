-- What rose and what fell between two ranges, by one thing: the selection spans both.
SELECT
  compared.*,
  CASE :by WHEN 'session' THEN (SELECT title FROM session WHERE session_id = key LIMIT 1) END AS title,
  COALESCE(CASE :by WHEN 'project' THEN (SELECT name FROM project WHERE slug = key) END, key) AS name,
  COALESCE(totalCost, 0) - COALESCE(costBefore, 0) AS rise
FROM (
  SELECT
    CASE :by
      WHEN 'project' THEN project_path
      WHEN 'model' THEN model_name
      WHEN 'branch' THEN branch
      WHEN 'session' THEN session_id
    END AS key,
    SUM(CASE WHEN date BETWEEN :begins AND :ends THEN cost END)                   AS totalCost,
    SUM(CASE WHEN date BETWEEN :beginsBefore AND :endsBefore THEN cost END)       AS costBefore,
    SUM(CASE WHEN date BETWEEN :begins AND :ends THEN unpriced_tokens ELSE 0 END) AS unpricedTokens,
    SUM(CASE WHEN date BETWEEN :beginsBefore AND :endsBefore THEN unpriced_tokens ELSE 0 END)
                                                                                  AS unpricedTokensBefore
  FROM selection
  WHERE date BETWEEN :begins AND :ends OR date BETWEEN :beginsBefore AND :endsBefore
  GROUP BY 1
) AS compared;
