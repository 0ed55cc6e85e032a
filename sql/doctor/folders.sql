-- Which of Claude Code's folders the books come from: how many transcripts were seen in each, and how many
-- of those have been deleted.
SELECT
  substr(path, 1, instr(path, '/projects/') - 1) AS folder,
  COUNT(*)                                       AS transcripts,
  COUNT(deleted_at)                              AS deleted
FROM transcript
WHERE machine = :machine AND instr(path, '/projects/') > 0
GROUP BY 1
ORDER BY transcripts DESC, folder;
