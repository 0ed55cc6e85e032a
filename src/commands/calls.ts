import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { dayAt, mondayOf } from "../dates.ts";
import { UsageError } from "../errors.ts";
import { readBooks } from "../ledger/open.ts";
import { readCallGroups, readCalls, type CallFilter } from "../readers/calls.ts";
import { readCoverage } from "../readers/coverage.ts";
import { closest, wholeNumber } from "./flags/check.ts";
import { rangeFlags, rangeOf, type RangeFlags } from "./flags/range.ts";
import { sourceNamed } from "./flags/selection.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

const filterFlags = {
  source: { type: "string", valueHint: "NAME", description: "claude-code (default) or apps" },
  project: { type: "string", valueHint: "NAME", description: "Only this project" },
  model: { type: "string", valueHint: "NAME", description: "Only models with this in their name" },
  task: { type: "string", valueHint: "ID", description: "Only this task, as apps tell" },
  worker: { type: "string", valueHint: "ID", description: "Only this worker, as apps tell" },
} as const;

export default defineCommand({
  meta: { name: "calls", description: "How many calls, how long they took, what failed" },
  args: {
    period: {
      type: "positional",
      required: false,
      description: "today (default), week or month; import: take files in",
    },
    file: {
      type: "positional",
      required: false,
      variadic: true,
      description: "With import: the files",
    },
    ...rangeFlags,
    ...filterFlags,
    detail: { type: "boolean", description: "Call by call, the newest first" },
    failed: { type: "boolean", description: "Only those that failed" },
    slow: { type: "boolean", description: "Call by call, the slowest first" },
    limit: { type: "string", valueHint: "N", description: "At most N calls, one by one; 20" },
    format: { type: "string", valueHint: "FORMAT", description: "table, json, csv or markdown" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    if (args.period === "import") {
      const { importCalls } = await import("./calls/import.ts");
      await importCalls(args._.slice(1), args);
      return;
    }
    if (args.file !== undefined) {
      throw new UsageError(`Files go with \`ccbooks calls import\`; leave "${args.file}" out.`);
    }
    const format = formatOf(args);
    const timezone = machineTimezone();
    const { date: today } = dayAt(Date.now(), timezone);
    const filter = filterOf(args, today);
    const limit = args.limit === undefined ? LISTED : wholeNumber(args.limit, "limit", 1);
    const isList = args.detail === true || args.slow === true;
    const { groups, calls, coverage } = await readBooks(existingDatabase(args.db), (books) => ({
      groups: isList ? [] : readCallGroups(books, filter),
      calls: isList ? readCalls(books, filter, { slow: args.slow === true, limit }) : [],
      coverage:
        isList || filter.source !== "claude-code"
          ? null
          : readCoverage(books, filter.since ?? today),
    }));
    const words = await import("../terminal/calls-words.ts");
    const shown = isList ? words.callTable(calls) : words.groupTable(groups);
    if (format === "json") {
      const { jsonLine } = await import("../format/json.ts");
      const { since, until, source } = filter;
      process.stdout.write(
        jsonLine(
          isList ? { source, since, until, calls } : { source, since, until, groups, coverage },
        ),
      );
    } else if (format === "csv") process.stdout.write(words.fileCsv(shown));
    else if (format === "markdown") process.stdout.write(`${words.fileMarkdown(shown)}\n`);
    else {
      const text = isList
        ? words.callsWords(calls, filter, timezone)
        : words.groupsWords(groups, filter, coverage);
      process.stdout.write(`${text}\n`);
    }
  },
});

/** How many calls are listed one by one unless more are asked for. */
const LISTED = 20;

const FORMATS = ["table", "json", "csv", "markdown"] as const;

/** @throws UsageError when there is no such format. */
function formatOf({
  format,
  json,
}: {
  format?: string | undefined;
  json?: boolean | undefined;
}): (typeof FORMATS)[number] {
  if (format === undefined) return json ? "json" : "table";
  if (json) throw new UsageError("--json and --format both say how to print; give one of them.");
  const known = FORMATS.find((one) => one === format);
  if (known !== undefined) return known;
  throw new UsageError(`--format takes ${FORMATS.join(", ")}, not "${format}".`);
}

type Flags = RangeFlags & { [flag in keyof typeof filterFlags]?: string | undefined } & {
  period?: string | undefined;
  failed?: boolean | undefined;
};

/** @throws UsageError when flags make no sense, alone or together. */
function filterOf(flags: Flags, today: string): CallFilter {
  const source = sourceNamed(flags.source);
  if (source === "anthropic") {
    throw new UsageError(
      "Anthropic's reports tell of no single calls; --source takes claude-code or apps.",
    );
  }
  const { project = null, model = null, task = null, worker = null } = flags;
  if (source === "claude-code" && (task ?? worker) !== null) {
    const flag = task === null ? "worker" : "task";
    throw new UsageError(`Only apps tell of a ${flag}; add --source apps, or leave --${flag} out.`);
  }
  const days = daysOf(flags, today);
  return { source, ...days, project, model, task, worker, failed: flags.failed === true };
}

const PERIODS: Record<string, (today: string) => string> = {
  today: (today) => today,
  week: mondayOf,
  month: (today) => `${today.slice(0, 7)}-01`,
};

function daysOf(flags: Flags, today: string): Pick<CallFilter, "since" | "until"> {
  const range = rangeOf(flags, today);
  const isGiven = range.since !== null || range.until !== null;
  const { period } = flags;
  if (period === undefined) {
    return isGiven ? range : { since: today, until: today };
  }
  if (isGiven)
    throw new UsageError(`"${period}" and a range both say which days; give one of them.`);
  const start = Object.hasOwn(PERIODS, period) ? PERIODS[period] : undefined;
  if (start !== undefined) return { since: start(today), until: today };
  const hint = closest(period, [...Object.keys(PERIODS), "import"]);
  throw new UsageError(
    `\`ccbooks calls\` takes today, week, month or import, not "${period}"${hint ? `; did you mean ${hint}?` : "."}`,
  );
}
