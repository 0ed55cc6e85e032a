import * as z from "zod/mini";

import { endOfTomorrow } from "../../fetch/changed.ts";
import { keepTelemetry } from "../../ledger/telemetry.ts";
import { exportLogs, logRecords } from "../../sources/recorder/otlp.ts";
import { readTelemetry } from "../../sources/recorder/telemetry.ts";
import { route } from "../route.ts";

const nothing = z.object({});

/** Claude Code's events, as OpenTelemetry's exporter sends them. */
export const logs = route({
  ...{ method: "post", path: "/v1/logs", roles: ["record"] },
  summary: "Events of Claude Code (OTLP/HTTP, JSON); the same batch again changes nothing",
  body: exportLogs,
  answer: nothing,
  async handle({ service: { queue, machine }, body }) {
    const now = Date.now();
    const latest = endOfTomorrow(now, machine.timezone);
    const told = readTelemetry(logRecords(body), latest);
    const at = new Date(now).toISOString();
    if (told.events.size > 0) await queue.write((books) => keepTelemetry(books, machine, told, at));
    return {};
  },
});

/** Of metrics and traces nothing is kept: the events tell more. */
export const skipped = (["metrics", "traces"] as const).map((signal) =>
  route({
    ...{ method: "post", path: `/v1/${signal}`, roles: ["record"] },
    summary: `OTLP ${signal}: accepted, and nothing of them is kept`,
    body: z.unknown(),
    answer: nothing,
    handle: async () => ({}),
  }),
);
