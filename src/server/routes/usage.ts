import * as z from "zod/mini";

import { endOfTomorrow } from "../../fetch/changed.ts";
import type { PricedCall } from "../../ledger/recorded.ts";
import { withKey } from "../../recorded.ts";
import { reckoned } from "../../recorder/reckon.ts";
import { readRecordedCalls } from "../../readers/recorded.ts";
import {
  recordedCall,
  usageRecord,
  type UsageRecord,
} from "../../sources/recorder/usage-record.ts";
import { Refused } from "../refused.ts";
import { route, type Service } from "../route.ts";
import type { AccessToken } from "../../ledger/access-tokens.ts";
import { daysQuery } from "./queries.ts";

/** As many records as one request may have. */
const MOST_RECORDS = 1000;

const cost = z.nullable(z.number());

export const record = route({
  ...{ method: "post", path: "/api/usage", roles: ["record"], isList: true },
  summary: "Records calls: one, or a list of up to 1,000, all of them or none",
  body: z.array(usageRecord).check(z.minLength(1), z.maxLength(MOST_RECORDS)),
  answer: z.object({
    results: z.array(z.object({ id: z.int(), status: z.enum(["added", "known"]), cost_usd: cost })),
    unpriced_models: z.array(z.string()),
  }),
  async handle({ service, token, body, request }) {
    const calls = callsOf(body, service, token, request.headers.get("idempotency-key"));
    const { queue, recorder } = service;
    const kept = await queue.write(() => recorder.keep(calls));
    service.onRecorded?.(calls.filter((_, index) => kept[index]?.isNew));
    return {
      results: kept.map(({ id, isNew, cost: costUsd }) => ({
        ...{ id, status: isNew ? "added" : "known", cost_usd: costUsd },
      })),
      unpriced_models: [
        ...new Set(calls.filter((call) => call.cost === null).map(({ model }) => model)),
      ],
    };
  },
});

/** The first day that a call of an app can be of. */
const FIRST_INSTANT = Date.parse("2020-01-01T00:00:00Z");

/** @throws Refused when one of them is of another project than the token, or of a wrong time. */
function callsOf(
  records: readonly UsageRecord[],
  { machine, prices, keepsContent, onRecorded }: Service,
  token: AccessToken,
  idempotencyKey: string | null,
): PricedCall[] {
  const now = Date.now();
  const latest = endOfTomorrow(now, machine.timezone);
  const writesLines = onRecorded !== null;
  return records.map((one, index) => {
    const together =
      idempotencyKey === null ? null : { key: `key ${token.id} ${idempotencyKey}`, place: index };
    if (token.project !== null && (projectIn(one) ?? token.project) !== token.project) {
      throw new Refused(403, `record ${index}, project: this token is of ${token.project}.`, {
        ...{ index, field: "project" },
      });
    }
    const call = recordedCall(
      { ...one, project: projectIn(one) ?? token.project ?? undefined },
      now,
      together,
    );
    if (call.at < FIRST_INSTANT || call.at > latest) {
      throw new Refused(400, `record ${index}, timestamp: not between 2020 and tomorrow.`, {
        ...{ index, field: "timestamp" },
      });
    }
    const { prompt = null, response = null } = one;
    const hasContent = keepsContent && (prompt !== null || response !== null);
    const content = { prompt: cut(prompt), response: cut(response) };
    return reckoned(writesLines ? withKey(call) : call, prices, hasContent ? content : null);
  });
}

function projectIn({ project, project_id: id }: UsageRecord): string | undefined {
  return project || id || undefined;
}

/** As much of a prompt or an answer as is kept, in characters. */
const LONGEST_CONTENT = 20_000;

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, LONGEST_CONTENT);
}

const recordedRow = z.object({
  ...{ id: z.int(), timestamp: z.string(), provider: z.string(), model: z.string() },
  ...{ project: z.nullable(z.string()), task_id: z.nullable(z.string()) },
  worker_id: z.nullable(z.string()),
  ...{ input_tokens: z.int(), output_tokens: z.int(), cache_creation_tokens: z.int() },
  ...{ cache_read_tokens: z.int(), cost_usd: cost },
  ...{ duration_ms: z.nullable(z.int()), time_to_first_token_ms: z.nullable(z.int()) },
  ...{ success: z.boolean(), error_message: z.nullable(z.string()) },
});

export const list = route({
  ...{ method: "get", path: "/api/usage", roles: ["read"] },
  summary: "Recorded calls, the newest first",
  body: z.strictObject({
    ...daysQuery,
    ...{ project: z.optional(z.string()), provider: z.optional(z.string()) },
    model: z.optional(z.string()),
    limit: z.optional(z.string().check(z.regex(/^\d{1,4}$/, "takes a number from 1 to 1000"))),
    cursor: z.optional(z.string().check(z.regex(/^\d+-\d+$/, "takes what `next` said"))),
  }),
  answer: z.object({ calls: z.array(recordedRow), next: z.nullable(z.string()) }),
  async handle({ service: { books }, token, body }) {
    const { since = null, until = null, provider = null, model = null, cursor } = body;
    const limit = Number(body.limit ?? 100);
    if (limit < 1 || limit > MOST_RECORDS) {
      throw new Refused(400, "limit: takes a number from 1 to 1000.", { field: "limit" });
    }
    const project = projectOf(token, body.project);
    const [beforeAt, beforeId] = cursor?.split("-").map(Number) ?? [];
    const rows = readRecordedCalls(books, {
      ...{ since, until, project, provider, model, limit },
      ...{ beforeAt: beforeAt ?? null, beforeId: beforeId ?? null },
    });
    const last = rows.at(-1);
    return {
      calls: rows.map(({ at_ms: _, success, ...row }) => ({ ...row, success: success === 1 })),
      next: rows.length < limit || last === undefined ? null : `${last.at_ms}-${last.id}`,
    };
  },
});

/** @throws Refused when a token of one project asks for another. */
export function projectOf(token: AccessToken, asked: string | undefined): string | null {
  if (token.project === null || asked === undefined || asked === token.project) {
    return token.project ?? asked ?? null;
  }
  throw new Refused(403, `This token is of ${token.project}; leave the other project out.`);
}
