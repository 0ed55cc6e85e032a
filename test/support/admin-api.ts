import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { onTestFinished } from "vitest";

import { addDays } from "../../src/dates.ts";

/**
 * A server on loopback that behaves as the Admin API is documented: keys, pages, limits by the width of buckets, at most
 * five groups, and what it says of dates it does not take. Written from the documentation.
 */

export const ADMIN_KEY = "sk-ant-admin01-Test-Key_0123456789";

/** A row of the usage report, by its names there. */
export type UsageResult = Record<string, unknown> & { model: string };

/** What an organisation used and was billed: by the instant at which a bucket begins. */
export interface Organisation {
  id: string;
  name: string;
  usage: (startsAt: string) => UsageResult[];
  costs: (date: string) => Record<string, unknown>[];
  claudeCode: (date: string) => Record<string, unknown>[];
  keys?: Record<string, unknown>[];
  workspaces?: Record<string, unknown>[];
  /** The id that the newer reports have where the older ones have null. */
  defaultWorkspace?: string;
}

/** Answers a request in the place of the server; false leaves it to that. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

const DAY = 86_400_000;

const WIDTHS: Record<string, { length: number; usual: number; most: number }> = {
  "1d": { length: DAY, usual: 7, most: 31 },
  "1h": { length: DAY / 24, usual: 24, most: 168 },
  "1m": { length: DAY / 1440, usual: 60, most: 1440 },
};

class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly headers: Record<string, string>;

  constructor(status: number, type: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.headers = headers;
  }
}

function invalid(message: string): Refusal {
  return new Refusal(400, "invalid_request_error", message, { "x-should-retry": "false" });
}

/** The requests that it was asked, as their paths and queries. */
export interface AdminApi {
  url: string;
  requests: URL[];
  /** Is asked first, before anything else. */
  fault: Fault;
}

/** Starts such a server; it ends with the test. */
export async function adminApi(organisation: Organisation): Promise<AdminApi> {
  const api: AdminApi = { url: "", requests: [], fault: () => false };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    api.requests.push(url);
    if (api.fault(request, response)) return;
    try {
      const body = answer(organisation, request, url);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(response, error);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  api.url = `http://127.0.0.1:${address.port}`;
  return api;
}

function refuse(response: ServerResponse, { status, type, message, headers }: Refusal): void {
  const body = { type: "error", error: { type, message }, request_id: "req_011test" };
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

function answer(organisation: Organisation, request: IncomingMessage, url: URL): object {
  const { headers } = request;
  const key = headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /, "");
  if (headers["anthropic-version"] !== "2023-06-01") throw invalid("anthropic-version: required");
  if (key === undefined || key === "") {
    throw new Refusal(401, "authentication_error", "x-api-key header is required");
  }
  if (`${key}`.startsWith("sk-ant-api")) {
    throw new Refusal(403, "permission_error", "Your API key does not have permission.");
  }
  if (key !== ADMIN_KEY) {
    throw new Refusal(401, "authentication_error", `invalid x-api-key ${key}`);
  }
  switch (url.pathname) {
    case "/v1/organizations/me":
      return { id: organisation.id, name: organisation.name, type: "organization" };
    case "/v1/organizations/api_keys":
      return listed(organisation.keys ?? [], url);
    case "/v1/organizations/workspaces":
      return listed(organisation.workspaces ?? [], url);
    case "/v1/organizations/usage_report/messages":
      return usageReport(organisation, url);
    case "/v1/organizations/cost_report":
      return costReport(organisation, url);
    case "/v1/organizations/analytics/usage":
    case "/v1/organizations/analytics/cost":
      return analytics(organisation, request, url);
    case "/v1/organizations/usage_report/claude_code":
      return claudeCodeReport(organisation, url);
    default:
      throw new Refusal(404, "not_found_error", "Not found");
  }
}

function listed(all: Record<string, unknown>[], url: URL): object {
  const limit = Number(url.searchParams.get("limit") ?? 20);
  if (!(limit >= 1 && limit <= 1000)) throw invalid("limit: must be between 1 and 1000");
  const after = url.searchParams.get("after_id");
  const first = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const data = all.slice(first, first + limit);
  return {
    data,
    ...{ first_id: data[0]?.["id"] ?? null, last_id: data.at(-1)?.["id"] ?? null },
    has_more: first + limit < all.length,
  };
}

/** The range and the page that are asked for. */
function asked(url: URL, width: string): { starts: number[]; next: string | null } {
  const known = WIDTHS[width];
  if (known === undefined) throw invalid(`bucket_width: "${width}" is not one of 1d, 1h, 1m`);
  const { length, usual, most } = known;
  const limit = Number(url.searchParams.get("limit") ?? usual);
  if (!(limit >= 1 && limit <= most)) {
    throw invalid(`limit: must be between 1 and ${most} for bucket_width ${width}`);
  }
  const starting = Date.parse(url.searchParams.get("starting_at") ?? "");
  const ending = Date.parse(url.searchParams.get("ending_at") ?? "");
  if (Number.isNaN(starting)) throw invalid("starting_at: Field required");
  const first = Math.floor(starting / length) * length;
  const last = Math.floor((Number.isNaN(ending) ? Date.now() : ending) / length) * length;
  if (last <= first) {
    throw invalid("Invalid date range: ending date must be after starting date");
  }
  const groups = url.searchParams.getAll("group_by[]");
  if (groups.length > 5) throw invalid("Cannot specify more than 5 group_by[] dimensions.");
  const page = url.searchParams.get("page");
  const begins = page === null ? first : Number(Buffer.from(page, "base64url").toString());
  if (Number.isNaN(begins)) throw invalid("page: invalid token");
  const ends = Math.min(last, begins + limit * length);
  const starts: number[] = [];
  for (let start = begins; start < ends; start += length) starts.push(start);
  return { starts, next: ends < last ? Buffer.from(`${ends}`).toString("base64url") : null };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

function usageReport({ usage }: Organisation, url: URL): object {
  const width = url.searchParams.get("bucket_width") ?? "1d";
  const { starts, next } = asked(url, width);
  const length = WIDTHS[width]?.length ?? DAY;
  const groups = new Set(url.searchParams.getAll("group_by[]"));
  const dimensions = ["api_key_id", "workspace_id", "model", "service_tier", "context_window"];
  return {
    data: starts.map((start) => ({
      ...{ starting_at: instant(start), ending_at: instant(start + length) },
      results: usage(instant(start)).map((row) => ({
        ...row,
        ...Object.fromEntries(dimensions.flatMap((one) => (groups.has(one) ? [] : [[one, null]]))),
      })),
    })),
    ...{ has_more: next !== null, next_page: next },
  };
}

function costReport({ costs }: Organisation, url: URL): object {
  for (const name of ["starting_at", "ending_at"]) {
    const at = url.searchParams.get(name) ?? "";
    if (!/^\d{4}-\d\d-\d\dT00:00:00(\.0+)?Z$/.test(at)) {
      throw invalid("Invalid date range: ending date must be after starting date");
    }
  }
  if ((url.searchParams.get("bucket_width") ?? "1d") !== "1d") throw invalid("bucket_width: 1d");
  const known = new Set(["workspace_id", "description"]);
  if (url.searchParams.getAll("group_by[]").some((group) => !known.has(group))) {
    throw invalid("group_by[]: not one of workspace_id, description");
  }
  const { starts, next } = asked(url, "1d");
  return {
    data: starts.map((start) => ({
      ...{ starting_at: instant(start), ending_at: instant(start + DAY) },
      results: costs(instant(start).slice(0, 10)),
    })),
    ...{ has_more: next !== null, next_page: next },
  };
}

function claudeCodeReport({ claudeCode }: Organisation, url: URL): object {
  const day = url.searchParams.get("starting_at") ?? "";
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw invalid("starting_at: must be YYYY-MM-DD");
  const limit = Number(url.searchParams.get("limit") ?? 20);
  if (!(limit >= 1 && limit <= 1000)) throw invalid("limit: must be between 1 and 1000");
  const all = claudeCode(day);
  const first = Number(url.searchParams.get("page")?.slice("page_".length) ?? 0);
  const more = first + limit < all.length;
  return {
    data: all.slice(first, first + limit),
    ...{ has_more: more, next_page: more ? `page_${first + limit}` : null },
  };
}

/** The newer reports: flat rows, the newest first unless asked otherwise, 20 a page. */
function analytics(organisation: Organisation, { headers }: IncomingMessage, url: URL): object {
  const { usage, costs, defaultWorkspace = null } = organisation;
  if (headers["anthropic-beta"] !== "analytics-usage-cost-2026-08-24") {
    throw invalid("anthropic-beta: analytics-usage-cost-2026-08-24 is required");
  }
  const isCost = url.pathname.endsWith("cost");
  const width = url.searchParams.get("time_bucket_width") ?? "";
  const length = WIDTHS[width]?.length;
  const [starting, ending] = ["starting_at", "ending_at"].map((name) =>
    Date.parse(url.searchParams.get(name) ?? ""),
  );
  if (length === undefined || starting === undefined || ending === undefined) {
    throw invalid("time_bucket_width: required here");
  }
  if (!(ending > starting)) throw invalid("ending_at: must be after starting_at");
  if (ending - starting > 31 * DAY) throw invalid("Range must be at most 31 days.");
  const groups = url.searchParams
    .getAll("group_by[]")
    .filter((one) => !isCost || !["cost_type", "token_type"].includes(one));
  if (groups.length > 5) throw invalid("Cannot specify more than 5 group_by[] dimensions.");
  const limit = Number(url.searchParams.get("limit") ?? 20);
  if (!(limit >= 1 && limit <= 1000)) throw invalid("limit: must be between 1 and 1000");
  const rows: object[] = [];
  for (let start = starting; start < ending; start += length) {
    const time = { starting_at: instant(start), ending_at: instant(start + length) };
    const all = isCost ? costs(instant(start).slice(0, 10)) : usage(instant(start));
    for (const row of all) {
      const named = { ...row, workspace_id: row["workspace_id"] ?? defaultWorkspace };
      rows.push({ ...time, ...analyticsRow(named, isCost) });
    }
  }
  const isOldestFirst =
    url.searchParams.get("order_by") === "time" && url.searchParams.get("order") === "asc";
  const ordered = isOldestFirst ? rows : rows.toReversed();
  const first = Number(url.searchParams.get("page")?.slice("page_".length) ?? 0);
  const more = first + limit < ordered.length;
  return {
    data: ordered.slice(first, first + limit),
    data_refreshed_at: instant(Date.now()),
    ...{ has_more: more, next_page: more ? `page_${first + limit}` : null },
  };
}

function analyticsRow(row: Record<string, unknown>, isCost: boolean): object {
  const { model, service_tier, workspace_id, api_key_id = null } = row;
  const group = { model, service_tier, workspace_id, api_key_id, product: "messages_api" };
  if (isCost) {
    const { amount, currency, cost_type, token_type } = row;
    return {
      group: { ...group, cost_type, token_type },
      cost: { amount, list_amount: amount, currency, requests: null },
    };
  }
  const { uncached_input_tokens, cache_creation, cache_read_input_tokens, output_tokens } = row;
  const tokens = { uncached_input_tokens, cache_creation, cache_read_input_tokens, output_tokens };
  return { group, usage: { ...tokens, server_tool_use: row["server_tool_use"], requests: 7 } };
}

/** A row of the usage report with these tokens. */
export function usageResult(
  model: string,
  tokens: { input?: number; output?: number; read?: number; write5m?: number; write1h?: number },
  more: Record<string, unknown> = {},
): UsageResult {
  return {
    ...{ account_id: null, api_key_id: "apikey_01ci", workspace_id: null, model },
    ...{ service_tier: "standard", context_window: "0-200k", inference_geo: null },
    uncached_input_tokens: tokens.input ?? 0,
    output_tokens: tokens.output ?? 0,
    cache_read_input_tokens: tokens.read ?? 0,
    cache_creation: {
      ephemeral_5m_input_tokens: tokens.write5m ?? 0,
      ephemeral_1h_input_tokens: tokens.write1h ?? 0,
    },
    server_tool_use: { web_search_requests: 0 },
    ...more,
  };
}

/** A row of the cost report. */
export function costResult(amount: string, more: Record<string, unknown> = {}) {
  return {
    ...{ amount, currency: "USD", description: "Claude Usage - Input Tokens" },
    ...{ cost_type: "tokens", token_type: "uncached_input_tokens", model: "claude-opus-4-5" },
    ...{ service_tier: "standard", context_window: "0-200k", inference_geo: "global" },
    ...{ workspace_id: null, ...more },
  };
}

/** An organisation whose every day is alike: a million tokens of Opus by one key, and the bill of that. */
export function steadyOrganisation(): Organisation {
  return {
    ...{ id: "11111111-1111-4111-8111-111111111111", name: "Nimbus" },
    usage: () => [usageResult("claude-opus-4-5", { input: 1_000_000, output: 100_000 })],
    costs: () => [costResult("500"), costResult("250", { token_type: "output_tokens" })],
    claudeCode: (date) => [
      {
        ...{ date, actor: { type: "user_actor", email_address: "me@example.com" } },
        ...{ customer_type: "api", terminal_type: "vscode", organization_id: "1" },
        core_metrics: {
          ...{ num_sessions: 2, lines_of_code: { added: 10, removed: 3 } },
          ...{ commits_by_claude_code: 1, pull_requests_by_claude_code: 0 },
        },
        model_breakdown: [
          {
            model: "claude-opus-4-5",
            tokens: { input: 100, output: 10, cache_read: 0, cache_creation: 5 },
            estimated_cost: { currency: "USD", amount: 10.4 },
          },
        ],
      },
    ],
    keys: [{ id: "apikey_01ci", type: "api_key", name: "ci-runner", workspace_id: null }],
    workspaces: [{ id: "wrkspc_01", type: "workspace", name: "platform" }],
  };
}

/** The day of UTC so many days ago. */
export function daysAgo(days: number): string {
  return addDays(new Date().toISOString().slice(0, 10), -days);
}
