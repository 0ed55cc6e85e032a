import type { ClaudeCodeUsage, Organisation, UtcDays } from "../bill.ts";
import { thisMachine } from "../config/machine.ts";
import { addDays } from "../dates.ts";
import { UserError } from "../errors.ts";
import { inRun } from "../fetch/run.ts";
import { admitMachine } from "../fetch/this-machine.ts";
import {
  keepApiCosts,
  keepApiKeys,
  keepApiUsage,
  keepClaudeCodeUsage,
  keepOrganisation,
  keepPulledUntil,
  keepWorkspaces,
  knownOrganisation,
  labelApiKey,
  pulledUntil,
  type Report,
} from "../ledger/bill.ts";
import { withBooks, type Books } from "../ledger/open.ts";
import { newTally, type RunResult } from "../ledger/runs.ts";
import type { PriceSource } from "../prices/rates.ts";
import type { Api } from "../sources/anthropic/apis.ts";
import { analyticsCost, analyticsUsage } from "../sources/anthropic/analytics.ts";
import type { AdminClient, Answer } from "../sources/anthropic/client.ts";
import { apiNames, organisationOf } from "../sources/anthropic/names.ts";
import {
  claudeCodeReport,
  costReport,
  usageReport,
  type BucketWidth,
} from "../sources/anthropic/reports.ts";
import { version } from "../version.ts";
import { priceAgain, priced, priceSources, type GivenPrices } from "./estimate.ts";
import { writeRaw, type RawReport } from "./raw.ts";

/** What is to be pulled. */
export interface PullOptions extends GivenPrices {
  /** Which reports, in this order. */
  reports: readonly Report[];
  /** Null: from where each report was pulled up to. */
  days: UtcDays | null;
  width: BucketWidth;
  /** Which of the two generations of reports is asked; of Claude Code there is one. */
  api: Api;
  /** Where answers are kept as they come; null: nowhere. */
  raw: string | null;
  /** The user's names of keys by their ids. */
  labels: Readonly<Record<string, string>>;
  /** Is told how far a report is. */
  onPage?: (report: Report, until: string) => void;
}

/** What a pull brought. */
export interface Pulled {
  organisation: Organisation | null;
  reports: PulledReport[];
  /** Models without a known price. */
  unpriced: string[];
  startedAt: string;
  finishedAt: string;
}

export interface PulledReport extends UtcDays {
  report: Report;
  pages: number;
  rows: number;
}

/** How many days the first pull takes, and how many are read again: costs may come late. */
const FIRST_DAYS = 30;
const READ_AGAIN = 3;

/**
 * Pulls reports of the Admin API into the books. What whole pages brought is kept, whatever happens after.
 * @throws UserError on everything the user can put right.
 */
export async function pullReports(
  path: string,
  client: AdminClient,
  options: PullOptions,
): Promise<Pulled> {
  const machine = thisMachine({ machine: undefined, timezone: undefined });
  return withBooks(path, async (books) => {
    const startedAt = new Date().toISOString();
    const row = admitMachine(books, machine, undefined, startedAt);
    const run = {
      ...{ command: "pull" as const, machine: row.id, ccbooksVersion: version() },
      ...{ logFolders: [], startedAt },
    };
    const pull = new Pull(books, client, options, startedAt);
    const { finishedAt } = await inRun(books, run, async (runId) => {
      runId();
      await pull.run();
      return pull.effort();
    });
    return { ...pull.result(), startedAt, finishedAt };
  });
}

class Pull {
  readonly #books: Books;
  readonly #client: AdminClient;
  readonly #options: PullOptions;
  readonly #at: string;
  readonly #today: string;
  readonly #start = performance.now();
  readonly #unpriced = new Set<string>();
  readonly #reports: PulledReport[] = [];
  #organisation: Organisation | null = null;
  #bytes = 0;
  #sources: PriceSource[] = [];

  constructor(books: Books, client: AdminClient, options: PullOptions, at: string) {
    this.#books = books;
    this.#client = client;
    this.#options = options;
    this.#at = at;
    this.#today = at.slice(0, 10);
  }

  async run(): Promise<void> {
    await this.#admit();
    this.#sources = await priceSources(this.#books, this.#options);
    priceAgain(this.#books, this.#sources);
    for (const report of this.#options.reports) {
      const days = this.#daysOf(report);
      const pulled: PulledReport = { report, ...days, pages: 0, rows: 0 };
      this.#reports.push(pulled);
      await this.#pull[report](days, pulled);
    }
    await this.#names();
  }

  result(): Pick<Pulled, "organisation" | "reports" | "unpriced"> {
    return {
      ...{ organisation: this.#organisation, reports: this.#reports },
      unpriced: [...this.#unpriced].toSorted(),
    };
  }

  effort(): RunResult {
    const pages = this.#reports.reduce((sum, { pages: some }) => sum + some, 0);
    return {
      ...{ filesSeen: pages, filesRead: pages, bytesRead: this.#bytes },
      ...{ scanMs: Math.round(performance.now() - this.#start), countMs: 0 },
      ...{ callsAdded: 0, callsChanged: 0, days: newTally(), sessions: newTally() },
      ...{ ccusageVersion: null, arguments: [], prices: null },
    };
  }

  /** One organisation a file: two of them would be one bill. */
  async #admit(): Promise<void> {
    const organisation = await organisationOf(this.#client);
    const known = knownOrganisation(this.#books);
    if (known !== undefined && known.id !== organisation.id) {
      throw new UserError(
        `These books hold the bill of ${known.name}, and this key is of ${organisation.name}; name other books with --db.`,
      );
    }
    this.#organisation = organisation;
    keepOrganisation(this.#books, organisation);
  }

  #daysOf(report: Report): UtcDays {
    const { days } = this.#options;
    if (days !== null) return days;
    const until = pulledUntil(this.#books, report);
    const since =
      until === undefined ? addDays(this.#today, 1 - FIRST_DAYS) : addDays(until, 1 - READ_AGAIN);
    return { since, until: this.#today };
  }

  readonly #pull: Record<Report, (days: UtcDays, pulled: PulledReport) => Promise<void>> = {
    usage: async (days, pulled) => {
      const { api, width } = this.#options;
      const ask = api === "legacy" ? usageReport : analyticsUsage;
      for await (const { answer, buckets } of ask(this.#client, days, width)) {
        this.#keep(pulled, answer, buckets, () =>
          keepApiUsage(this.#books, priced(buckets, this.#sources, this.#unpriced)),
        );
      }
    },
    cost: async (days, pulled) => {
      const ask = this.#options.api === "legacy" ? costReport : analyticsCost;
      for await (const { answer, buckets } of ask(this.#client, days)) {
        this.#keep(pulled, answer, buckets, () => keepApiCosts(this.#books, buckets));
      }
    },
    "claude-code": async ({ since, until }, pulled) => {
      for (let day = since; day <= until; day = addDays(day, 1)) {
        const records: ClaudeCodeUsage[] = [];
        for await (const page of claudeCodeReport(this.#client, day)) {
          this.#note(pulled, page.answer, day, page.records.length);
          records.push(...page.records);
        }
        this.#books
          .transaction(() => {
            keepClaudeCodeUsage(this.#books, day, records);
            this.#noteUntil(pulled, day);
          })
          .immediate();
      }
    },
  };

  /** Keeps a page: all of it, and how far the report is with it. */
  #keep(
    pulled: PulledReport,
    answer: Answer | null,
    buckets: readonly { startsAt: string; rows: readonly unknown[] }[],
    keep: () => void,
  ): void {
    const first = buckets[0]?.startsAt.slice(0, 10) ?? pulled.since;
    const last = buckets.at(-1)?.startsAt.slice(0, 10);
    const rows = buckets.reduce((sum, bucket) => sum + bucket.rows.length, 0);
    this.#note(pulled, answer, first, rows);
    // Of a page in the midst of a bucket nothing is whole.
    if (last === undefined) return;
    this.#books
      .transaction(() => {
        keep();
        this.#noteUntil(pulled, last);
      })
      .immediate();
  }

  #note(pulled: PulledReport, answer: Answer | null, date: string, rows: number): void {
    pulled.rows += rows;
    if (answer === null) return;
    pulled.pages += 1;
    this.#bytes += answer.text.length;
    const { raw, api } = this.#options;
    if (raw !== null) writeRaw(raw, rawKind(pulled.report, api), date, answer.text);
  }

  /** A day that is not over is pulled again; days that something lies before that was not pulled do not count. */
  #noteUntil({ report, since }: PulledReport, day: string): void {
    const known = pulledUntil(this.#books, report);
    const goesOn = known === undefined || since <= addDays(known, 1);
    const until = day < this.#today ? day : addDays(this.#today, -1);
    if (goesOn) keepPulledUntil(this.#books, { report, until, at: this.#at });
    this.#options.onPage?.(report, day);
  }

  /** What ids stand for. A key that may not read the names leaves the ids. */
  async #names(): Promise<void> {
    for (const [id, label] of Object.entries(this.#options.labels))
      labelApiKey(this.#books, id, label);
    try {
      const { keys, workspaces } = await apiNames(this.#client);
      keepApiKeys(this.#books, keys);
      keepWorkspaces(this.#books, workspaces);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}

/** Where the answers of a report go. */
function rawKind(report: Report, api: Api): RawReport {
  if (api === "legacy" || report === "claude-code") return report;
  return report === "usage" ? "analytics-usage" : "analytics-cost";
}
