import * as z from "zod/mini";

import type { ApiCost, ApiUsage, Bucket, ClaudeCodeUsage, UtcDays } from "../../bill.ts";
import { addDays, isDate, isInstant } from "../../dates.ts";
import { nanoUsd } from "../../usd.ts";
import type { AdminClient, Answer, Query } from "./client.ts";
import { pagesOf, understood } from "./pages.ts";

/** The reports of the Admin API, as far as they are of use here. All days are days of UTC. */

/** A page of a report: the answer as it came, and what it says; null where no answer came with it. */
export interface ReportPage<Row> {
  answer: Answer | null;
  buckets: Bucket<Row>[];
}

export const tokens = z.int().check(z.nonnegative());
const text = z.string().check(z.maxLength(1000));
export const optionalText = z.optional(z.nullable(text));
const instant = z.string().check(z.refine(isInstant));

/** What either generation has of a bucket. */
export const times = { starting_at: instant, ending_at: instant };

/** What either generation counts. */
export const counts = z.object({
  uncached_input_tokens: tokens,
  cache_creation: z.object({
    ephemeral_5m_input_tokens: tokens,
    ephemeral_1h_input_tokens: tokens,
  }),
  cache_read_input_tokens: tokens,
  output_tokens: tokens,
  server_tool_use: z.optional(z.nullable(z.object({ web_search_requests: tokens }))),
});

const usageRow = z.object({
  ...counts.shape,
  api_key_id: optionalText,
  workspace_id: optionalText,
  model: optionalText,
  service_tier: optionalText,
  context_window: optionalText,
});

const usageBucket = z.object({
  ...times,
  results: z.array(usageRow),
});

/** Of one day or hour each. */
export type BucketWidth = "1d" | "1h";

/** So many buckets a page: of hours a day, so that a page of a busy organisation stays small. */
const MOST_BUCKETS: Record<BucketWidth, string> = { "1d": "31", "1h": "24" };

const USAGE = "/v1/organizations/usage_report/messages";

/** What the usage report is grouped by: five are the most that the server takes. */
const USAGE_GROUPS = ["model", "workspace_id", "api_key_id", "service_tier", "context_window"];

/** The usage report, in whole buckets a page. */
export async function* usageReport(
  client: AdminClient,
  { since, until }: UtcDays,
  width: BucketWidth,
): AsyncGenerator<ReportPage<ApiUsage>> {
  const query: Query = [
    ["starting_at", `${since}T00:00:00Z`],
    ["ending_at", `${addDays(until, 1)}T00:00:00Z`],
    ["bucket_width", width],
    ["limit", MOST_BUCKETS[width]],
    ...USAGE_GROUPS.map((group) => ["group_by[]", group] as const),
  ];
  for await (const { answer, data } of pagesOf(client, USAGE, query)) {
    yield { answer, buckets: usageBuckets(data) };
  }
}

/** @throws UserError when it is no usage report. */
export function usageBuckets(data: unknown): Bucket<ApiUsage>[] {
  return understood(z.array(usageBucket), data, USAGE).map((bucket) => ({
    ...timeOf(bucket),
    rows: bucket.results.map((row) => ({
      workspace: row.workspace_id ?? "",
      apiKey: row.api_key_id ?? "",
      model: row.model ?? "",
      serviceTier: row.service_tier ?? "",
      contextWindow: row.context_window ?? "",
      product: null,
      ...countsOf(row),
      requests: null,
    })),
  }));
}

/** The counts by the names of the books. */
export function countsOf(row: z.infer<typeof counts>) {
  return {
    inputTokens: row.uncached_input_tokens,
    cacheCreation5mTokens: row.cache_creation.ephemeral_5m_input_tokens,
    cacheCreation1hTokens: row.cache_creation.ephemeral_1h_input_tokens,
    cacheReadTokens: row.cache_read_input_tokens,
    outputTokens: row.output_tokens,
    webSearches: row.server_tool_use?.web_search_requests ?? 0,
  };
}

/** When a bucket begins and ends. */
export function timeOf({
  starting_at: starts,
  ending_at: ends,
}: {
  starting_at: string;
  ending_at: string;
}) {
  return { startsAt: new Date(starts).toISOString(), endsAt: new Date(ends).toISOString() };
}

/** An amount as the reports write it. */
export const cents = z.string().check(z.refine(isAmount));

function isAmount(value: string): boolean {
  return /^-?\d{1,12}(\.\d+)?$/.test(value);
}

const costRow = z.object({
  amount: cents,
  currency: z.literal("USD"),
  description: optionalText,
  cost_type: optionalText,
  token_type: optionalText,
  model: optionalText,
  service_tier: optionalText,
  context_window: optionalText,
  workspace_id: optionalText,
});

const costBucket = z.object({
  ...times,
  results: z.array(costRow),
});

const COST = "/v1/organizations/cost_report";

/** The cost report: whole days, both ends midnights. */
export async function* costReport(
  client: AdminClient,
  { since, until }: UtcDays,
): AsyncGenerator<ReportPage<ApiCost>> {
  const query: Query = [
    ["starting_at", `${since}T00:00:00Z`],
    ["ending_at", `${addDays(until, 1)}T00:00:00Z`],
    ["bucket_width", "1d"],
    ["limit", "31"],
    ["group_by[]", "workspace_id"],
    ["group_by[]", "description"],
  ];
  for await (const { answer, data } of pagesOf(client, COST, query)) {
    yield { answer, buckets: costBuckets(data) };
  }
}

/** @throws UserError when it is no cost report. */
export function costBuckets(data: unknown): Bucket<ApiCost>[] {
  return understood(z.array(costBucket), data, COST).map((bucket) => ({
    ...timeOf(bucket),
    rows: bucket.results.map((row) => ({
      workspace: row.workspace_id ?? "",
      ...{ apiKey: null, product: null, listAmount: null },
      description: row.description ?? "",
      costType: row.cost_type ?? "",
      tokenType: row.token_type ?? "",
      model: row.model ?? "",
      serviceTier: row.service_tier ?? "",
      contextWindow: row.context_window ?? "",
      amount: nanoUsd(row.amount),
    })),
  }));
}

const claudeCodeRecord = z.object({
  date: z.string().check(z.refine((date) => isDate(date.slice(0, 10)))),
  actor: z.union([
    z.object({ type: z.literal("user_actor"), email_address: text }),
    z.object({ type: z.literal("api_actor"), api_key_name: text }),
  ]),
  customer_type: optionalText,
  terminal_type: optionalText,
  core_metrics: z.object({
    num_sessions: tokens,
    lines_of_code: z.object({ added: tokens, removed: tokens }),
    commits_by_claude_code: tokens,
    pull_requests_by_claude_code: tokens,
  }),
  model_breakdown: z.array(
    z.object({
      model: text,
      tokens: z.object({
        input: tokens,
        output: tokens,
        cache_read: tokens,
        cache_creation: tokens,
      }),
      estimated_cost: z.object({
        currency: z.literal("USD"),
        amount: z.number().check(z.nonnegative(), z.maximum(1e12)),
      }),
    }),
  ),
});

const CLAUDE_CODE = "/v1/organizations/usage_report/claude_code";

/** The Claude Code report of one day: a page at a time. */
export async function* claudeCodeReport(
  client: AdminClient,
  day: string,
): AsyncGenerator<{ answer: Answer; records: ClaudeCodeUsage[] }> {
  const query: Query = [
    ["starting_at", day],
    ["limit", "1000"],
  ];
  for await (const { answer, data } of pagesOf(client, CLAUDE_CODE, query)) {
    yield { answer, records: claudeCodeRecords(data) };
  }
}

/** @throws UserError when it is no Claude Code report. */
export function claudeCodeRecords(data: unknown): ClaudeCodeUsage[] {
  return understood(z.array(claudeCodeRecord), data, CLAUDE_CODE).map((record) => {
    const { actor, core_metrics: metrics, model_breakdown: models } = record;
    return {
      ...(actor.type === "user_actor"
        ? { actor: actor.email_address, actorType: "user" as const }
        : { actor: actor.api_key_name, actorType: "api_key" as const }),
      customerType: record.customer_type ?? "",
      terminal: record.terminal_type ?? "",
      sessions: metrics.num_sessions,
      linesAdded: metrics.lines_of_code.added,
      linesRemoved: metrics.lines_of_code.removed,
      commits: metrics.commits_by_claude_code,
      pullRequests: metrics.pull_requests_by_claude_code,
      models: models.map(({ model, tokens: used, estimated_cost: cost }) => ({
        model,
        inputTokens: used.input,
        outputTokens: used.output,
        cacheCreationTokens: used.cache_creation,
        cacheReadTokens: used.cache_read,
        // JSON has a number here: its shortest text is what was meant.
        cost: nanoUsd(String(cost.amount)),
      })),
    };
  });
}
