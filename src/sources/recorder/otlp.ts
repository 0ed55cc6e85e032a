import * as z from "zod/mini";

/** The envelope of OpenTelemetry's logs in JSON: what of it is read. Unknown keys are left, as OTLP asks. */

const scalar = z.object({
  stringValue: z.optional(z.string()),
  // The mapping says a string, and Claude Code sends a number.
  intValue: z.optional(z.union([z.string(), z.number()])),
  doubleValue: z.optional(z.number()),
  boolValue: z.optional(z.boolean()),
});

const attributes = z.array(z.object({ key: z.string(), value: z.optional(z.nullable(scalar)) }));

const record = z.object({
  timeUnixNano: z.optional(z.union([z.string(), z.number()])),
  body: z.optional(z.nullable(scalar)),
  attributes: z.optional(attributes),
});

/** The body of a `POST /v1/logs`. */
export const exportLogs = z.object({
  resourceLogs: z.optional(
    z.array(
      z.object({
        resource: z.optional(z.object({ attributes: z.optional(attributes) })),
        scopeLogs: z.optional(z.array(z.object({ logRecords: z.optional(z.array(record)) }))),
      }),
    ),
  ),
});

export type Attributes = ReadonlyMap<string, string | number | boolean>;

/** A log record with what its resource says. */
export interface LogRecord {
  attributes: Attributes;
  resource: Attributes;
  /** The text of its body. */
  body: string | null;
  /** Milliseconds since 1970; null where it says none. */
  at: number | null;
}

/** The records of a body. */
export function logRecords({ resourceLogs = [] }: z.infer<typeof exportLogs>): LogRecord[] {
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) => {
    const ofResource = attributesIn(resource?.attributes);
    return scopeLogs.flatMap(({ logRecords: records = [] }) =>
      records.map(({ timeUnixNano, body, attributes: own }) => ({
        attributes: attributesIn(own),
        resource: ofResource,
        body: body?.stringValue ?? null,
        at: instantOf(timeUnixNano),
      })),
    );
  });
}

function attributesIn(list: z.infer<typeof attributes> = []): Attributes {
  return new Map(
    list.flatMap(({ key, value }) => {
      const { stringValue, intValue, doubleValue, boolValue } = value ?? {};
      const known = stringValue ?? doubleValue ?? boolValue ?? numberOf(intValue);
      return known === undefined ? [] : [[key, known] as const];
    }),
  );
}

function numberOf(value: string | number | undefined): number | undefined {
  return value === undefined || value === "" ? undefined : Number(value);
}

/** Nanoseconds, which a number does not hold to the last. */
function instantOf(nanoseconds: string | number | undefined): number | null {
  const milliseconds = Math.floor(Number(nanoseconds ?? Number.NaN) / 1e6);
  return Number.isFinite(milliseconds) ? milliseconds : null;
}
