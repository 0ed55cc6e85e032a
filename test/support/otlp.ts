/** An event of Claude Code's, as its exporter writes it. */
export interface Event {
  name: string;
  /** ISO 8601. */
  at: string;
  attributes?: Record<string, string | number | boolean>;
}

/** A batch of events as the body of `POST /v1/logs`. */
export function otlpLogs(events: readonly Event[], version = "2.1.331"): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: [attribute("service.version", version)] },
        scopeLogs: [
          {
            scope: { name: "com.anthropic.claude_code.events", version },
            logRecords: events.map(({ name, at, attributes = {} }) => ({
              timeUnixNano: `${Date.parse(at)}000000`,
              body: { stringValue: `claude_code.${name}` },
              attributes: Object.entries({
                ...{ "event.name": name, "event.timestamp": at },
                ...attributes,
              }).map(([key, value]) => attribute(key, value)),
            })),
          },
        ],
      },
    ],
  };
}

function attribute(key: string, value: string | number | boolean): object {
  if (typeof value === "string") return { key, value: { stringValue: value } };
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  return { key, value: Number.isInteger(value) ? { intValue: value } : { doubleValue: value } };
}

/** The event of an answered call. */
export function apiRequest(
  session: string,
  request: string | null,
  at: string,
  more: Record<string, string | number> = {},
): Event {
  return {
    ...{ name: "api_request", at },
    attributes: {
      ...{ "session.id": session, model: "claude-opus-4-5", input_tokens: 10, output_tokens: 100 },
      ...{ cache_read_tokens: 0, cache_creation_tokens: 0, cost_usd_micros: 2550 },
      ...{ duration_ms: 1000, ttft_ms: 200, query_source: "repl_main_thread", effort: "medium" },
      ...(request === null ? {} : { request_id: request }),
      ...more,
    },
  };
}
