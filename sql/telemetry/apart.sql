-- Calls without a request id, which can be joined to no transcript.
SELECT COUNT(*) AS calls FROM telemetry_call WHERE has_request = 0 AND status <> 'error';
