import { setTimeout as pause } from "node:timers/promises";

import * as z from "zod/mini";

import { UserError } from "../../errors.ts";
import { printable } from "../../format/printable.ts";

/** The version whose answers are known: a later one renames fields. */
const VERSION = "2023-06-01";

/** What a request is made with. */
export interface Access {
  /** Without a slash at its end. */
  baseUrl: string;
  credentials: Credentials;
  /** Of this program, for the User-Agent. */
  version: string;
  /** Is told when a request waits, and for how many seconds. */
  onWait?: (why: string, seconds: number) => void;
}

/** An Admin API key, or a bearer token. Neither is ever shown. */
export type Credentials = { key: string } | { token: string };

/** How often a request is tried that a server could not answer. */
const TRIES = 3;

/** How long it is waited for a limit of requests, in seconds in all. */
const PATIENCE = 600;

/** Before a request is repeated, in seconds, where the server does not say; each time twice as long. */
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 60;

/** How long one answer may take, in milliseconds. */
const TIMEOUT = 120_000;

/** Asks the Admin API. */
export class AdminClient {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /**
   * The JSON of an answer, as it came.
   * @throws UserError when there is none: what the server says, and the next step.
   */
  async get(path: string, query: Query, headers: Record<string, string> = {}): Promise<Answer> {
    let waited = 0;
    let next = FIRST_PAUSE;
    for (let tries = 1; ;) {
      const outcome = await this.#try(path, query, headers);
      if ("text" in outcome) return outcome;
      const { failure, isLimit, isWorthAgain, told } = outcome;
      const seconds = told ?? next;
      const hasPatience = isLimit ? waited + seconds <= PATIENCE : tries < TRIES;
      if (!isWorthAgain || !hasPatience) throw failure;
      if (isLimit) waited += seconds;
      else tries += 1;
      if (told === undefined) next = Math.min(LONGEST_PAUSE, next * 2);
      this.#access.onWait?.(isLimit ? "Anthropic asks to wait" : failure.message, seconds);
      await pause(seconds * 1000);
    }
  }

  async #try(
    path: string,
    query: Query,
    headers: Record<string, string>,
  ): Promise<Answer | Failure> {
    const { baseUrl } = this.#access;
    const url = new URL(`${baseUrl}${path}`);
    for (const [name, value] of query) url.searchParams.append(name, value);
    try {
      const response = await fetch(url, {
        headers: { ...this.#headers(), ...headers },
        // A key is sent to no other place.
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const text = await response.text();
      return response.ok ? { text, json: parsed(text, path) } : this.#failure(response, text, path);
    } catch (error) {
      if (error instanceof UserError) throw error;
      return {
        failure: new UserError(
          `${this.#host()} gave no whole answer (${this.#without(reasonOf(error))}); check the connection, and run this again.`,
          { cause: error },
        ),
        ...{ isLimit: false, isWorthAgain: true },
      };
    }
  }

  #headers(): Record<string, string> {
    const { credentials, version } = this.#access;
    return {
      "anthropic-version": VERSION,
      "user-agent": `ccbooks/${version} (usage importer)`,
      ...("key" in credentials
        ? { "x-api-key": credentials.key }
        : { authorization: `Bearer ${credentials.token}` }),
    };
  }

  #failure({ status, headers }: Response, text: string, path: string): Failure {
    const error = errorIn(text);
    const id = error.requestId ?? headers.get("request-id");
    const said = `${this.#without(error.message ?? `status ${status}`)}${id === null ? "" : `, request ${printable(id)}`}`;
    const should = headers.get("x-should-retry");
    const isLimit = status === 429;
    const isWorthAgain =
      should === null
        ? isLimit || status === 408 || status === 409 || status >= 500
        : should === "true";
    const told = isLimit ? secondsToWait(headers) : undefined;
    return {
      failure: new UserError(this.#sentence(status, said, path)),
      ...{ isLimit, isWorthAgain },
      ...(told !== undefined && { told }),
    };
  }

  #sentence(status: number, said: string, path: string): string {
    const { credentials } = this.#access;
    const isRegular = "key" in credentials && credentials.key.startsWith("sk-ant-api");
    if ((status === 401 || status === 403) && isRegular) {
      return `ANTHROPIC_ADMIN_API_KEY holds a regular API key, which may not read the organisation's usage (${said}); an admin makes an Admin API key in the Console's settings.`;
    }
    if (status === 401) {
      return `Anthropic does not take this ${"key" in credentials ? "key" : "token"} (${said}); set ANTHROPIC_ADMIN_API_KEY to an Admin API key of the Console.`;
    }
    if (status === 403) {
      return `This ${"key" in credentials ? "key" : "token"} may not read ${path} (${said}); use an Admin API key of the organisation.`;
    }
    if (status === 404) {
      return `${this.#host()} has no ${path} (${said}); check --base-url, or whether the organisation has this report.`;
    }
    if (status === 429) {
      return `Anthropic's limit of requests lasts (${said}); run this again later: it goes on where it ended.`;
    }
    if (status >= 300 && status < 400) {
      return `${this.#host()} redirects elsewhere, where no key is sent; name the right place with --base-url.`;
    }
    if (status >= 500) {
      return `Anthropic cannot answer now (${said}); run this again later: it goes on where it ended.`;
    }
    return `Anthropic refused ${path} (${said}); change what is asked for.`;
  }

  #host(): string {
    return new URL(this.#access.baseUrl).host;
  }

  /** A server may repeat what it was sent. */
  #without(text: string): string {
    const { credentials } = this.#access;
    const secret = "key" in credentials ? credentials.key : credentials.token;
    return printable(text.replaceAll(secret, "…")).slice(0, 500);
  }
}

export type Query = readonly (readonly [name: string, value: string])[];

/** An answer, as it was received and as JSON. */
export interface Answer {
  text: string;
  json: unknown;
}

interface Failure {
  failure: UserError;
  /** Of requests in a minute. */
  isLimit: boolean;
  isWorthAgain: boolean;
  /** How long to wait, in seconds, where the server says. */
  told?: number;
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `The answer of ${path} is no JSON; is --base-url Anthropic's API? Run this again if it is.`,
      { cause: error },
    );
  }
}

const errorBody = z.object({
  error: z.object({ message: z.string() }),
  request_id: z.optional(z.nullable(z.string())),
});

function errorIn(text: string): { message: string | null; requestId: string | null } {
  try {
    const { error, request_id: id = null } = z.parse(errorBody, JSON.parse(text));
    return { message: error.message, requestId: id };
  } catch {
    return { message: null, requestId: null };
  }
}

/** How long a server asks to wait, by whichever header says so. */
function secondsToWait(headers: Headers): number | undefined {
  const milliseconds = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds / 1000;
  const after = headers.get("retry-after");
  const until = after !== null && /^\d/.test(after) ? Number(after) : secondsUntil(after);
  return until ?? secondsUntil(headers.get("anthropic-ratelimit-requests-reset"));
}

function secondsUntil(time: string | null): number | undefined {
  const at = time === null ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `none in ${TIMEOUT / 1000} seconds`;
  return error.cause instanceof Error && error.cause.message !== ""
    ? error.cause.message
    : error.message;
}
