-- What has come of telemetry so far?
SELECT name, events, last_at AS lastAt FROM telemetry_event ORDER BY events DESC, name;
