import { extname, resolve } from "node:path";

import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { addDays, dayAt } from "../dates.ts";
import { errorCode, UsageError, UserError } from "../errors.ts";
import type { Chunks } from "../system/output-file.ts";
import { closest } from "./flags/check.ts";
import { readBooks, type Books } from "../ledger/open.ts";
import { existingDatabase, expandHome } from "../config/paths.ts";
import {
  exportableNames,
  iterateRows,
  readExported,
  type Column,
  type Exported,
  type Row,
} from "../readers/export-rows.ts";
import { isLimited, isPart, untoldLimits, type Selection } from "../readers/selection.ts";
import type { Source } from "../usage.ts";
import { counted, fileSize } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { say, sayWarning } from "../terminal/say.ts";
import { rangeFlags, rangeOf, type RangeFlags } from "./flags/range.ts";
import {
  checkOwners,
  meantNames,
  selectionFlags,
  selectionOf,
  type SelectionFlags,
} from "./flags/selection.ts";
import { dbFlag, quietFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "export", description: "Write a table or view as CSV, JSON or Parquet" },
  args: {
    table: {
      type: "positional",
      required: false,
      description: "A table or view, such as daily_usage",
    },
    format: {
      type: "string",
      valueHint: "FORMAT",
      description: "csv, json, ndjson or parquet",
    },
    out: {
      type: "string",
      valueHint: "PATH",
      description: "A file to write or replace",
    },
    lake: {
      type: "string",
      valueHint: "DIR",
      description: "No table: Anthropic's reports as Parquet",
    },
    partition: { type: "boolean", description: "Parquet: PATH is a folder, a file a month" },
    ...rangeFlags,
    ...selectionFlags,
    bom: { type: "boolean", description: "CSV: begin with the mark Excel needs" },
    raw: { type: "boolean", description: "CSV: leave what looks like a formula" },
    db: dbFlag,
    quiet: quietFlag,
  },
  async run({ args }) {
    if (args.lake !== undefined) {
      await writeLakeOf(args, args.lake);
      return;
    }
    if (args.table === undefined) {
      throw new UsageError("Missing argument: table. `ccbooks export --help` shows what it takes.");
    }
    const request = requestOf({ ...args, table: args.table });
    const path = existingDatabase(args.db);
    const encode = await encoderOf(request);
    if (request.out === undefined) {
      const { writeToStdout } = await import("../export/stdout.ts");
      const rest = await readBooks(path, async (books) => {
        const { exported, rows } = openTable(books, request);
        const counter = countedRows(rows);
        const written = await writeToStdout(encode(exported.columns, counter.rows));
        warnOfNothing(books, request.selection, counter.count());
        return written;
      });
      await rest?.send();
    } else {
      const write = request.partition ? writeFolder : writeFile;
      const words = await write(path, request, request.out, encode);
      if (!args.quiet) say(words);
    }
  },
});

/** Which flags say something of a lake. */
const OF_LAKES = new Set(["_", "lake", "db", "quiet", "days", "since", "until"]);

/** Anthropic's reports, curated for other tools. */
async function writeLakeOf(
  flags: RangeFlags & { db?: string | undefined; quiet?: boolean | undefined },
  lake: string,
): Promise<void> {
  const wrong = Object.entries(flags).find(
    ([flag, value]) => value !== undefined && !OF_LAKES.has(flag),
  )?.[0];
  if (wrong !== undefined) {
    const what = wrong === "table" ? "A table" : `--${wrong}`;
    throw new UsageError(`${what} does not go with --lake; leave it out.`);
  }
  // Its days are days of UTC.
  const { since, until } = rangeOf(flags, new Date().toISOString().slice(0, 10));
  const { readLake } = await import("../readers/lake.ts");
  const { writeLake } = await import("../export/lake.ts");
  const datasets = await readBooks(existingDatabase(flags.db), (books) =>
    readLake(books, { since: since ?? "0000-01-01", until: until ?? "9999-12-31" }),
  );
  const root = resolve(expandHome(lake));
  const files = writeLake(root, datasets);
  if (!flags.quiet) say(`${counted(files, "file")} in ${printable(root)}.`);
}

interface Request {
  table: string;
  format: Format;
  /** Undefined for standard output. */
  out: string | undefined;
  partition: boolean;
  selection: Selection;
  /** Null: of all that the table has. */
  source: Source | null;
  bom: boolean;
  raw: boolean;
}

const formats = ["csv", "json", "ndjson", "parquet"] as const;

type Format = (typeof formats)[number];

type Encode = (columns: readonly Column[], rows: Iterable<Row>) => Chunks;

interface Flags extends RangeFlags, SelectionFlags {
  table: string;
  format?: string | undefined;
  out?: string | undefined;
  partition?: boolean | undefined;
  bom?: boolean | undefined;
  raw?: boolean | undefined;
}

/** @throws UsageError when flags make no sense, alone or together. */
function requestOf(flags: Flags): Request {
  const format = formatOf(flags);
  const { table, partition = false, bom = false, raw = false } = flags;
  if (format !== "csv" && (bom || raw)) {
    throw new UsageError(
      `--${bom ? "bom" : "raw"} is for CSV, and this is ${format}; leave it out.`,
    );
  }
  if (format !== "parquet" && partition) {
    throw new UsageError(
      `--partition is for Parquet, and this is ${format}; leave one of them out.`,
    );
  }
  const out = flags.out === "-" ? undefined : flags.out;
  if (partition && out === undefined) {
    throw new UsageError("--partition writes a folder; name it with --out.");
  }
  if (
    format === "parquet" &&
    (flags.out === undefined || (out === undefined && process.stdout.isTTY))
  ) {
    throw new UsageError("Parquet is binary; write it to a file with --out.");
  }
  return {
    table,
    format,
    out: out === undefined ? undefined : resolve(expandHome(out)),
    partition,
    ...selectionFor(flags, partition),
    bom,
    raw,
  };
}

/** As asked for, else as the file's name ends. */
function formatOf({ format, out = "", partition }: Flags): Format {
  if (format === undefined) {
    const ending = extname(out).slice(1).toLowerCase();
    const known = formats.find((name) => name === (ending === "jsonl" ? "ndjson" : ending));
    return partition ? "parquet" : (known ?? "csv");
  }
  const known = formats.find((name) => name === format);
  if (known !== undefined) return known;
  throw new UsageError(`--format takes csv, json, ndjson or parquet, not "${format}".`);
}

function selectionFor(flags: Flags, partition: boolean): Pick<Request, "selection" | "source"> {
  const selection = selectionOf(flags, rangeOf(flags, dayAt(Date.now(), machineTimezone()).date));
  const source = flags.source === undefined ? null : selection.source;
  const { since, until } = selection;
  // A file of half a month would take the place of one of the whole.
  const isWhole =
    (since ?? "-01").endsWith("-01") && (until === null || addDays(until, 1).endsWith("-01"));
  if (partition && !isWhole) {
    throw new UsageError(
      "With --partition a file is a whole month: --since takes the first day of one, --until the last.",
    );
  }
  if (partition && (source !== null || isPart(selection))) {
    throw new UsageError(
      "With --partition a file is all of a month; leave out what it is limited to.",
    );
  }
  return { selection, source };
}

/** Each format is loaded when it is asked for. */
async function encoderOf({ format, bom, raw }: Request): Promise<Encode> {
  if (format === "csv") {
    const { csv } = await import("../export/csv.ts");
    return (columns, rows) => csv(columns, rows, { bom, raw });
  }
  if (format === "parquet") return (await import("../export/parquet.ts")).parquet;
  const { json, ndjson } = await import("../export/json.ts");
  return format === "json" ? json : ndjson;
}

/** @throws UsageError when there is no such table, or it has not what the flags need. */
function openTable(
  books: Books,
  { table, selection, source, partition }: Request,
): { exported: Exported; rows: Iterable<Row> } {
  const known = exportableNames(books);
  if (!known.includes(table)) {
    const hint = known.find((name) => name.startsWith(`${table}_`)) ?? closest(table, known);
    throw new UsageError(
      `There is no table or view "${table}" to export; ${hint ? `did you mean ${hint}?` : `there are ${known.join(", ")}.`}`,
    );
  }
  const exported = explainedColumns(books, table);
  if (partition && exported.dateColumn !== "date") {
    throw new UsageError(`${table} has no column date to make months of; leave out --partition.`);
  }
  if ((selection.since ?? selection.until) !== null && exported.dateColumn === undefined) {
    throw new UsageError(`${table} has no dates to choose by; leave out --since and --until.`);
  }
  const names = exported.columns.map((column) => column.name);
  const [untold] = [
    ...(source === null || names.includes("source") ? [] : ["source"]),
    ...untoldLimits(selection, names),
  ];
  if (untold !== undefined) {
    throw new UsageError(`${table} has no column to choose by ${untold}; leave out --${untold}.`);
  }
  checkOwners(books, selection);
  return {
    exported,
    rows: explainedRows(table, iterateRows(books, exported, { selection, source })),
  };
}

function explainedColumns(books: Books, table: string): Exported {
  try {
    return readExported(books, table);
  } catch (error) {
    throw unreadable(table, error);
  }
}

/** The rows, and a sentence where a view of the user's own fails. */
function* explainedRows(table: string, rows: Iterable<Row>): Iterable<Row> {
  try {
    yield* rows;
  } catch (error) {
    throw unreadable(table, error);
  }
}

/** A view of the user's own may ask for a table that is gone, or compute what cannot be computed. */
function unreadable(table: string, error: unknown): unknown {
  if (!(error instanceof Error) || errorCode(error) !== "SQLITE_ERROR") return error;
  return new UserError(
    `The view ${table} cannot be read (${error.message}); correct it, or drop it from the books.`,
    { cause: error },
  );
}

/** @returns what to say when it is done. */
async function writeFile(
  path: string,
  request: Request,
  out: string,
  encode: Encode,
): Promise<string> {
  const { writeWhole } = await import("../system/output-file.ts");
  return readBooks(path, (books) => {
    const { exported, rows } = openTable(books, request);
    const counter = countedRows(rows);
    const bytes = writeWhole(out, path, encode(exported.columns, counter.rows));
    warnOfNothing(books, request.selection, counter.count());
    return `${counted(counter.count(), "row")} of ${printable(request.table)} written to ${printable(out)} (${fileSize(bytes)}).`;
  });
}

/** @returns what to say when it is done. */
async function writeFolder(
  path: string,
  request: Request,
  out: string,
  encode: Encode,
): Promise<string> {
  const { writePartitions } = await import("../export/partitions.ts");
  return readBooks(path, (books) => {
    const { exported, rows } = openTable(books, request);
    const counter = countedRows(rows);
    const { folder, files, bytes } = writePartitions(
      out,
      exported,
      counter.rows,
      request.selection,
      (ofMonth) => encode(exported.columns, ofMonth),
    );
    return `${counted(counter.count(), "row")} of ${printable(request.table)} written to ${counted(files, "file")} in ${printable(folder)} (${fileSize(bytes)}).`;
  });
}

/** A name that nothing has is probably mistyped. */
function warnOfNothing(books: Books, selection: Selection, rows: number): void {
  if (rows > 0 || !isLimited(selection)) return;
  const meant = meantNames(books, selection);
  const instead = meant.length > 0 ? `did you mean ${meant.join(" ")}?` : "leave out a limit.";
  sayWarning(`No row is of what was asked for; ${instead}`);
}

function countedRows(rows: Iterable<Row>): { rows: Iterable<Row>; count(): number } {
  let count = 0;
  return {
    rows: (function* () {
      for (const row of rows) {
        count += 1;
        yield row;
      }
    })(),
    count: () => count,
  };
}
