import * as z from "zod/mini";

import type { ApiCost, ApiUsage, Bucket, UtcDays } from "../../bill.ts";
import { addDays } from "../../dates.ts";
import { nanoUsd } from "../../usd.ts";
import type { AdminClient, Query } from "./client.ts";
import { pagesOf, understood } from "./pages.ts";
import {
  cents,
  counts,
  countsOf,
  optionalText,
  timeOf,
  times,
  tokens,
  type BucketWidth,
  type ReportPage,
} from "./reports.ts";

/** The newer reports: flat rows, in which a bucket may go on over pages. They are in beta. */

const BETA = { "anthropic-beta": "analytics-usage-cost-2026-08-24" };

/** What both are grouped by: five are the most. */
const GROUPS = ["model", "product", "api_key_id", "workspace_id", "service_tier"];

/** One question may span so many days. */
const MOST_DAYS = 31;

const HOUR = 3_600_000;

const LENGTH: Record<BucketWidth, number> = { "1d": 24 * HOUR, "1h": HOUR };

const group = z.object({
  model: optionalText,
  product: optionalText,
  api_key_id: optionalText,
  workspace_id: optionalText,
  service_tier: optionalText,
  context_window: optionalText,
  cost_type: optionalText,
  token_type: optionalText,
});

const usageRow = z.object({
  ...times,
  group,
  usage: z.object({ ...counts.shape, requests: z.optional(z.nullable(tokens)) }),
});

const costRow = z.object({
  ...times,
  group,
  cost: z.object({
    amount: cents,
    list_amount: z.optional(z.nullable(cents)),
    currency: z.literal("USD"),
  }),
});

const USAGE = "/v1/organizations/analytics/usage";
const COST = "/v1/organizations/analytics/cost";

/** A row with the bucket that it is of. */
export interface TimedRow<Row> {
  startsAt: string;
  endsAt: string;
  row: Row;
}

/** @throws UserError when it is no page of the usage report. */
export function analyticsUsageRows(data: unknown): TimedRow<ApiUsage>[] {
  return understood(z.array(usageRow), data, USAGE).map(({ group: of, usage, ...time }) => ({
    ...timeOf(time),
    row: {
      ...dimensionsOf(of),
      model: of.model ?? "",
      serviceTier: of.service_tier ?? "",
      contextWindow: null,
      ...countsOf(usage),
      requests: usage.requests ?? null,
    },
  }));
}

/** @throws UserError when it is no page of the cost report. */
export function analyticsCostRows(data: unknown): TimedRow<ApiCost>[] {
  return understood(z.array(costRow), data, COST).map(({ group: of, cost, ...time }) => ({
    ...timeOf(time),
    row: {
      ...dimensionsOf(of),
      description: "",
      costType: of.cost_type ?? "",
      tokenType: of.token_type ?? "",
      model: of.model ?? "",
      serviceTier: of.service_tier ?? "",
      contextWindow: of.context_window ?? "",
      amount: nanoUsd(cost.amount),
      listAmount:
        cost.list_amount === null || cost.list_amount === undefined
          ? null
          : nanoUsd(cost.list_amount),
    },
  }));
}

function dimensionsOf({ workspace_id, api_key_id, product }: z.infer<typeof group>) {
  return { workspace: workspace_id ?? "", apiKey: api_key_id ?? "", product: product ?? "" };
}

/** The usage report of the analytics, in whole buckets a page. */
export function analyticsUsage(
  client: AdminClient,
  days: UtcDays,
  width: BucketWidth,
): AsyncGenerator<ReportPage<ApiUsage>> {
  return wholeBuckets(client, { path: USAGE, groups: GROUPS, days, width }, analyticsUsageRows);
}

/** The cost report of the analytics. */
export function analyticsCost(
  client: AdminClient,
  days: UtcDays,
): AsyncGenerator<ReportPage<ApiCost>> {
  // These two do not count towards the five.
  const groups = [...GROUPS, "cost_type", "token_type"];
  return wholeBuckets(client, { path: COST, groups, days, width: "1d" }, analyticsCostRows);
}

interface Asked {
  path: string;
  groups: readonly string[];
  days: UtcDays;
  width: BucketWidth;
}

/** Pages as they come, each with the buckets that are whole with it: those without rows too. */
async function* wholeBuckets<Row>(
  client: AdminClient,
  { path, groups, days, width }: Asked,
  rowsIn: (data: unknown) => TimedRow<Row>[],
): AsyncGenerator<ReportPage<Row>> {
  for (let since = days.since; since <= days.until; since = addDays(since, MOST_DAYS)) {
    const last = addDays(since, MOST_DAYS - 1);
    const part = { since, until: last < days.until ? last : days.until };
    const query: Query = [
      ["starting_at", `${part.since}T00:00:00Z`],
      ["ending_at", `${addDays(part.until, 1)}T00:00:00Z`],
      ["time_bucket_width", width],
      ["limit", "1000"],
      // The newest first, as it would be, shifts pages when rows come in.
      ["order_by", "time"],
      ["order", "asc"],
      ...groups.map((one) => ["group_by[]", one] as const),
    ];
    const open = new BucketList<Row>(part, width);
    for await (const { answer, data } of pagesOf(client, path, query, BETA)) {
      yield { answer, buckets: open.add(rowsIn(data)) };
    }
    const rest = open.rest();
    if (rest.length > 0) yield { answer: null, buckets: rest };
  }
}

/** The buckets that rows are of, from the first to the last: for answers that were kept. */
export function bucketsOf<Row>(rows: readonly TimedRow<Row>[]): Bucket<Row>[] {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const width = Date.parse(first.endsAt) - Date.parse(first.startsAt) === HOUR ? "1h" : "1d";
  const days = { since: first.startsAt.slice(0, 10), until: last.startsAt.slice(0, 10) };
  const list = new BucketList<Row>(days, width);
  return [...list.add(rows), ...list.rest()];
}

/** The buckets of some days, in order: one is whole when a later one has begun. */
class BucketList<Row> {
  readonly #length: number;
  readonly #end: number;
  #next: number;
  #rows: Row[] = [];

  constructor({ since, until }: UtcDays, width: BucketWidth) {
    this.#length = LENGTH[width];
    this.#next = Date.parse(`${since}T00:00:00Z`);
    this.#end = Date.parse(`${addDays(until, 1)}T00:00:00Z`);
  }

  /** @returns the buckets that are whole now */
  add(rows: readonly TimedRow<Row>[]): Bucket<Row>[] {
    const whole: Bucket<Row>[] = [];
    for (const { startsAt, row } of rows) {
      const starts = Date.parse(startsAt);
      while (this.#next + this.#length <= starts) whole.push(this.#close());
      this.#rows.push(row);
    }
    return whole;
  }

  /** @returns those that no row has ended */
  rest(): Bucket<Row>[] {
    const whole: Bucket<Row>[] = [];
    while (this.#next < this.#end) whole.push(this.#close());
    return whole;
  }

  #close(): Bucket<Row> {
    const starts = this.#next;
    this.#next += this.#length;
    const rows = this.#rows;
    this.#rows = [];
    return {
      startsAt: new Date(starts).toISOString(),
      endsAt: new Date(this.#next).toISOString(),
      rows,
    };
  }
}
