import * as z from "zod/mini";

import type { RecordedCall, RecordedUsage } from "../../recorded.ts";
import { totalCallTokens, type CallTokens } from "../../usage.ts";

/**
 * What the messages of `claude -p` say of its run, and the call that a run is. Of the messages only the start, the
 * results and the tries again matter: the usage that others carry is provisional.
 */

/** Longer than any name, and as much of an error as is kept. */
const LONGEST = 200;
const LONGEST_PATH = 4096;

/** More tokens than any run has, and small enough that sums of many runs are exact. */
const MOST_TOKENS = 100_000_000_000;

/** More milliseconds, turns and USD than any run has. */
const MOST = 1e12;

/** More sessions than are told apart: of a process that runs for weeks, the first are only summed. */
const MOST_SESSIONS = 1000;

/** What a run of `claude -p` says of itself when it ends. Its money is Claude Code's estimate at list price. */
export interface ClaudeRun {
  /** Of the last result, as all that is of one result only. */
  sessionId: string;
  uuid: string | null;
  /** That it was started with, else the one that wrote most. */
  model: string | null;
  /** The folder that was worked in. */
  cwd: string | null;
  /** Claude Code's. */
  clientVersion: string | null;
  isSuccess: boolean;
  error: string | null;
  /** Of all results together, as each is of one prompt. */
  turns: number;
  durationMs: number | null;
  apiDurationMs: number | null;
  /** Of the first prompt. */
  timeToFirstTokenMs: number | null;
  /** USD, with what was made up for models without a known price; null: not told. */
  totalCost: number | null;
  /** By model, subagents and calls beside the conversation included. */
  usage: RecordedUsage[];
  /** Of the conversation alone, and of this process alone whatever the totals go on from. */
  mainLoop: CallTokens;
  /** Whether the totals may go on from an earlier run. The output does not say: for the caller to set. */
  resumed: boolean;
  /** Requests that were tried again. */
  retries: number;
  /** In characters. */
  responseLength: number | null;
}

/** What does not fit is passed over: the money of a result is not lost for an odd word in it. */
function told<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.nullable(schema), null);
}

const text = told(z.string().check(z.minLength(1)));
const number = told(z.number().check(z.nonnegative(), z.maximum(MOST)));
const tokens = z.catch(z.int().check(z.nonnegative()), 0);

const modelUsage = z.object({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadInputTokens: tokens,
  cacheCreationInputTokens: tokens,
  cacheCreationEphemeral1hInputTokens: told(z.int().check(z.nonnegative())),
  costUSD: number,
  costBasis: text,
});

const resultMessage = z.object({
  type: z.literal("result"),
  subtype: z.string(),
  session_id: z.string().check(z.minLength(1), z.maxLength(LONGEST)),
  uuid: told(z.string().check(z.minLength(1), z.maxLength(LONGEST))),
  is_error: told(z.boolean()),
  api_error_status: told(z.union([z.number(), z.string()])),
  errors: told(z.array(z.string())),
  result: told(z.string()),
  num_turns: number,
  duration_ms: number,
  duration_api_ms: number,
  ttft_ms: number,
  total_cost_usd: number,
  usage: told(
    z.object({
      input_tokens: tokens,
      output_tokens: tokens,
      cache_creation_input_tokens: tokens,
      cache_read_input_tokens: tokens,
      cache_creation: told(z.object({ ephemeral_1h_input_tokens: tokens })),
    }),
  ),
  modelUsage: told(z.record(z.string(), modelUsage)),
});

const systemMessage = z.object({
  type: z.literal("system"),
  subtype: z.string(),
  cwd: text,
  model: text,
  claude_code_version: text,
});

type Result = z.infer<typeof resultMessage>;

/** What a session's results say so far. */
interface Session {
  /** Running totals: those of the last result count. */
  totals: Pick<Result, "total_cost_usd" | "duration_api_ms" | "modelUsage">;
  /** A sum, as each result has its own. */
  mainLoop: CallTokens;
}

type Used = Pick<ClaudeRun, "usage" | "mainLoop" | "totalCost" | "apiDurationMs">;

type Summed = Pick<ClaudeRun, "turns" | "durationMs" | "timeToFirstTokenMs">;

type Start = Pick<ClaudeRun, "model" | "cwd" | "clientVersion">;

type Last = Pick<ClaudeRun, "sessionId" | "uuid" | "isSuccess" | "error" | "responseLength">;

/** A run as far as its messages have told. */
export class RunSoFar {
  readonly #sessions = new Map<string, Session>();
  #earlier: Used = { usage: [], mainLoop: noTokens, totalCost: null, apiDurationMs: null };
  #summed: Summed = { turns: 0, durationMs: null, timeToFirstTokenMs: null };
  #start: Start = { model: null, cwd: null, clientVersion: null };
  #last: Last | null = null;
  #retries = 0;

  /** @param message as it was printed, of any type */
  add(message: unknown): void {
    const result = z.safeParse(resultMessage, message);
    if (result.success) this.#addResult(result.data);
    const system = z.safeParse(systemMessage, message);
    if (!system.success) return;
    if (system.data.subtype === "api_retry") this.#retries++;
    if (system.data.subtype === "init") this.#addStart(system.data);
  }

  /** @returns null when no result was printed */
  end(): ClaudeRun | null {
    if (this.#last === null) return null;
    const used = [...this.#sessions.values()].map(usedIn).reduce(together, this.#earlier);
    const usage = used.usage.map((one) => ({
      ...one,
      model: one.model || this.#start.model || "",
    }));
    return {
      ...this.#start,
      ...this.#summed,
      ...this.#last,
      ...used,
      usage,
      model: this.#start.model ?? (mostWriting(usage)?.model || null),
      resumed: false,
      retries: this.#retries,
    };
  }

  #addStart({ model, cwd, claude_code_version: version }: z.infer<typeof systemMessage>): void {
    this.#start = {
      model: modelName(model ?? "") || this.#start.model,
      cwd: cwd?.slice(0, LONGEST_PATH) ?? this.#start.cwd,
      clientVersion: version?.slice(0, LONGEST) ?? this.#start.clientVersion,
    };
  }

  #addResult(result: Result): void {
    const known = this.#sessions.get(result.session_id);
    const { total_cost_usd, duration_api_ms, modelUsage: models } = result;
    const own = { total_cost_usd, duration_api_ms, modelUsage: models };
    // A crash may say zeros after all that was spent.
    const totals = known !== undefined && !isSpent(own) ? known.totals : own;
    const mainLoop = sumOf(known?.mainLoop ?? noTokens, mainLoopOf(result));
    this.#sessions.set(result.session_id, { totals, mainLoop });
    this.#forgetFirst();
    this.#summed = {
      turns: this.#summed.turns + Math.round(result.num_turns ?? 0),
      durationMs: plus(this.#summed.durationMs, rounded(result.duration_ms)),
      timeToFirstTokenMs: this.#summed.timeToFirstTokenMs ?? rounded(result.ttft_ms),
    };
    const isSuccess = result.is_error !== true && result.subtype === "success";
    this.#last = {
      sessionId: result.session_id,
      uuid: result.uuid,
      isSuccess,
      error: isSuccess ? null : errorOf(result).slice(0, LONGEST).toWellFormed(),
      responseLength: result.result?.length ?? null,
    };
  }

  #forgetFirst(): void {
    const [first] = this.#sessions;
    if (first === undefined || this.#sessions.size <= MOST_SESSIONS) return;
    this.#earlier = together(this.#earlier, usedIn(first[1]));
    this.#sessions.delete(first[0]);
  }
}

function errorOf({ errors, subtype, api_error_status: status }: Result): string {
  const first = errors?.[0] ?? "";
  if (first !== "") return first;
  if (subtype !== "success") return subtype.replaceAll("_", " ");
  return status === null ? "error" : `API error ${status}`;
}

function isSpent({ total_cost_usd: cost, modelUsage: models }: Session["totals"]): boolean {
  return (cost ?? 0) > 0 || Object.values(models ?? {}).some((one) => countsIn(one) > 0);
}

function countsIn(one: z.infer<typeof modelUsage>): number {
  return (
    one.inputTokens + one.outputTokens + one.cacheReadInputTokens + one.cacheCreationInputTokens
  );
}

/** The tokens of one result's conversation, without its subagents. */
function mainLoopOf({ usage }: Result): CallTokens {
  if (usage === null) return noTokens;
  return {
    inputTokens: atMost(usage.input_tokens),
    outputTokens: atMost(usage.output_tokens),
    cacheReadTokens: atMost(usage.cache_read_input_tokens),
    ...writes(
      usage.cache_creation_input_tokens,
      usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    ),
  };
}

function writes(
  all: number,
  long: number,
): Pick<CallTokens, "cacheCreation5mTokens" | "cacheCreation1hTokens"> {
  const total = atMost(all);
  const kept = Math.min(long, total);
  return { cacheCreation5mTokens: total - kept, cacheCreation1hTokens: kept };
}

function usedIn({ totals, mainLoop }: Session): Used {
  const { total_cost_usd: totalCost, duration_api_ms: duration, modelUsage: models } = totals;
  const used = Object.entries(models ?? {}).filter(
    ([, one]) => countsIn(one) > 0 || (one.costUSD ?? 0) > 0,
  );
  // Where the two kinds of cache writes are not told by model, the conversation's say it, unless others wrote too.
  const long = used.length === 1 ? mainLoop.cacheCreation1hTokens : 0;
  const usage = used.map(([name, one]) => modelUsed(name, one, long));
  // Old releases say no models.
  if (usage.length === 0 && totalCallTokens(mainLoop) > 0) {
    usage.push({ model: "", ...mainLoop, toldCost: totalCost === 0 ? null : totalCost });
  }
  return { usage, mainLoop, totalCost, apiDurationMs: rounded(duration) };
}

function modelUsed(
  name: string,
  one: z.infer<typeof modelUsage>,
  longOfConversation: number,
): RecordedUsage {
  const model = modelName(name);
  const isPriced = one.costBasis !== "unknown" && model !== "" && model !== "unknown";
  // Zero is not free.
  const isCost = isPriced && (one.costUSD !== 0 || countsIn(one) === 0);
  return {
    model,
    inputTokens: atMost(one.inputTokens),
    outputTokens: atMost(one.outputTokens),
    cacheReadTokens: atMost(one.cacheReadInputTokens),
    ...writes(
      one.cacheCreationInputTokens,
      one.cacheCreationEphemeral1hInputTokens ?? longOfConversation,
    ),
    toldCost: isCost ? one.costUSD : null,
  };
}

/** Claude Code adds the size of the window to some names ("[1m]"), here and not there. */
function modelName(name: string): string {
  return name.replace(/\[\w*\]$/, "").slice(0, LONGEST);
}

/** What two sessions used: their totals are apart. */
function together(a: Used, b: Used): Used {
  const usage = new Map<string, RecordedUsage>();
  for (const one of [...a.usage, ...b.usage]) {
    const other = usage.get(one.model);
    usage.set(one.model, other === undefined ? one : modelTogether(other, one));
  }
  return {
    usage: [...usage.values()],
    mainLoop: sumOf(a.mainLoop, b.mainLoop),
    totalCost: plus(a.totalCost, b.totalCost),
    apiDurationMs: plus(a.apiDurationMs, b.apiDurationMs),
  };
}

function modelTogether(a: RecordedUsage, b: RecordedUsage): RecordedUsage {
  const isTold = a.toldCost !== null && b.toldCost !== null;
  const toldCost = isTold ? plus(a.toldCost, b.toldCost) : null;
  return { model: a.model, ...sumOf(a, b), toldCost };
}

function sumOf(a: CallTokens, b: CallTokens): CallTokens {
  return {
    inputTokens: atMost(a.inputTokens + b.inputTokens),
    outputTokens: atMost(a.outputTokens + b.outputTokens),
    cacheCreation5mTokens: atMost(a.cacheCreation5mTokens + b.cacheCreation5mTokens),
    cacheCreation1hTokens: atMost(a.cacheCreation1hTokens + b.cacheCreation1hTokens),
    cacheReadTokens: atMost(a.cacheReadTokens + b.cacheReadTokens),
  };
}

function atMost(count: number): number {
  return Math.min(count, MOST_TOKENS);
}

/** The sum of what is told. */
function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : a + b;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

/** What only the caller knows of a run. */
export interface RunFacts extends Pick<RecordedCall, "at" | "project" | "task" | "worker"> {
  exitCode?: number | null;
  promptLength?: number | null;
  promptFile?: string | null;
  settings?: string | null;
}

/** A run as a call: its own model's usage is the call's, that of other models goes beside it. */
export function recordedRun(run: ClaudeRun, facts: RunFacts): RecordedCall {
  const { exitCode = null, promptLength = null, promptFile = null, settings = null } = facts;
  return {
    ...usageOf(run),
    ...{ at: facts.at, project: facts.project, task: facts.task, worker: facts.worker },
    ...{ exitCode, promptLength, promptFile, settings },
    place: null,
    // One without a name of its own is known by all that it says.
    key:
      run.uuid ??
      JSON.stringify([run.sessionId, run.turns, run.durationMs, run.totalCost, run.usage]),
    provider: "anthropic",
    durationMs: run.durationMs,
    timeToFirstTokenMs: run.timeToFirstTokenMs,
    isSuccess: run.isSuccess,
    error: run.error,
    turns: run.turns,
    sessionId: run.sessionId,
    responseLength: run.responseLength,
  };
}

function usageOf(run: ClaudeRun): RecordedUsage & Pick<RecordedCall, "others"> {
  const own = run.usage.find(({ model }) => model === run.model) ?? mostWriting(run.usage);
  const model = own?.model ?? run.model ?? "";
  const all = run.usage.reduce((sum, one) => sum + totalCallTokens(one), 0);
  // Totals that go on from an earlier run would count that twice. The conversation is told for this run alone.
  if (run.resumed && all > totalCallTokens(run.mainLoop)) {
    return { model, ...run.mainLoop, toldCost: null, others: [] };
  }
  const others = run.usage.filter((one) => one !== own);
  return { ...(own ?? { model, ...noTokens, toldCost: run.totalCost }), others };
}

const noTokens: CallTokens = {
  inputTokens: 0,
  outputTokens: 0,
  cacheCreation5mTokens: 0,
  cacheCreation1hTokens: 0,
  cacheReadTokens: 0,
};

/** The usage of the model that wrote most. */
function mostWriting(usage: readonly RecordedUsage[]): RecordedUsage | undefined {
  return usage.toSorted((a, b) => b.outputTokens - a.outputTokens)[0];
}
