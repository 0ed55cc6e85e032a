import { join } from "node:path";

import {
  callReader,
  recordCounts,
  uncountedDays,
  type CountedCell,
  type Counting,
  type UncountedDay,
} from "../ledger/counts.ts";
import type { Books } from "../ledger/open.ts";
import { newTally, type Tally } from "../ledger/runs.ts";
import { priceOf, type KnownPrice, type PriceSource, type Rates } from "../prices/rates.ts";
import type { Ccusage } from "../sources/ccusage/find.ts";
import { CallsFolder, type CallToCount } from "../sources/ccusage/calls-folder.ts";
import { parseDaily, printedDaily } from "../sources/ccusage/parse.ts";
import { daysOf } from "../sources/ccusage/read.ts";
import { reportedModel } from "../sources/ccusage/releases.ts";
import { askCcusage } from "../sources/ccusage/run.ts";
import { distrust, quote } from "../sources/ccusage/validate.ts";
import { inTemporaryFolder } from "../system/temporary-folder.ts";
import { NO_MODEL, tokenKinds, type CallTokens, type Cell, type Tokens } from "../usage.ts";

/** How ccusage is to count. */
export interface HowToCount {
  ccusage: Ccusage;
  offline: boolean;
  /** Seconds. */
  timeout: number;
  /** The user's own prices, which come before ccusage's. */
  own: PriceSource;
  /** Our own list, for models that ccusage has no price for. */
  list: PriceSource;
  /** The models that it was found to have none for, as reports name them. More are added. */
  unpriced: Set<string>;
  counting: Counting;
}

/** What a count came to. */
export interface Counted {
  days: Tally;
  sessions: Tally;
  /** How ccusage was called, a list for each time. */
  arguments: string[][];
  /** Where its prices came from; null where it was not called. */
  prices: "downloaded" | "built in" | null;
}

/** So many calls are handed to ccusage at once, about 60 MB of lines. */
const MOST_CALLS = 400_000;

/**
 * Counts every day of a session that is to be counted. Killed anywhere, the next fetch goes on.
 * @throws UserError for each way that ccusage can fail.
 */
export async function countAll(books: Books, how: HowToCount): Promise<Counted> {
  const counted: Counted = { days: newTally(), sessions: newTally(), arguments: [], prices: null };
  const deadline = Date.now() + how.timeout * 1000;
  for (;;) {
    const days = uncountedDays(books, MOST_CALLS);
    if (days.length === 0) return counted;
    const { cells, differing } = await new Count(books, days, how, deadline, counted).run();
    const fates = recordCounts(books, days, cells, differing, how.counting);
    add(counted.days, fates.days);
    add(counted.sessions, fates.sessions);
  }
}

/** One count of some days. */
class Count {
  readonly #days: readonly UncountedDay[];
  readonly #how: HowToCount;
  readonly #deadline: number;
  readonly #counted: Counted;
  readonly #callsOf: ReturnType<typeof callReader>;
  readonly #places: Places;

  constructor(
    books: Books,
    days: readonly UncountedDay[],
    how: HowToCount,
    deadline: number,
    counted: Counted,
  ) {
    this.#days = days;
    this.#how = how;
    this.#deadline = deadline;
    this.#counted = counted;
    this.#callsOf = callReader(books);
    this.#places = placesOf(days);
  }

  /** Asks ccusage, and again with other prices about models that it has none for. */
  async run(): Promise<{ cells: CountedCell[]; differing: Set<number> }> {
    const { unpriced } = this.#how;
    const sums: CallSums = new Map();
    let cells = await this.#ask(this.#calls(this.#days, { sums }));
    const models = new Set(
      cells
        .filter(({ cost, model }) => cost === null && model !== NO_MODEL && !unpriced.has(model))
        .map(({ model }) => model),
    );
    if (models.size > 0) {
      for (const model of models) unpriced.add(model);
      const isDue = (cell: CountedCell) => cell.unpricedTokens > 0 && models.has(cell.model);
      const due = new Set(cells.filter(isDue).map(({ day }) => day));
      const days = this.#days.filter(({ id }) => due.has(id));
      const again = await this.#ask(this.#calls(days, { only: models }));
      cells = [...cells.filter(({ day, model }) => !due.has(day) || !models.has(model)), ...again];
    }
    for (const cell of cells) {
      cell.cacheCreation1hTokens =
        sums.get(keyOf(cell.day, cell.model))?.cacheCreation1hTokens ?? 0;
    }
    return { cells, differing: differingDays(sums, cells) };
  }

  /** @param sums where their tokens are added up, by day and model */
  *#calls(days: readonly UncountedDay[], { only, sums }: { only?: Set<string>; sums?: CallSums }) {
    for (const { id: day, date } of days) {
      const place = this.#places.numberOf(day);
      for (const call of this.#callsOf(day)) {
        const model = reportedModel(call);
        if (only !== undefined && !only.has(model)) continue;
        if (sums !== undefined) addTokens(sums, keyOf(day, model), call);
        yield { date, place, call };
      }
    }
  }

  /**
   * Hands calls to ccusage: those of one model that have different prices in folders of their own, as
   * an override has no date and no size.
   */
  #ask(calls: Iterable<CallToCount>): Promise<CountedCell[]> {
    return inTemporaryFolder(async (root) => {
      const others = await this.#otherPrices();
      const pricesOf = new Map<string, string[]>();
      const folders: CallsFolder[] = [];
      for (const call of calls) {
        const price = this.#price(call, others);
        const key = price === undefined ? "" : JSON.stringify(price.rates);
        const keys = pricesOf.get(call.call.model) ?? [];
        pricesOf.set(call.call.model, keys);
        if (!keys.includes(key)) keys.push(key);
        const index = keys.indexOf(key);
        folders[index] ??= new CallsFolder(join(root, `${index}`));
        folders[index].add(call, price);
      }
      const cells = new Map<string, CountedCell>();
      for (const folder of folders) {
        for (const cell of await this.#askFolder(folder)) addCell(cells, cell);
      }
      return [...cells.values()];
    });
  }

  #price({ call, date }: CallToCount, others: readonly PriceSource[]): KnownPrice | undefined {
    const { own, unpriced } = this.#how;
    const model = reportedModel(call);
    const promptTokens =
      call.inputTokens +
      call.cacheCreation5mTokens +
      call.cacheCreation1hTokens +
      call.cacheReadTokens;
    return priceOf(unpriced.has(model) ? [own, ...others] : [own], { model, date, promptTokens });
  }

  /** Where prices are looked for that ccusage does not have. The package takes 0.1 s to load. */
  async #otherPrices(): Promise<PriceSource[]> {
    const { list, unpriced, counting } = this.#how;
    const isListed = (model: string): boolean =>
      list.ratesOf({ model, date: counting.today, promptTokens: 0 }) !== undefined;
    if ([...unpriced].every(isListed)) return [list];
    const { genaiPrices } = await import("../prices/genai-prices.ts");
    return [list, genaiPrices];
  }

  async #askFolder(folder: CallsFolder): Promise<CountedCell[]> {
    const { ccusage, offline, timeout } = this.#how;
    const config = folder.finish();
    const printed = await askCcusage(ccusage, {
      ...{ report: "daily", timezone: "UTC", offline, config },
      ...{ folders: [folder.path], timeout, deadline: this.#deadline },
    });
    this.#counted.arguments.push(printed.arguments);
    if (this.#counted.prices !== "built in") this.#counted.prices = printed.prices;
    const report = parseDaily(printed.text, ccusage.version);
    // Of some calls it may think otherwise, which is said; if it counted none, it did not read them.
    if (report.totals.totalTokens === 0 && folder.tokens > 0) {
      distrust(
        printedDaily(ccusage.version),
        "has no tokens at all, where there were some to count",
      );
    }
    return daysOf(report).flatMap(({ date, cells }) =>
      cells.map((cell) => this.#countedCell(date, cell, folder)),
    );
  }

  #countedCell(date: string, { project, ...cell }: Cell, folder: CallsFolder): CountedCell {
    const day = this.#places.dayAt(date, Number(project));
    if (day === undefined) {
      const where = `projects[${quote(project)}] on ${date}`;
      distrust(
        printedDaily(this.#how.ccusage.version),
        `has ${where}, which was not to be counted`,
      );
    }
    const counted = { ...cell, day, cacheCreation1hTokens: 0 };
    const price = folder.priceOf(cell.model);
    // Whoever sets a price of nothing knows it.
    if (price !== undefined && isFree(cell, price.rates)) {
      return { ...counted, pricedBy: price.by, cost: 0, unpricedTokens: 0 };
    }
    return { ...counted, pricedBy: cell.cost === null ? null : (price?.by ?? "ccusage") };
  }
}

/** Whether tokens cost nothing at some rates. */
function isFree(tokens: Tokens, { input, output, cacheCreation, cacheRead }: Rates): boolean {
  return (
    tokens.inputTokens * input === 0 &&
    tokens.outputTokens * output === 0 &&
    // For an hour it is the input's price that counts.
    tokens.cacheCreationTokens * Math.max(cacheCreation, input) === 0 &&
    tokens.cacheReadTokens * cacheRead === 0
  );
}

/** Where the days of sessions are in a report: those of one date in places of their own. */
interface Places {
  numberOf(day: number): number;
  /** The row of a day; undefined where there was none to be counted. */
  dayAt(date: string, place: number): number | undefined;
}

function placesOf(days: readonly UncountedDay[]): Places {
  const byDate = Map.groupBy(days, ({ date }) => date);
  const numbers = new Map([...byDate.values()].flatMap((some) => some.map(({ id }, n) => [id, n])));
  return {
    numberOf: (day) => numbers.get(day) ?? 0,
    dayAt: (date, place) => byDate.get(date)?.[place]?.id,
  };
}

function keyOf(day: number, model: string): string {
  return `${day} ${model}`;
}

/** The tokens of calls by day and model, as ccusage's reports have them, and what those leave out. */
type CallSums = Map<string, Tokens & { cacheCreation1hTokens: number }>;

function tokensOf(call: CallTokens): Tokens & { cacheCreation1hTokens: number } {
  return {
    inputTokens: call.inputTokens,
    outputTokens: call.outputTokens,
    cacheCreationTokens: call.cacheCreation5mTokens + call.cacheCreation1hTokens,
    cacheReadTokens: call.cacheReadTokens,
    cacheCreation1hTokens: call.cacheCreation1hTokens,
  };
}

function addTokens(sums: CallSums, key: string, call: CallTokens): void {
  const tokens = tokensOf(call);
  const sum = sums.get(key);
  if (sum === undefined) {
    sums.set(key, tokens);
    return;
  }
  for (const kind of tokenKinds) sum[kind] += tokens[kind];
  sum.cacheCreation1hTokens += tokens.cacheCreation1hTokens;
}

function addCell(cells: Map<string, CountedCell>, cell: CountedCell): void {
  const key = keyOf(cell.day, cell.model);
  const sum = cells.get(key);
  if (sum === undefined) {
    cells.set(key, cell);
    return;
  }
  for (const kind of tokenKinds) sum[kind] += cell[kind];
  sum.unpricedTokens += cell.unpricedTokens;
  sum.cost = sum.cost === null && cell.cost === null ? null : (sum.cost ?? 0) + (cell.cost ?? 0);
  sum.pricedBy ??= cell.pricedBy;
}

/** The days of which ccusage's figures are not the sums of their calls. */
function differingDays(sums: CallSums, cells: readonly CountedCell[]): Set<number> {
  const counted = new Map(cells.map((cell) => [keyOf(cell.day, cell.model), cell]));
  const keys = new Set([...sums.keys(), ...counted.keys()]);
  const differing = [...keys].filter((key) =>
    tokenKinds.some((kind) => (sums.get(key)?.[kind] ?? 0) !== (counted.get(key)?.[kind] ?? 0)),
  );
  return new Set(differing.map((key) => Number(key.slice(0, key.indexOf(" ")))));
}

function add(sum: Tally, tally: Tally): void {
  for (const fate of ["added", "grown", "repriced", "recounted"] as const) sum[fate] += tally[fate];
}
