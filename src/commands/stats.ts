import { defineCommand } from "citty";

import { dayAt } from "../dates.ts";
import { UsageError } from "../errors.ts";
import { wholeNumber } from "./flags/check.ts";
import { readBooks, type Books } from "../ledger/open.ts";
import { machineTimezone } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { readAsOf } from "../readers/as-of.ts";
import type { Selection } from "../readers/selection.ts";
import type { Table } from "../readers/tables.ts";
import { readFirstScreen, readSummary, type Range, type FirstScreen } from "../readers/summary.ts";
import { planFlag, planOf } from "./flags/plan.ts";
import { checkOwners, meantNames, selectionFlags, selectionOf } from "./flags/selection.ts";
import { rangeFlags, rangeOf, type RangeFlags } from "./flags/range.ts";
import { sayWarning } from "../terminal/say.ts";
import { dbFlag, jsonFlag, watchFlags } from "./flags/shared.ts";

/** How many sessions a terminal is given unless it asks for more. */
const SESSIONS_SHOWN = 20;

const tableFlags = {
  ...selectionFlags,
  by: {
    type: "string",
    valueHint: "WHAT",
    description: "Instead of a table: hour, project,model, …",
  },
  sort: {
    type: "string",
    valueHint: "COLUMN",
    description: "As --json names it; :asc or :desc turns it",
  },
  limit: { type: "string", valueHint: "N", description: "At most N rows" },
  format: { type: "string", valueHint: "FORMAT", description: "table, json, csv or markdown" },
} as const;

/** The flags that say what is shown. */
const shownFlags = { ...tableFlags, plan: planFlag, against: null, all: null };

export default defineCommand({
  meta: {
    name: "stats",
    description: "What was spent, whether it is rising, and on what",
  },
  args: {
    table: {
      type: "positional",
      required: false,
      description: "A table, such as daily or models, or compare, or reconcile",
    },
    db: dbFlag,
    ...rangeFlags,
    ...tableFlags,
    plan: planFlag,
    against: {
      type: "string",
      valueHint: "DATE..DATE",
      description: "Of `compare`: the days to compare with",
    },
    all: { type: "boolean", description: "The long summary: trend, models, projects, sessions" },
    fetch: { type: "boolean", description: "Fetch first" },
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
      args.table === "reconcile"
        ? { words: reconciliation(args, format), isLatestLast: false }
        : args.table === "compare"
          ? { words: comparison(args, format, days), isLatestLast: false }
          : args.table === undefined && args.by === undefined
            ? { words: summary(args, format, days), isLatestLast: false }
            : await answer(args.table, args, format, days);
    if (!args.watch) {
      if (args.every !== undefined) throw new UsageError("--every goes with --watch; add that.");
      if (args.fetch) await fetchFirst(args.db);
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

/** What was fetched is shown; that it was is not said, unless it fails. */
async function fetchFirst(db: string | undefined): Promise<void> {
  const { fetchQuietly } = await import("./flags/watch.ts");
  const mishap = await fetchQuietly(db, false);
  if (mishap !== null) sayWarning(mishap);
}

type Flags = {
  [flag in keyof typeof tableFlags | "db" | "plan" | "against"]?: string | undefined;
} & { json?: boolean | undefined; all?: boolean | undefined };

interface Days {
  today: string;
  range: Range;
}

/** Asks the books anew each time it is called, and gives what to print. */
type Words = () => Promise<string>;

function summary(flags: Flags, format: Format, days: () => Days): Words {
  for (const flag of ["by", "sort", "limit", "against"]) {
    if (flag in flags) {
      throw new UsageError(
        `--${flag} goes with a table; say which, for example \`ccbooks stats daily --${flag} …\`.`,
      );
    }
  }
  if (format === "csv" || format === "markdown") {
    throw new UsageError(
      `The summary is no single table; --format ${format} goes with a table, for example \`ccbooks stats daily --format ${format}\`.`,
    );
  }
  // Kept once, however often the summary is drawn.
  let plan: Promise<number | null> | undefined;
  return async () => {
    const planUsd = await (plan ??= planOf(flags.plan));
    const { range, today } = days();
    const timezone = machineTimezone();
    const when = { today, timezone };
    const selection = selectionOf(flags, range);
    const ask = <T>(question: (books: Books) => T): Promise<T> =>
      readBooks(existingDatabase(flags.db), question);
    if (format === "json") {
      const { jsonLine } = await import("../format/json.ts");
      return jsonLine({ ...(await ask((books) => readSummary(books, selection, when))), planUsd });
    }
    if (flags.all) {
      const { longSummary } = await import("../terminal/long-summary.ts");
      const { found, meant } = await ask((books) =>
        withMeant(books, selection, readSummary(books, selection, when)),
      );
      return `${longSummary(found, { planUsd, timezone, meant })}\n`;
    }
    const { firstScreen } = await import("../terminal/first-screen.ts");
    const width = process.stdout.columns || 80;
    const { found, meant } = await ask((books) =>
      withMeant(books, selection, readFirstScreen(books, selection, when)),
    );
    return `${firstScreen(found, { planUsd, width, timezone, meant })}\n`;
  };
}

/**
 * A summary, and the flags that were probably meant where it is empty.
 * @throws UserError when it is of a machine or agent that the books do not know.
 */
function withMeant<Summed extends FirstScreen>(
  books: Books,
  selection: Selection,
  found: Summed,
): { found: Summed; meant: string[] } {
  if (found.total.firstDate !== null) return { found, meant: [] };
  checkOwners(books, selection);
  return { found, meant: meantNames(books, selection) };
}

/** Two ranges side by side: those that were asked for, else this week and the last one. */
function comparison(flags: Flags, format: Format, days: () => Days): Words {
  for (const flag of ["by", "sort", "limit", "plan"] as const) {
    if (flags[flag] !== undefined) {
      throw new UsageError(`--${flag} does not go with \`ccbooks stats compare\`; leave it out.`);
    }
  }
  if (flags.all) {
    throw new UsageError("--all does not go with `ccbooks stats compare`; leave it out.");
  }
  if (format === "csv" || format === "markdown") {
    throw new UsageError(`A comparison is no single table; --format takes table or json here.`);
  }
  const timezone = machineTimezone();
  return async () => {
    const { readComparison } = await import("../readers/comparison.ts");
    const { spansOf } = await import("./flags/spans.ts");
    const { range, today } = days();
    const found = await readBooks(existingDatabase(flags.db), (books) => {
      const selection = selectionOf(flags, range);
      const asOf = readAsOf(books, selection, timezone);
      const spans = spansOf(flags.against, range, today, asOf);
      const compared = readComparison(books, selection, spans, timezone);
      const { total, totalBefore } = compared;
      const isSome = total.totalTokens + totalBefore.totalTokens > 0;
      if (isSome || format === "json") return { compared, meant: [], asOf };
      checkOwners(books, selection);
      return { compared: null, meant: meantNames(books, selection), asOf };
    });
    if (found.compared === null) {
      const { nothingWords } = await import("../terminal/table-words.ts");
      return `${nothingWords(selectionOf(flags, range), found.meant, { today, asOf: found.asOf })}\n`;
    }
    if (format === "json") {
      const { jsonLine } = await import("../format/json.ts");
      return jsonLine(found.compared);
    }
    const { comparisonWords } = await import("../terminal/comparison-words.ts");
    return `${comparisonWords(found.compared, { timezone, today })}\n`;
  };
}

/** The calls of the books, the usage report and the bill side by side. */
function reconciliation(flags: Flags & RangeFlags, format: Format): Words {
  const taken = new Set(["by", "format"]);
  const wrong = Object.entries(flags).find(
    ([flag, value]) => value !== undefined && flag in shownFlags && !taken.has(flag),
  )?.[0];
  if (wrong !== undefined) {
    throw new UsageError(`--${wrong} does not go with \`ccbooks stats reconcile\`; leave it out.`);
  }
  if (format === "csv" || format === "markdown") {
    throw new UsageError(`--format takes table or json with \`ccbooks stats reconcile\`.`);
  }
  const { by = "model" } = flags;
  if (by !== "model" && by !== "person" && by !== "project") {
    throw new UsageError(`Of a reconciliation, --by takes model, person or project, not "${by}".`);
  }
  return async () => {
    const { reconciled } = await import("./stats/reconcile.ts");
    return reconciled(flags, by, format === "json");
  };
}

async function answer(
  name: string | undefined,
  flags: Flags,
  format: Format,
  days: () => Days,
): Promise<{ words: Words; isLatestLast: boolean }> {
  if (flags.against !== undefined) {
    throw new UsageError("--against goes with `ccbooks stats compare`; leave it out.");
  }
  if (flags.all) {
    throw new UsageError("--all goes with the summary: `ccbooks stats --all`.");
  }
  if (flags.plan !== undefined) {
    throw new UsageError("--plan goes with the summary: `ccbooks stats --plan …`.");
  }
  const { checkLimits, orderOf, tableNamed } = await import("./flags/table.ts");
  const table = tableNamed(name, flags.by);
  const { isTime, readTable, usualOrder } = await import("../readers/tables.ts");
  const order = flags.sort === undefined ? usualOrder(table) : orderOf(flags.sort, table);
  const limit =
    flags.limit === undefined
      ? table === "sessions" && format === "table"
        ? SESSIONS_SHOWN
        : null
      : wholeNumber(flags.limit, "limit", 1);
  const timezone = machineTimezone();
  checkLimits(table, selectionOf(flags, days().range));
  const words: Words = async () => {
    const { range, today } = days();
    const selection = selectionOf(flags, range);
    const answered = await readBooks(existingDatabase(flags.db), (books) => {
      const found = readTable(books, table, { selection, order, limit, timezone });
      // Only where nothing is found: those who have usage need not be looked for.
      if (found.rows.length > 0) return { found, meant: [] };
      checkOwners(books, selection);
      return { found, meant: meantNames(books, selection) };
    });
    return wordsFor(answered, format, selection, { timezone, today });
  };
  return { words, isLatestLast: isTime(order.by.kind) && !order.descending };
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

async function wordsFor(
  { found, meant }: { found: Table; meant: readonly string[] },
  format: Format,
  selection: Selection,
  { timezone, today }: { timezone: string; today: string },
): Promise<string> {
  if (format === "json" || format === "csv") {
    const { printableLines } = await import("../format/printable.ts");
    const { tableCsv, tableData } = await import("../terminal/table-data.ts");
    const { jsonLine } = await import("../format/json.ts");
    return format === "csv"
      ? printableLines(tableCsv(found))
      : jsonLine(tableData(found, selection));
  }
  const { nothingWords, NO_LIMITS, tableMarkdown, tableWords } =
    await import("../terminal/table-words.ts");
  if (found.rows.length === 0) {
    if (found.table === "limits") return `${NO_LIMITS}\n`;
    return `${nothingWords(selection, meant, { today, asOf: found.asOf })}\n`;
  }
  return format === "markdown"
    ? `${tableMarkdown(found, timezone)}\n`
    : `${tableWords(found, { width: process.stdout.columns || 80, timezone, today })}\n`;
}
