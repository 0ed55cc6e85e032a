import type { Model } from "./models.ts";

/** Tokens of an answer, as its lines have them. */
export interface Usage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  output_tokens: number;
  service_tier: "standard";
}

/** What Claude Code itself adds up for a session: also what is paid for and in no transcript. */
export class Bill {
  readonly #models = new Map<string, ReturnType<typeof nothing>>();
  #cost = 0;
  #apiMs = 0;

  add(model: Model, usage: Usage, ms: number): void {
    const sum = this.#models.get(model.name) ?? nothing();
    this.#models.set(model.name, sum);
    const { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long } =
      usage.cache_creation;
    const cost =
      (model.input * (usage.input_tokens + 1.25 * short + 2 * long) +
        model.cacheRead * usage.cache_read_input_tokens +
        model.output * usage.output_tokens) /
      1e6;
    sum.inputTokens += usage.input_tokens;
    sum.outputTokens += usage.output_tokens;
    sum.cacheReadInputTokens += usage.cache_read_input_tokens;
    sum.cacheCreationInputTokens += short + long;
    sum.cacheCreationEphemeral5mInputTokens += short;
    sum.cacheCreationEphemeral1hInputTokens += long;
    sum.costUSD += cost;
    this.#cost += cost;
    this.#apiMs += ms;
  }

  /** The line that Claude Code writes when it ends. Instants are milliseconds since 1970. */
  line(sessionId: string, startTime: number, end: number): string {
    const totalDuration = end - startTime;
    return JSON.stringify({
      type: "cost-state",
      sessionId,
      totalCostUSD: this.#cost,
      totalAPIDuration: this.#apiMs,
      totalAPIDurationWithoutRetries: this.#apiMs,
      totalToolDuration: Math.floor((totalDuration - this.#apiMs) / 10),
      totalLinesAdded: 0,
      totalLinesRemoved: 0,
      totalDuration,
      startTime,
      modelUsage: Object.fromEntries(this.#models),
      hasUnknownModelCost: false,
    });
  }
}

function nothing() {
  return {
    inputTokens: 0,
    outputTokens: 0,
    thinkingTokens: 0,
    cacheReadInputTokens: 0,
    cacheCreationInputTokens: 0,
    cacheCreationEphemeral5mInputTokens: 0,
    cacheCreationEphemeral1hInputTokens: 0,
    webSearchRequests: 0,
    costUSD: 0,
  };
}
