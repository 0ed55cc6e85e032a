import { randomUUID } from "node:crypto";
import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";

/**
 * Tells a ccbooks server of the calls that an app makes to LLM providers. It never throws into the app and never
 * keeps it running: what cannot be sent waits, is sent again, and at the end is dropped and told of.
 */

/** One call, in the words of `POST /api/usage`. */
export interface CallRecord {
  /** "anthropic", "openai", "google", or another. */
  provider: string;
  model: string;
  /** Without what was read from a cache or written to one. */
  input_tokens?: number | undefined;
  /** With what the model thought. */
  output_tokens?: number | undefined;
  cache_creation_tokens?: number | undefined;
  /** The part of `cache_creation_tokens` that is kept for an hour. */
  cache_creation_1h_tokens?: number | undefined;
  cache_read_tokens?: number | undefined;
  /** Where it is known better than by the list price. */
  cost_usd?: number | undefined;
  project?: string | undefined;
  /** The same one again is the same call. */
  request_id?: string | undefined;
  /** When it was made, ISO 8601; now, where it is left out. */
  timestamp?: string | undefined;
  duration_ms?: number | undefined;
  time_to_first_token_ms?: number | undefined;
  success?: boolean | undefined;
  error_message?: string | undefined;
  task_id?: string | undefined;
  worker_id?: string | undefined;
  /** What it was called with, such as its temperature. */
  settings?: Record<string, unknown> | undefined;
  /** In characters. */
  prompt_length?: number | undefined;
  response_length?: number | undefined;
}

/** What an answer does not tell. */
export interface TrackOptions {
  project?: string | undefined;
  task?: string | undefined;
  worker?: string | undefined;
  /** Of a call that fails, as no answer tells it; and of a provider that answers as another does. */
  provider?: string | undefined;
  /** Of a call that fails; else it is "unknown". */
  model?: string | undefined;
  settings?: Record<string, unknown> | undefined;
  promptLength?: number | undefined;
}

export interface ClientSettings {
  /** Else `CCBOOKS_URL`, else http://127.0.0.1:8050. */
  url?: string | undefined;
  /** Else `CCBOOKS_TOKEN`; without one nothing is recorded. */
  token?: string | undefined;
  /** Of calls that name none; else `CCBOOKS_PROJECT`. */
  project?: string | undefined;
  /** Of calls that name none; else `CCBOOKS_WORKER`. */
  worker?: string | undefined;
  /** How long calls are gathered before they are sent, in milliseconds. */
  flushMs?: number | undefined;
  /** Is told what went wrong; else the first of each kind is a line on stderr. */
  onProblem?: ((problem: Problem) => void) | undefined;
}

export interface Problem {
  kind: "no-token" | "unread" | "unreachable" | "refused" | "full" | "unsent";
  /** A sentence. */
  message: string;
  /** How many calls are lost by it. */
  lost: number;
}

/** A call that is under way, or what makes it. */
export type Tracked<T> = T | PromiseLike<T> | (() => T | PromiseLike<T>);

export interface UsageClient {
  /** Tells of a call. */
  record(call: CallRecord): void;
  /**
   * Gives what the call gives, a stream too, and tells of it once it is over.
   * @throws what the call throws
   */
  track<T>(call: Tracked<T>, more?: TrackOptions): Promise<T>;
  /** Ends when all is sent or dropped, at the latest after so many milliseconds (10,000). It never throws. */
  flush(timeoutMs?: number): Promise<void>;
  /** How many calls were recorded and are lost. */
  readonly lost: number;
}

/** As many as the server takes at once. */
const LARGEST_BATCH = 1000;

/** More than that waiting, and the oldest are dropped. */
const MOST_WAITING = 10_000;

/** Before a request is repeated, in seconds, where the server does not say; each time twice as long. */
const FIRST_PAUSE = 0.5;
const LONGEST_PAUSE = 30;

/** How long a server may ask to wait, in seconds. */
const MOST_PATIENCE = 300;

/** How long one request may take, in milliseconds. */
const TIMEOUT = 10_000;

/** How long a process that is over waits for its last calls to be sent, in milliseconds. */
const LAST_TIMEOUT = 5000;

/** As much of an error as is kept, in characters. */
const LONGEST_ERROR = 500;

/** Of a call that failed: the server takes no call without one. */
const NO_MODEL = "unknown";

const NO_PROVIDER =
  "An answer is of no provider that is known, and its call is not recorded; tell of it with record().";
const NO_USAGE =
  "An answer told no usage, and its call is recorded without tokens; OpenAI tells a stream's with stream_options: { include_usage: true }.";

/** A client with settings of its own. */
export function createClient(settings: ClientSettings = {}): UsageClient {
  return new Client(settings);
}

let usual: UsageClient | undefined;

/** The client that the environment sets. It is made at its first use, so that an app may set the variables itself. */
function usualClient(): UsageClient {
  usual ??= createClient();
  return usual;
}

/** `record` of the client that the environment sets. */
export function record(call: CallRecord): void {
  usualClient().record(call);
}

/** `track` of the client that the environment sets. */
export function track<T>(call: Tracked<T>, more?: TrackOptions): Promise<T> {
  return usualClient().track(call, more);
}

/** `flush` of the client that the environment sets. */
export function flush(timeoutMs?: number): Promise<void> {
  return usualClient().flush(timeoutMs);
}

class Client implements UsageClient {
  readonly #url: string;
  readonly #token: string;
  readonly #project: string | undefined;
  readonly #worker: string | undefined;
  readonly #flushMs: number;
  readonly #onProblem: (problem: Problem) => void;
  /** As JSON: later changes of the app's to what it recorded are not sent. */
  #waiting: string[] = [];
  /** How many of them, from the first on, are in the request that is under way. */
  #sending = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Ends a pause before its time. */
  #hurry: (() => void) | undefined;
  /** Ends the request that is under way. */
  #abort: (() => void) | undefined;
  #hasSaidNoToken = false;
  #isAway = false;
  #lost = 0;

  constructor(settings: ClientSettings) {
    const url = settings.url ?? variable("CCBOOKS_URL") ?? "http://127.0.0.1:8050";
    this.#url = url.replace(/\/+$/, "");
    this.#token = (settings.token ?? variable("CCBOOKS_TOKEN") ?? "").trim();
    this.#project = settings.project ?? variable("CCBOOKS_PROJECT");
    this.#worker = settings.worker ?? variable("CCBOOKS_WORKER");
    this.#flushMs = settings.flushMs ?? 1000;
    this.#onProblem = settings.onProblem ?? firstOfEachKind();
  }

  get lost(): number {
    return this.#lost;
  }

  record(call: CallRecord): void {
    if (this.#token === "") {
      this.#sayThatThereIsNoToken();
      return;
    }
    try {
      this.#waiting.push(
        JSON.stringify({
          ...call,
          project: call.project ?? this.#project,
          worker_id: call.worker_id ?? this.#worker,
          timestamp: call.timestamp ?? new Date().toISOString(),
          // Made once: what is sent again is the same call.
          request_id: call.request_id ?? randomUUID(),
          error_message: call.error_message === undefined ? undefined : cut(call.error_message),
        }),
      );
    } catch (error) {
      this.#problem("unread", `A call cannot be told as JSON (${reasonOf(error)}).`, 1);
      return;
    }
    if (this.#waiting.length > MOST_WAITING) {
      // Those under way may be stored already.
      this.#waiting.splice(this.#sending, 1);
      this.#problem("full", `More than ${MOST_WAITING} calls wait; the oldest are dropped.`, 1);
    }
    sendAtTheEnd(this);
    if (this.#waiting.length >= LARGEST_BATCH) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#flushMs).unref();
  }

  async track<T>(call: Tracked<T>, more: TrackOptions = {}): Promise<T> {
    const meter = new Meter((told) => this.#recordTold(told, more));
    let answer: T;
    try {
      answer = await (isFunction(call) ? call() : call);
    } catch (error) {
      meter.fail(error);
      throw error;
    }
    meter.take(answer);
    return answer;
  }

  async flush(timeoutMs = 10_000): Promise<void> {
    if (this.#waiting.length === 0) return;
    this.#start();
    this.#hurry?.();
    // This timer does hold the process: it is awaited.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#running, late]);
    clearTimeout(timer);
  }

  /** The process has nothing else to do: what still cannot be sent is dropped. */
  async finish(): Promise<void> {
    await this.flush(LAST_TIMEOUT);
    this.sayWhatIsUnsent();
    this.#abort?.();
  }

  sayWhatIsUnsent(): void {
    const lost = this.#waiting.length;
    this.#waiting = [];
    if (lost > 0)
      this.#problem("unsent", `The process ended with calls that were not sent: ${lost}.`, lost);
  }

  #recordTold(told: Told, more: TrackOptions): void {
    const provider = more.provider ?? told.provider ?? "";
    const isSuccess = told.error === undefined;
    const tokens = tokensOf(told.provider ?? provider, told.usage);
    if (isSuccess && tokens === undefined) {
      const lost = provider === "" ? 1 : 0;
      this.#problem("unread", lost === 0 ? NO_USAGE : NO_PROVIDER, lost);
      if (lost > 0) return;
    }
    this.record({
      provider,
      model: more.model ?? told.model ?? NO_MODEL,
      ...{ input_tokens: 0, output_tokens: 0, ...tokens },
      project: more.project,
      request_id: told.id,
      timestamp: told.at,
      duration_ms: told.durationMs,
      time_to_first_token_ms: told.timeToFirstTokenMs,
      success: isSuccess,
      error_message: told.error,
      task_id: more.task,
      worker_id: more.worker,
      settings: more.settings,
      prompt_length: more.promptLength,
    });
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    let limit = LARGEST_BATCH;
    let tries = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, limit);
      this.#sending = batch.length;
      const answer = await this.#post(batch);
      this.#sending = 0;
      const { status } = answer;
      if (status === 413 && batch.length > 1) {
        limit = Math.ceil(batch.length / 2);
      } else if (status === 0 || status === 408 || status === 429 || status >= 500) {
        this.#sayThatItIsAway(answer);
        const isHurried = await this.#pause(answer.retryAfter ?? backoff(tries));
        tries = isHurried ? 0 : tries + 1;
      } else {
        [limit, tries, this.#isAway] = [Math.min(limit * 2, LARGEST_BATCH), 0, false];
        if (status >= 200 && status < 300) this.#waiting.splice(0, batch.length);
        else this.#drop(answer, batch.length);
      }
    }
  }

  /** Of a batch that is refused nothing is kept: the others are sent again without the one that is bad. */
  #drop({ said, index }: Answer, size: number): void {
    const isOfOne = index !== undefined && index < size;
    const [from, lost] = isOfOne ? [index, 1] : [0, size];
    this.#waiting.splice(from, lost);
    this.#problem("refused", `${this.#url} refused calls (${said}); they are dropped.`, lost);
  }

  async #post(batch: readonly string[]): Promise<Answer> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), TIMEOUT).unref();
    this.#abort = () => controller.abort();
    try {
      const response = await fetch(`${this.#url}/api/usage`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${this.#token}`,
          "content-type": "application/json",
          "user-agent": "ccbooks-client",
        },
        body: `[${batch.join(",")}]`,
        // A token is sent to no other place.
        redirect: "manual",
        signal: controller.signal,
      });
      return answerOf(response, await response.text());
    } catch (error) {
      const said = controller.signal.aborted ? "no answer in time" : reasonOf(error);
      return { status: 0, said };
    } finally {
      clearTimeout(timer);
      this.#abort = undefined;
    }
  }

  /** Whether it was ended before its time. */
  #pause(seconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isHurried: boolean): void => {
        clearTimeout(timer);
        this.#hurry = undefined;
        resolve(isHurried);
      };
      const timer = setTimeout(() => end(false), seconds * 1000).unref();
      this.#hurry = () => end(true);
    });
  }

  #sayThatThereIsNoToken(): void {
    if (this.#hasSaidNoToken) return;
    this.#hasSaidNoToken = true;
    this.#problem("no-token", "No call is recorded, as there is no token; set CCBOOKS_TOKEN.", 0);
  }

  /** Once, until it is there again. */
  #sayThatItIsAway({ said }: Answer): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#problem(
      "unreachable",
      `${this.#url} takes no calls now (${said}); they are sent later.`,
      0,
    );
  }

  #problem(kind: Problem["kind"], message: string, lost: number): void {
    this.#lost += lost;
    const shown = this.#token === "" ? message : message.replaceAll(this.#token, "…");
    quietly(() => this.#onProblem({ kind, message: shown, lost }));
  }
}

/** What the server says. */
interface Answer {
  /** 0: nothing. */
  status: number;
  said: string;
  /** Seconds. */
  retryAfter?: number;
  /** Which of the calls is bad. */
  index?: number;
}

function answerOf({ status, headers }: Response, text: string): Answer {
  const { error, index, field } = jsonIn(text);
  const after = Number(headers.get("retry-after") ?? Number.NaN);
  const said = typeof error === "string" ? error : `status ${status}`;
  return {
    status,
    said: typeof field === "string" ? `${said} [${field}]` : said,
    ...(after > 0 && { retryAfter: Math.min(after, MOST_PATIENCE) }),
    ...(typeof index === "number" && index >= 0 && { index }),
  };
}

function jsonIn(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Seconds; half of it is chance, so that many clients do not come back at the same moment. */
function backoff(tries: number): number {
  return Math.min(FIRST_PAUSE * 2 ** tries, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
}

/** Those that have recorded something. */
const clients = new Set<Client>();

function sendAtTheEnd(client: Client): void {
  if (clients.size === 0) {
    process.on("beforeExit", () => {
      for (const each of clients) void each.finish();
    });
    // After process.exit() nothing can be sent any more.
    process.on("exit", () => {
      for (const each of clients) each.sayWhatIsUnsent();
    });
  }
  clients.add(client);
}

function firstOfEachKind(): (problem: Problem) => void {
  const said = new Set<Problem["kind"]>();
  return ({ kind, message }) => {
    if (said.has(kind)) return;
    said.add(kind);
    process.stderr.write(`ccbooks: ${message}\n`);
  };
}

/** Deno asks before it gives one, and throws where the answer is no. */
function variable(name: string): string | undefined {
  try {
    const value = process.env[name];
    return value === "" ? undefined : value;
  } catch {
    return undefined;
  }
}

/** What is known of a tracked call; its usage in the provider's words. */
interface Told {
  provider: "anthropic" | "openai" | "google" | undefined;
  model: string | undefined;
  id: string | undefined;
  usage: Fields;
  error: string | undefined;
  at: string;
  durationMs: number;
  timeToFirstTokenMs: number | undefined;
}

/** Follows one call until it is over, and tells of it once. */
class Meter {
  readonly #tell: (told: Told) => void;
  readonly #start = performance.now();
  readonly #told: Told = {
    ...{ provider: undefined, model: undefined, id: undefined, usage: {}, error: undefined },
    ...{ at: new Date().toISOString(), durationMs: 0, timeToFirstTokenMs: undefined },
  };
  readonly #watched = new WeakSet<object>();
  #isOver = false;

  constructor(tell: (told: Told) => void) {
    this.#tell = tell;
  }

  /** The answer, or the stream it comes in. */
  take(answer: unknown): void {
    quietly(() => {
      readInto(this.#told, answer);
      const stream = [answer, dataOf(answer)].find(isStream);
      if (stream === undefined) this.#end();
      else this.#follow(stream);
    });
  }

  fail(error: unknown): void {
    quietly(() => {
      const { requestID, request_id: requestId, _request_id: own } = fieldsOf(error);
      this.#told.error ??= cut(reasonOf(error));
      this.#told.id ??= textIn(requestID, requestId, own);
      this.#end();
    });
  }

  #see(chunk: unknown): void {
    quietly(() => {
      if (hasContent(fieldsOf(chunk))) this.#told.timeToFirstTokenMs ??= this.#elapsed();
      readInto(this.#told, chunk);
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#told.durationMs = this.#elapsed();
    this.#tell(this.#told);
  }

  /** A stream stays the object it is, with all its members; it is only listened to. */
  #follow(stream: object): void {
    if (this.#listen(stream)) return;
    if ("next" in stream) this.#watch(stream);
    // OpenAI's `tee` takes the second one.
    for (const name of [Symbol.asyncIterator, "iterator"]) {
      around(stream, name, (iterator) => {
        if (isObject(iterator)) this.#watch(iterator);
      });
    }
  }

  /** Helpers such as Anthropic's `messages.stream` have listeners, and an app may never iterate over them. */
  #listen(stream: object): boolean {
    const { on, done } = fieldsOf(stream);
    if (typeof on !== "function" || typeof done !== "function") return false;
    const listen = (name: string, listener: (value: unknown) => void): void => {
      Reflect.apply(on, stream, [name, listener]);
    };
    for (const name of ["streamEvent", "chunk", "event"]) listen(name, (chunk) => this.#see(chunk));
    listen("end", () => {
      if (fieldsOf(stream).errored === true) this.fail("The stream ended with an error.");
      else quietly(() => this.#end());
    });
    return true;
  }

  #watch(iterator: object): void {
    if (this.#watched.has(iterator)) return;
    this.#watched.add(iterator);
    const fail = (error: unknown): void => this.fail(error);
    around(iterator, "next", (step) => {
      Promise.resolve(step).then((one) => this.#step(fieldsOf(one)), fail);
    });
    // The app needs no more of it.
    for (const name of ["return", "throw"]) {
      around(iterator, name, (step) => {
        Promise.resolve(step).then(() => quietly(() => this.#end()), fail);
      });
    }
  }

  #step({ done, value }: Fields): void {
    if (done === true) quietly(() => this.#end());
    else this.#see(value);
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#start);
  }
}

/** Looks at what a method of an object gives, which goes to its caller as it is. */
function around(object: object, name: string | symbol, look: (result: unknown) => void): void {
  const method: unknown = Reflect.get(object, name);
  if (typeof method !== "function") return;
  Reflect.defineProperty(object, name, {
    configurable: true,
    writable: true,
    value: (...values: unknown[]): unknown => {
      const result: unknown = Reflect.apply(method, object, values);
      quietly(() => look(result));
      return result;
    },
  });
}

/** Adds what an answer or a chunk tells. Where several tell a number, the last one counts: they are sums so far. */
function readInto(told: Told, chunk: unknown): void {
  const outer = fieldsOf(chunk);
  const inner = [outer.message, outer.response, dataOf(chunk)].map((part) => fieldsOf(part));
  for (const part of [outer, ...inner]) {
    told.provider ??= providerOf(part);
    told.model ??= textIn(part.model, part.modelVersion);
    const { _request_id: ofSdk, request_id: ofHeader } = part;
    told.id ??= textIn(ofSdk, ofHeader);
    for (const [name, value] of Object.entries(fieldsOf(part.usage ?? part.usageMetadata))) {
      if (value !== null && value !== undefined) told.usage[name] = value;
    }
    if (part.status === "failed" || part.type === "error") {
      told.error ??= cut(textIn(fieldsOf(part.error).message, part.message) ?? "failed");
    }
  }
  for (const part of [outer, ...inner]) told.id ??= textIn(part.id, part.responseId);
}

/** What `withResponse()` has beside the response. Google's answers have a getter of that name, which prints warnings. */
function dataOf(answer: unknown): unknown {
  return isObject(answer) && Object.hasOwn(answer, "data") ? answer.data : undefined;
}

function providerOf(part: Fields): Told["provider"] {
  const type = textIn(part.type, part.object) ?? "";
  if (part.usageMetadata !== undefined || part.candidates !== undefined) return "google";
  if (/^(?:message|content_block)(?:_|$)/.test(type)) return "anthropic";
  if (/^(?:response(?:\.|$)|chat\.completion|text_completion$)/.test(type)) return "openai";
  // Embeddings, and those who answer as OpenAI does.
  return fieldsOf(part.usage).prompt_tokens === undefined ? undefined : "openai";
}

/** Whether a chunk has something of the answer in it, and not only of what comes before. */
function hasContent({ type, choices }: Fields): boolean {
  if (typeof type === "string") return type.endsWith("delta") && type !== "message_delta";
  if (!Array.isArray(choices)) return true;
  return choices.some((choice: unknown) =>
    Object.entries(fieldsOf(fieldsOf(choice).delta)).some(
      ([name, value]) => name !== "role" && value !== null && value !== "",
    ),
  );
}

type Tokens = Pick<
  CallRecord,
  | "input_tokens"
  | "output_tokens"
  | "cache_creation_tokens"
  | "cache_creation_1h_tokens"
  | "cache_read_tokens"
>;

/** What a call used, with the input as Anthropic counts it: without what was cached. Undefined: it is not told. */
function tokensOf(provider: string, usage: Fields): Tokens | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  switch (provider) {
    case "anthropic":
      return {
        input_tokens: count(usage.input_tokens),
        output_tokens: count(usage.output_tokens),
        cache_creation_tokens: count(usage.cache_creation_input_tokens),
        cache_creation_1h_tokens: count(fieldsOf(usage.cache_creation).ephemeral_1h_input_tokens),
        cache_read_tokens: count(usage.cache_read_input_tokens),
      };
    case "openai": {
      const details = fieldsOf(usage.input_tokens_details ?? usage.prompt_tokens_details);
      const [read, written] = [count(details.cached_tokens), count(details.cache_write_tokens)];
      const input = count(usage.input_tokens ?? usage.prompt_tokens);
      return {
        input_tokens: Math.max(0, input - read - written),
        output_tokens: count(usage.output_tokens ?? usage.completion_tokens),
        cache_creation_tokens: written,
        cache_read_tokens: read,
      };
    }
    case "google": {
      const read = count(usage.cachedContentTokenCount);
      const input = count(usage.promptTokenCount) + count(usage.toolUsePromptTokenCount);
      return {
        input_tokens: Math.max(0, input - read),
        output_tokens: count(usage.candidatesTokenCount) + count(usage.thoughtsTokenCount),
        cache_read_tokens: read,
      };
    }
    default:
      return undefined;
  }
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function isFunction<T>(call: Tracked<T>): call is () => T | PromiseLike<T> {
  return typeof call === "function";
}

function isStream(value: unknown): value is Fields {
  return isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === "function";
}

function textIn(...values: unknown[]): string | undefined {
  return values.find((value) => typeof value === "string" && value !== "")?.toString();
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** Never in the middle of a character. */
function cut(text: string): string {
  return text.slice(0, LONGEST_ERROR).replace(/[\uD800-\uDBFF]$/, "");
}

/** `fetch` says only that it failed, and why in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(error instanceof TypeError) || !(cause instanceof Error)) return error.message;
  return textIn(cause.message, fieldsOf(cause).code) ?? error.message;
}

/** What goes wrong in here is none of the app's business. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // An answer that cannot be read, or a listener of the app's that throws.
  }
}
