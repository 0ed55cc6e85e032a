-- Which sessions begin like this? :end is what sorts after all of them.
SELECT session_id AS sessionId FROM session WHERE session_id >= :prefix AND session_id < :end
UNION
SELECT subject FROM saved_usage
WHERE kind = 'session' AND subject >= :prefix AND subject < :end
ORDER BY sessionId;
