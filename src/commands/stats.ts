import { defineCommand } from "citty";

import { dayAt } from "../dates.ts";
import { UsageError } from "../errors.ts";
import { closest, wholeNumber } from "./flags/check.ts";
import { readBooks } from "../ledger/open.ts";
import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { readOwners, type Owner } from "../readers/owners.ts";
import type { Order, Report, ReportColumn, ReportName, Selection } from "../readers/reports.ts";
import { readStats, type Range } from "../readers/stats.ts";
import { checkOwner } from "./flags/owners.ts";
import { planFlag, planOf } from "./flags/plan.ts";
import { rangeFlags, rangeOf } from "./flags/range.ts";
import { dbFlag, jsonFlag, watchFlags } from "./flags/shared.ts";

const names = ["daily", "weekly", "monthly", "models", "projects", "sessions", "cache"] as const;

const cacheReports = {
  day: "cacheByDay",
  model: "cacheByModel",
  project: "cacheByProject",
} as const;

/** How many sessions a terminal is given unless it asks for more. */
const SESSIONS_SHOWN = 20;

const selectionFlags = {
  machine: { type: "string", valueHint: "NAME", description: "Only this machine" },
  agent: { type: "string", valueHint: "NAME", description: "Only this agent" },
  project: {
    type: "string",
    valueHint: "NAME",
    description: "Only this project: name, path or slug",
  },
  model: { type: "string", valueHint: "NAME", description: "Only models with this in their name" },
} as const;

const reportFlags = {
  ...selectionFlags,
  by: { type: "string", valueHint: "WHAT", description: "Of `cache`: day, model or project" },
  sort: {
    type: "string",
    valueHint: "COLUMN",
    description: "As --json names it; :asc or :desc turns it",
  },
  limit: { type: "string", valueHint: "N", description: "At most N rows" },
  format: { type: "string", valueHint: "FORMAT", description: "table, json, csv or markdown" },
} as const;

export default defineCommand({
  meta: {
    name: "stats",
    description: "What was spent, whether it is rising, and on what",
  },
  args: {
    report: {
      type: "positional",
      required: false,
      description: "daily, weekly, monthly, models, projects, sessions or cache",
    },
    db: dbFlag,
    ...rangeFlags,
    ...reportFlags,
    plan: planFlag,
    ...watchFlags,
    json: jsonFlag,
  },
  async run({ args }) {
    // With --watch a day may end in between.
    const days = (): Days => {
      const { date: today } = dayAt(Date.now(), machineTimezone());
      return { today, range: rangeOf(args, today) };
    };
    days();
    const format = formatOf(args);
    const { words, isLatestLast } =
      args.report === undefined
        ? { words: summary(args, format, days), isLatestLast: false }
        : await answer(args.report, args, format, days);
    if (!args.watch) {
      if (args.every !== undefined) throw new UsageError("--every goes with --watch; add that.");
      process.stdout.write(await words());
      return;
    }
    if (format !== "table") {
      throw new UsageError(`--watch draws a table; leave out --format or --json.`);
    }
    const { watch } = await import("./flags/watch.ts");
    const { fitLatest, fitTop } = await import("../terminal/fit.ts");
    await watch(async () => (await words()).trimEnd(), {
      db: args.db,
      every: args.every,
      fit: isLatestLast ? fitLatest : fitTop,
    });
  },
});

type Flags = {
  [flag in keyof typeof reportFlags | "db" | "plan"]?: string | undefined;
} & { json?: boolean | undefined };

interface Days {
  today: string;
  range: Range;
}

/** Asks the books anew each time it is called, and gives what to print. */
type Words = () => Promise<string>;

function summary(flags: Flags, format: Format, days: () => Days): Words {
  for (const flag of Object.keys(reportFlags)) {
    if (flag in flags && flag !== "format") {
      throw new UsageError(
        `--${flag} goes with a report; say which, for example \`ccbooks stats daily --${flag} …\`.`,
      );
    }
  }
  if (format === "csv" || format === "markdown") {
    throw new UsageError(
      `The summary is no single table; --format ${format} goes with a report, for example \`ccbooks stats daily --format ${format}\`.`,
    );
  }
  // Kept once, however often the summary is drawn.
  let plan: Promise<number | null> | undefined;
  return async () => {
    const planUsd = await (plan ??= planOf(flags.plan));
    const { range, today } = days();
    const stats = await readBooks(existingDatabase(flags.db), (books) =>
      readStats(books, range, today),
    );
    if (format === "json") {
      const { jsonLine } = await import("../format/json.ts");
      return jsonLine({ ...stats, planUsd });
    }
    const { statsWords } = await import("../terminal/stats-words.ts");
    return `${statsWords(stats, planUsd)}\n`;
  };
}

async function answer(
  name: string,
  flags: Flags,
  format: Format,
  days: () => Days,
): Promise<{ words: Words; isLatestLast: boolean }> {
  if (flags.plan !== undefined) {
    throw new UsageError("--plan goes with the summary: `ccbooks stats --plan …`.");
  }
  const report = reportNamed(name, flags.by);
  const { readReport, usualOrder } = await import("../readers/reports.ts");
  const order = flags.sort === undefined ? usualOrder(report) : await orderOf(flags.sort, report);
  const limit =
    flags.limit === undefined
      ? report === "sessions" && format === "table"
        ? SESSIONS_SHOWN
        : null
      : wholeNumber(flags.limit, "limit", 1);
  const words: Words = async () => {
    const { range, today } = days();
    const selection = selectionOf(flags, range);
    const answered = await readBooks(existingDatabase(flags.db), (books) => {
      const found = readReport(books, report, { selection, order, limit, today });
      // Only where nothing is found: those who have usage need not be looked for.
      if (found.rows.length === 0) checkOwners(readOwners(books), selection);
      return found;
    });
    return wordsFor(answered, format, selection);
  };
  return { words, isLatestLast: order.by.kind === "date" && !order.descending };
}

type Format = "table" | "json" | "csv" | "markdown";

function formatOf({ format, json }: Flags): Format {
  if (format === undefined) return json ? "json" : "table";
  if (json && format !== "json") {
    throw new UsageError(`--json and --format ${format} contradict each other; give one of them.`);
  }
  if (format === "table" || format === "json" || format === "csv" || format === "markdown")
    return format;
  throw new UsageError(`--format takes table, json, csv or markdown, not "${format}".`);
}

function reportNamed(name: string, by: string | undefined): ReportName {
  const known = names.find((one) => one === name);
  if (known === undefined) {
    const near = closest(name, [...names]);
    throw new UsageError(
      `There is no report "${name}"; ${near ? `did you mean \`ccbooks stats ${near}\`?` : `there are ${names.join(", ")}.`}`,
    );
  }
  if (known !== "cache") {
    if (by === undefined) return known;
    throw new UsageError(`--by goes with \`ccbooks stats cache\`; leave it out.`);
  }
  if (by === undefined) return cacheReports.day;
  if (by === "day" || by === "model" || by === "project") return cacheReports[by];
  throw new UsageError(`--by takes day, model or project, not "${by}".`);
}

/** @throws UserError when the selection is of a machine or agent that the books do not know. */
function checkOwners(owners: readonly Owner[], { machine, agent }: Selection): void {
  // Empty books know nobody whose name could be wrong.
  if (owners.length === 0) return;
  checkOwner(owners, "machine", machine);
  checkOwner(owners, "agent", agent);
}

function selectionOf(flags: Flags, range: Range): Selection {
  const { machine = null, agent = null, project = null, model = null } = flags;
  return { ...range, machine, agent, project, model };
}

async function orderOf(sort: string, report: ReportName): Promise<Order> {
  const { isFigure, reports } = await import("../readers/reports.ts");
  const [, column = "", direction] = sort.match(/^([^:]*)(?::(asc|desc))?$/) ?? [];
  const columns: ReportColumn[] = [...reports[report].columns];
  // SQL and CSV write total_cost where JSON has totalCost.
  const wanted = column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const found = columns.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (found === undefined) {
    throw new UsageError(
      `--sort takes one of ${columns.map(({ name }) => name).join(", ")}, with :asc or :desc behind it or not; not "${sort}".`,
    );
  }
  const descending = direction === undefined ? isFigure(found.kind) : direction === "desc";
  return { by: found, descending };
}

async function wordsFor(report: Report, format: Format, selection: Selection): Promise<string> {
  if (format === "json" || format === "csv") {
    const { printableLines } = await import("../format/printable.ts");
    const { reportCsv, reportData } = await import("../terminal/report-data.ts");
    const { jsonLine } = await import("../format/json.ts");
    return format === "csv"
      ? printableLines(reportCsv(report))
      : jsonLine(reportData(report, selection));
  }
  const { nothingWords, reportMarkdown, reportTable } = await import("../terminal/report-words.ts");
  if (report.rows.length === 0) return `${nothingWords(selection)}\n`;
  return format === "markdown"
    ? `${reportMarkdown(report)}\n`
    : `${reportTable(report, process.stdout.columns || 80)}\n`;
}
