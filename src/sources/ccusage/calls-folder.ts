import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { KnownPrice, Rates } from "../../prices/rates.ts";
import { totalCallTokens, type Call, type CallTokens } from "../../usage.ts";
import { reportedModel } from "./releases.ts";

/** A call as it is handed to ccusage. */
export interface CallToCount {
  /** YYYY-MM-DD, the local day it belongs to. */
  date: string;
  /** Tells the rows of one date apart. */
  place: number;
  call: CallTokens & Pick<Call, "model" | "speed" | "lineCost" | "details"> & { id: number };
}

/** A call's line holds little else than numbers, so that many make a piece to be written. */
const PIECE = 1 << 17;

/** ccusage reads files side by side, so that one place's calls lie in several. */
const LINES_A_FILE = 10_000;

/**
 * A folder as Claude Code would have it, with the smallest transcripts that say what is to be counted. A
 * place is a project there, so that a row of the report `daily --instances` is one date of one place.
 */
export class CallsFolder {
  readonly path: string;
  /** How many there are to count. */
  tokens = 0;
  readonly #overrides = new Map<string, Rates>();
  readonly #prices = new Map<string, KnownPrice>();
  readonly #texts = new Map<number, { text: string; lines: number }>();

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, "projects"), { recursive: true });
  }

  /** @param price what to have ccusage go by; undefined for its own price */
  add({ date, place, call }: CallToCount, price: KnownPrice | undefined): void {
    if (price !== undefined) {
      this.#overrides.set(call.model, price.rates);
      this.#prices.set(reportedModel(call), price);
    }
    let open = this.#texts.get(place);
    if (open === undefined) {
      open = { text: "", lines: 0 };
      this.#texts.set(place, open);
      mkdirSync(this.#folderOf(place));
    }
    open.text += lineOf(date, call);
    open.lines += 1;
    this.tokens += totalCallTokens(call);
    if (open.text.length > PIECE) this.#flush(place);
  }

  /** Writes what is still to be written. @returns the configuration file to give ccusage */
  finish(): string {
    for (const place of this.#texts.keys()) this.#flush(place);
    const config = join(this.path, "ccusage.json");
    writeFileSync(config, JSON.stringify({ defaults: { pricingOverrides: this.#pricing() } }));
    return config;
  }

  /** What price a model was given, by its name in the report; undefined: ccusage's own. */
  priceOf(model: string): KnownPrice | undefined {
    return this.#prices.get(model);
  }

  #folderOf(place: number): string {
    return join(this.path, "projects", `${place}`);
  }

  #flush(place: number): void {
    const open = this.#texts.get(place);
    if (open === undefined || open.text === "") return;
    const file = `${Math.floor(open.lines / LINES_A_FILE)}.jsonl`;
    appendFileSync(join(this.#folderOf(place), file), open.text);
    open.text = "";
  }

  /** USD per token, by the models' names as the lines have them: facts in docs/calls.md, Prices. */
  #pricing(): Record<string, object> {
    return Object.fromEntries(
      [...this.#overrides].map(([model, rates]) => [
        model,
        {
          inputCostPerToken: rates.input / 1e6,
          outputCostPerToken: rates.output / 1e6,
          cacheCreationInputTokenCost: rates.cacheCreation / 1e6,
          cacheReadInputTokenCost: rates.cacheRead / 1e6,
          // Fast mode has prices of its own here, which ccusage must not multiply.
          fastMultiplier: 1,
        },
      ]),
    );
  }
}

/**
 * Only what ccusage counts and prices by. Its id is ours, so that no two calls are taken for one; the
 * date is ours, so that the day is that of whichever zone the books count in.
 */
function lineOf(date: string, call: CallToCount["call"]): string {
  const model = call.model === "" ? "" : `"model":${JSON.stringify(call.model)},`;
  const [short, long] = [call.cacheCreation5mTokens, call.cacheCreation1hTokens];
  const cacheCreation =
    long === 0
      ? `"cache_creation_input_tokens":${short}`
      : `"cache_creation_input_tokens":${short + long},"cache_creation":{"ephemeral_5m_input_tokens":${short},"ephemeral_1h_input_tokens":${long}}`;
  const speed = call.speed === null ? "" : `,"speed":"${call.speed}"`;
  const details = isReadable(call.details) ? `,${call.details.slice(1, -1)}` : "";
  const cost = call.lineCost === null ? "" : `,"costUSD":${call.lineCost}`;
  return (
    `{"timestamp":"${date}T12:00:00.000Z","message":{"id":"${call.id}",${model}"usage":{` +
    `"input_tokens":${call.inputTokens},"output_tokens":${call.outputTokens},${cacheCreation},` +
    `"cache_read_input_tokens":${call.cacheReadTokens}${speed}${details}}}${cost}}\n`
  );
}

/** ccusage reads no line that is nested deeper than 127 times. */
const MOST_NESTED = 100;

/** Whether ccusage reads a line with these details: null in some places and half a character make it pass over it. */
function isReadable(details: string | null): details is string {
  if (details === null || /null|\\ud/i.test(details)) return false;
  return (details.match(/[[{]/g)?.length ?? 0) <= MOST_NESTED;
}
