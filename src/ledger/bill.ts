import type { ApiCost, ApiUsage, Bucket, ClaudeCodeUsage, Named, Organisation } from "../bill.ts";
import type { Books } from "./books.ts";

/** Keeps what the Admin API tells. A time that is told again is replaced as a set. */

export const REPORTS = ["usage", "cost", "claude-code"] as const;

export type Report = (typeof REPORTS)[number];

/** A row of the usage report with its estimate. */
export interface PricedUsage extends ApiUsage {
  /** USD at list price; null where no price is known. */
  cost: number | null;
  unpricedTokens: number;
}

/** Replaces the usage of some buckets, and sums their days up. */
export function keepApiUsage(books: Books, buckets: readonly Bucket<PricedUsage>[]): void {
  // A bucket of an hour takes the place of a day's that it is in.
  const remove = books.prepare<[string, string]>(
    "DELETE FROM api_usage WHERE starts_at >= ? AND starts_at < ?",
  );
  const removeDay = books.prepare<[string, string]>(
    "DELETE FROM api_usage WHERE starts_at = ? AND ends_at > ?",
  );
  const add = books.prepare<[PricedUsage & { startsAt: string; endsAt: string }]>(
    `INSERT INTO api_usage (
       starts_at, ends_at, workspace, api_key, model, service_tier, context_window, product,
       input_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, cache_read_tokens,
       output_tokens, web_searches, requests, cost, unpriced_tokens)
     VALUES (
       @startsAt, @endsAt, @workspace, @apiKey, @model, @serviceTier, @contextWindow, @product,
       @inputTokens, @cacheCreation5mTokens, @cacheCreation1hTokens, @cacheReadTokens,
       @outputTokens, @webSearches, @requests, @cost, @unpricedTokens)`,
  );
  const dates = new Set<string>();
  for (const { startsAt, endsAt, rows } of buckets) {
    const date = startsAt.slice(0, 10);
    dates.add(date);
    removeDay.run(`${date}T00:00:00.000Z`, endsAt);
    remove.run(startsAt, endsAt);
    for (const row of rows) add.run({ ...row, startsAt, endsAt });
  }
  sumDays(books, [...dates]);
}

function sumDays(books: Books, dates: readonly string[]): void {
  const remove = books.prepare<[string]>("DELETE FROM api_usage_day WHERE date = ?");
  const add = books.prepare<[{ date: string; next: string }]>(
    `INSERT INTO api_usage_day
     SELECT
       @date, COALESCE(workspace, ''), COALESCE(api_key, ''), model, SUM(input_tokens),
       SUM(output_tokens), SUM(cache_creation_5m_tokens + cache_creation_1h_tokens),
       SUM(cache_read_tokens), SUM(web_searches), SUM(requests), SUM(cost), SUM(unpriced_tokens)
     FROM api_usage WHERE starts_at >= @date AND starts_at < @next
     GROUP BY 2, 3, 4`,
  );
  for (const date of dates) {
    remove.run(date);
    // Instants are compared with dates as text: T24 is after every hour of the day.
    add.run({ date, next: `${date}T24` });
  }
}

/** Models that a day has tokens without a price of. */
export function unpricedApiModels(books: Books): { date: string; model: string }[] {
  return books
    .prepare<[], { date: string; model: string }>(
      "SELECT DISTINCT date, model FROM api_usage_day WHERE unpriced_tokens > 0 ORDER BY date",
    )
    .all();
}

/** The usage of a day, bucket by bucket, as it was kept. */
export function apiUsageOf(books: Books, date: string): Bucket<ApiUsage>[] {
  const rows = books
    .prepare<[string, string], ApiUsage & { startsAt: string; endsAt: string }>(
      `SELECT
         starts_at AS startsAt, ends_at AS endsAt, workspace, api_key AS apiKey, model,
         service_tier AS serviceTier, context_window AS contextWindow, product,
         input_tokens AS inputTokens, cache_creation_5m_tokens AS cacheCreation5mTokens,
         cache_creation_1h_tokens AS cacheCreation1hTokens, cache_read_tokens AS cacheReadTokens,
         output_tokens AS outputTokens, web_searches AS webSearches, requests
       FROM api_usage WHERE starts_at >= ? AND starts_at < ?`,
    )
    .all(date, `${date}T24`);
  const buckets = new Map<string, Bucket<ApiUsage>>();
  for (const { startsAt, endsAt, ...row } of rows) {
    const bucket = buckets.get(startsAt) ?? { startsAt, endsAt, rows: [] };
    bucket.rows.push(row);
    buckets.set(startsAt, bucket);
  }
  return [...buckets.values()];
}

/** Replaces the bill of some days. */
export function keepApiCosts(books: Books, buckets: readonly Bucket<ApiCost>[]): void {
  const remove = books.prepare<[string]>("DELETE FROM api_cost WHERE date = ?");
  const add = books.prepare<[ApiCost & { date: string }]>(
    `INSERT INTO api_cost (
       date, workspace, api_key, product, description, cost_type, token_type, model, service_tier,
       context_window, amount_nano_usd, list_nano_usd)
     VALUES (
       @date, @workspace, @apiKey, @product, @description, @costType, @tokenType, @model,
       @serviceTier, @contextWindow, @amount, @listAmount)`,
  );
  for (const { startsAt, rows } of buckets) {
    const date = startsAt.slice(0, 10);
    remove.run(date);
    for (const row of rows) add.run({ ...row, date });
  }
}

/** Replaces what Claude Code was used for on a day. */
export function keepClaudeCodeUsage(
  books: Books,
  date: string,
  records: readonly ClaudeCodeUsage[],
): void {
  books.prepare<[string]>("DELETE FROM claude_code_model_usage WHERE date = ?").run(date);
  books.prepare<[string]>("DELETE FROM claude_code_usage WHERE date = ?").run(date);
  const key = "date, actor, actor_type, customer_type, terminal";
  const values = "@date, @actor, @actorType, @customerType, @terminal";
  // One that is told twice of one terminal adds up.
  const add = books.prepare(
    `INSERT INTO claude_code_usage (
       ${key}, sessions, lines_added, lines_removed, commits, pull_requests)
     VALUES (${values}, @sessions, @linesAdded, @linesRemoved, @commits, @pullRequests)
     ON CONFLICT DO UPDATE SET
       sessions = sessions + excluded.sessions, lines_added = lines_added + excluded.lines_added,
       lines_removed = lines_removed + excluded.lines_removed,
       commits = commits + excluded.commits,
       pull_requests = pull_requests + excluded.pull_requests`,
  );
  const addModel = books.prepare(
    `INSERT INTO claude_code_model_usage (
       ${key}, model, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens,
       cost_nano_usd)
     VALUES (${values}, @model, @inputTokens, @outputTokens, @cacheCreationTokens,
       @cacheReadTokens, @cost)
     ON CONFLICT DO UPDATE SET
       input_tokens = input_tokens + excluded.input_tokens,
       output_tokens = output_tokens + excluded.output_tokens,
       cache_creation_tokens = cache_creation_tokens + excluded.cache_creation_tokens,
       cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
       cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd`,
  );
  for (const { models, ...record } of records) {
    add.run({ ...record, date });
    for (const model of models) addModel.run({ ...record, ...model, date });
  }
}

/** The organisation that the books hold figures of; undefined: none so far. */
export function knownOrganisation(books: Books): Organisation | undefined {
  return books.prepare<[], Organisation>("SELECT id, name FROM api_organisation LIMIT 1").get();
}

export function keepOrganisation(books: Books, { id, name }: Organisation): void {
  books
    .prepare<[string, string]>(
      `INSERT INTO api_organisation (id, name) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET name = excluded.name`,
    )
    .run(id, name);
}

/** Up to which day a report has been pulled, YYYY-MM-DD; undefined: not at all. */
export function pulledUntil(books: Books, report: Report): string | undefined {
  return books
    .prepare<[string], string>("SELECT pulled_until FROM api_pull WHERE report = ?")
    .pluck()
    .get(report);
}

/** Notes how far a report has been pulled: never less far than it was. */
export function keepPulledUntil(
  books: Books,
  { report, until, at }: { report: Report; until: string; at: string },
): void {
  books
    .prepare<[string, string, string]>(
      `INSERT INTO api_pull (report, pulled_until, pulled_at) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET
         pulled_until = MAX(pulled_until, excluded.pulled_until), pulled_at = excluded.pulled_at`,
    )
    .run(report, until, at);
}

/** Keeps what keys are called, and leaves the user's own labels. */
export function keepApiKeys(books: Books, keys: readonly Named[]): void {
  const keep = books.prepare<[Named]>(
    `INSERT INTO api_key (id, name, workspace) VALUES (@id, @name, @workspace)
     ON CONFLICT DO UPDATE SET name = excluded.name, workspace = excluded.workspace`,
  );
  for (const key of keys) keep.run(key);
}

export function keepWorkspaces(books: Books, workspaces: readonly Named[]): void {
  const keep = books.prepare<[Named]>(
    `INSERT INTO workspace (id, name, archived_at) VALUES (@id, @name, @archivedAt)
     ON CONFLICT DO UPDATE SET name = excluded.name, archived_at = excluded.archived_at`,
  );
  for (const workspace of workspaces) keep.run(workspace);
}

/** Calls a key as the user does; null: as its name says. */
export function labelApiKey(books: Books, id: string, label: string | null): void {
  books
    .prepare<[string, string | null]>(
      `INSERT INTO api_key (id, label) VALUES (?, ?) ON CONFLICT DO UPDATE SET label = excluded.label`,
    )
    .run(id, label);
}

/** Removes all that was pulled, so that it can be taken from raw answers anew. */
export function forgetPulled(books: Books): void {
  const tables = ["api_usage", "api_usage_day", "api_cost", "claude_code_model_usage"];
  for (const table of [...tables, "claude_code_usage", "api_pull"]) {
    books.exec(`DELETE FROM ${table}`);
  }
}
