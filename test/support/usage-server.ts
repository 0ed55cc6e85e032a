import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { onTestFinished } from "vitest";

/** A stand-in for the part of a ccbooks server that apps tell of their calls: `POST /api/usage`. */
export interface UsageServer {
  url: string;
  token: string;
  /** The calls of each request with a body that could be read, whatever was answered. */
  requests: SentCall[][];
  /** What is kept, by request id. */
  calls: Map<string, SentCall>;
}

export type SentCall = Record<string, unknown>;

/** How one request is answered otherwise than it should be. */
export type Trouble =
  | { status: number; retryAfter?: number }
  | "keeps the calls and hangs up"
  | "never answers";

/**
 * @param troubles of the first requests, in their order; the others are answered well
 * @param most how many calls it takes at once
 */
export async function usageServer(
  troubles: readonly Trouble[] = [],
  most = 1000,
): Promise<UsageServer> {
  const known: UsageServer = { url: "", token: "ccb_test", requests: [], calls: new Map() };
  const left = [...troubles];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const calls = callsIn(request, body, known.token);
      if (calls !== undefined) known.requests.push(calls);
      respond(response, left.shift(), calls, { known, most });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  known.url = `http://127.0.0.1:${address.port}`;
  return known;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("utf8");
  for await (const piece of request) body += String(piece);
  return body;
}

/** Undefined: it has no right to send them. */
function callsIn(
  { method, url, headers }: IncomingMessage,
  body: string,
  token: string,
): SentCall[] | undefined {
  if (method !== "POST" || url !== "/api/usage") throw new Error(`${method} ${url}`);
  if (headers["content-type"] !== "application/json") throw new Error("no JSON");
  if (headers.authorization !== `Bearer ${token}`) return undefined;
  const sent: SentCall | SentCall[] = JSON.parse(body);
  return Array.isArray(sent) ? sent : [sent];
}

function respond(
  response: ServerResponse,
  trouble: Trouble | undefined,
  calls: SentCall[] | undefined,
  { known, most }: { known: UsageServer; most: number },
): void {
  const say = (status: number, json: object, headers: Record<string, number> = {}): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(json));
  };
  if (trouble === "never answers") return;
  if (calls === undefined) {
    say(401, { error: "This token is not known, or was revoked." });
  } else if (trouble === "keeps the calls and hangs up") {
    keep(calls, known);
    response.destroy();
  } else if (trouble !== undefined) {
    const { status, retryAfter } = trouble;
    say(
      status,
      { error: "Not now." },
      retryAfter === undefined ? {} : { "retry-after": retryAfter },
    );
  } else if (calls.length > most) {
    say(413, { error: "The body is too large; send it in parts." });
  } else {
    const index = calls.findIndex((call) => badField(call) !== undefined);
    const field = badField(calls[index] ?? {});
    if (index >= 0) say(400, { error: "This is no count of tokens.", index, field });
    else say(200, { results: keep(calls, known), unpriced_models: [] });
  }
}

/** @returns what is said of each */
function keep(calls: readonly SentCall[], { calls: kept }: UsageServer): object[] {
  return calls.map((call) => {
    const id = String(call["request_id"]);
    const status = kept.has(id) ? "known" : "added";
    kept.set(id, call);
    return { id, status, cost_usd: null };
  });
}

const TEXTS = new Set([
  ...["project", "provider", "model", "request_id", "timestamp", "error_message"],
  ...["task_id", "worker_id"],
]);
const COUNTS = new Set([
  ...["input_tokens", "output_tokens", "cache_creation_tokens", "cache_creation_1h_tokens"],
  ...["cache_read_tokens", "duration_ms", "time_to_first_token_ms", "prompt_length"],
  "response_length",
]);

/** The first field that a server does not know, or of another kind than it should be. */
function badField(call: SentCall): string | undefined {
  if (call["model"] === "") return "model";
  return Object.entries(call).find(([name, value]) => {
    if (TEXTS.has(name)) return typeof value !== "string";
    if (COUNTS.has(name)) return !(Number.isSafeInteger(value) && Number(value) >= 0);
    if (name === "success") return typeof value !== "boolean";
    if (name === "cost_usd") return typeof value !== "number";
    return name !== "settings";
  })?.[0];
}
