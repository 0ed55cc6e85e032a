-- The dearest sessions of years, without looking at all of them: everything that the question asks for
-- is in the index, in the order it is asked for.
CREATE INDEX session_usage_by_cost ON session_usage (
  total_cost DESC, total_tokens DESC, session_id, last_activity, last_activity_at, unpriced_tokens);

-- Whether a machine's real sessions are known, which its rows of project folders would double.
CREATE INDEX session_usage_real ON session_usage (machine, agent) WHERE last_activity_at IS NOT NULL;
