import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import Database from "better-sqlite3";
import { execa } from "execa";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { csvLine } from "../src/export/csv.ts";
import { duckdb } from "./support/duckdb.ts";
import { billRows } from "./support/bill-rows.ts";
import { recordedRows } from "./support/recorded-rows.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { makeLargeBooks } from "./support/large-books.ts";
import { say, sweep, UNPRICED } from "./support/transcripts.ts";

const program = join(root, "dist", "ccbooks.js");

const isWindows = process.platform === "win32";

/** Util-linux's `script` runs a command on a terminal of its own; the one of BSD has other flags. */
const hasTerminal = spawnSync("script", ["--version"]).status === 0;

/** Two days in two months, two models, one without a price. */
async function homeWithLogs(settings?: Parameters<typeof newHome>[0]): Promise<Home> {
  const home = newHome(settings);
  say(home.claude, "-home-dev-app", "one", { id: "a", at: "2026-10-31T10:00:00Z", input: 7 });
  say(home.claude, "-home-dev-app", "one", { id: "b", at: "2026-11-02T10:00:00Z", input: 7 });
  say(home.claude, "-home-dev-web", "two", {
    id: "c",
    at: "2026-11-02T11:00:00Z",
    model: UNPRICED,
  });
  await home.fetch();
  return home;
}

let fetched: Promise<Home> | undefined;

/** The books of those logs, which are fetched once. */
async function homeWithBooks(): Promise<Home> {
  fetched ??= homeWithLogs({ after: afterAll });
  const home = newHome();
  mkdirSync(dirname(home.db));
  copyFileSync((await fetched).db, home.db);
  return home;
}

/** Writes into the books what no fetch would. */
function write(home: Home, sql: string, ...parameters: unknown[]): void {
  const books = new Database(home.db);
  try {
    books.prepare(sql).run(...parameters);
  } finally {
    books.close();
  }
}

async function exported(home: Home, ...args: string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, [program, "export", ...args], {
    env: home.env,
    extendEnv: false,
    cwd: home.folder,
    stripFinalNewline: false,
  });
  return stdout;
}

/** The cells as Excel sees them: a quote means something only where it begins a cell. */
function cellsOf(text: string, separator: string): string[] {
  const cells = [""];
  let isQuoted = false;
  let hasBegun = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (isQuoted && sign === '"' && text.charAt(at + 1) === '"') {
      cells.push(`${cells.pop()}"`);
      at += 1;
    } else if (isQuoted && sign === '"') {
      isQuoted = false;
    } else if (!isQuoted && !hasBegun && sign === '"') {
      isQuoted = true;
      hasBegun = true;
    } else if (!isQuoted && [separator, "\r", "\n"].includes(sign)) {
      cells.push("");
      hasBegun = false;
    } else {
      cells.push(`${cells.pop()}${sign}`);
      hasBegun = true;
    }
  }
  return cells;
}

/** A path as SQL text. */
const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

describe("CSV", () => {
  test("a table is a line of names and a line a row, ended as RFC 4180 says", async () => {
    const home = await homeWithBooks();
    expect(await exported(home, "daily_cost")).toBe(
      [
        "date,input_tokens,output_tokens,cache_creation_tokens,cache_read_tokens,total_tokens,total_cost,unpriced_tokens",
        "2026-10-31,7,100,0,0,107,0.001521,0",
        "2026-11-02,17,200,0,0,217,0.001521,110",
        "",
      ].join("\r\n"),
    );
  });

  test("another program reads back every text as it was, with --raw", async () => {
    const home = await homeWithBooks();
    const texts = [
      "plain",
      "a,b",
      'she said "hi"',
      "two\r\nlines",
      "semi;colon",
      " spaces ",
      "=1+1",
      "名前 ✓ 🎉",
      "'quoted'",
    ];
    for (const [index, text] of texts.entries()) {
      write(home, "INSERT INTO project (slug, path, name) VALUES (?, NULL, ?)", `p${index}`, text);
    }
    await home.run(["export", "project", "--raw", "--out", "p.csv"]);
    const { rows } = await duckdb(
      `SELECT name, path FROM read_csv(${quoted(join(home.folder, "p.csv"))}, all_varchar = true, header = true, quote = '"', escape = '"')
       WHERE slug LIKE 'p%' ORDER BY slug`,
    );
    expect(rows).toEqual(texts.map((text) => [text, null]));
  });

  test.for([
    ["=1+1", "'=1+1"],
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ["+49 30", "'+49 30"],
    ["-home-dev-app", "'-home-dev-app"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", `"'\t'=1"`],
    ["\r=1", `"'\r'=1"`],
    [" =1", "' =1"],
    [";=HYPERLINK(0)", `";'=HYPERLINK(0)"`],
    ["a;=1+1;b", `"a;'=1+1;b"`],
    ['a;"=1', `"a;'""=1"`],
    ["a; @1", `"a;' @1"`],
    ["a\t+1", `"a\t'+1"`],
    ["a\n-1", `"a\n'-1"`],
    ["a,=1", `"a,'=1"`],
    ["＝1", "'＝1"],
    ["a=1", "a=1"],
    ["a; b, -1", '"a; b, -1"'],
    [`["daily","--json"]`, `"[""daily"",""--json""]"`],
  ] as const)("a spreadsheet does not run %j", async ([text, cell]) => {
    expect(csvLine([text, 1])).toBe(`${cell},1\r\n`);
    expect(csvLine([text], { raw: true })).not.toContain("'");
  });

  test.for([",", ";", "\t"])("a spreadsheet that splits at %j runs no text", (separator) => {
    const signs = fc.constantFrom(..."=+-@", ..."=+-@", ..."＝＋－＠", ...`;,\t\r\n" a1'`);
    const text = fc.array(signs, { maxLength: 8 }).map((all) => all.join(""));
    const records = fc.array(fc.tuple(text, text, fc.constant(-1), text), { maxLength: 3 });
    const isRun = (cell: string): boolean => /^["\s]*[=+\-@＝＋－＠]/.test(cell) && cell !== "-1";
    fc.assert(
      fc.property(records, (lines) => {
        const cells = cellsOf(lines.map((line) => csvLine(line)).join(""), separator);
        expect(cells.filter(isRun)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
    expect(cellsOf(csvLine(["x", "a;=1;\t=2;"], { raw: true }), separator).some(isRun)).toBe(
      separator !== ",",
    );
  });

  test("projects begin with a dash, and get the apostrophe unless --raw is given", async () => {
    const home = await homeWithBooks();
    expect(await exported(home, "project_usage")).toContain(",'-home-dev-app,claude,");
    expect(await exported(home, "project_usage", "--raw")).toContain(",-home-dev-app,claude,");
  });

  test("a folder named after a formula is text in an export and in a report", async () => {
    const home = newHome();
    const cwd = "/home/dev/x;=1+1";
    say(home.claude, "-home-dev-x--1-1", "one", { id: "a", at: "2026-11-02T10:00:00Z", cwd });
    await home.fetch();
    expect(await exported(home, "project")).toContain(`,"/home/dev/x;'=1+1","x;'=1+1"`);
    const { stdout } = await home.run(["stats", "projects", "--format", "csv"]);
    expect(stdout).toMatch(/^"x;'=1\+1",.*,"\/home\/dev\/x;'=1\+1",'-home-dev-x--1-1$/m);
  });

  test("a number below zero stays a number", async () => {
    const home = newHome();
    say(home.claude, "-app", "one", {
      id: "a",
      at: "2026-11-02T10:00:00Z",
      cacheCreation: 1_000_000,
    });
    await home.fetch();
    expect(await exported(home, "cache_savings")).toMatch(/,0\.75,-0\.75\r\n$/);
  });

  test("what is unknown is an empty cell, and a list is JSON", async () => {
    const home = newHome();
    say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z", model: UNPRICED });
    await home.fetch();
    const [, line] = (await exported(home, "daily_usage")).split("\r\n");
    expect(line).toMatch(
      /^2026-11-02,claude,test-machine,10,100,0,0,110,,110,"\[""claude-unheard-of-9""\]",/,
    );
  });

  test("only --bom puts the mark in front by which Excel knows UTF-8", async () => {
    const home = await homeWithBooks();
    await home.run(["export", "daily_cost", "--out", "plain.csv"]);
    await home.run(["export", "daily_cost", "--out", "marked.csv", "--bom"]);
    const [plain, marked] = ["plain.csv", "marked.csv"].map((name) =>
      readFileSync(join(home.folder, name)),
    );
    expect(plain?.toString("latin1")).toMatch(/^date,/);
    expect(marked).toEqual(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), plain ?? Buffer.of()]));
  });

  test("nothing in a file can steer a terminal that it is looked at in later, unless --raw asks for it", async () => {
    const home = await homeWithBooks();
    const path = "x\u001B[2Jy\u009B2Jz\u202Ew\u0007\ttab";
    write(home, "INSERT INTO project (slug, path, name) VALUES ('evil', ?, 'evil')", path);
    expect(await exported(home, "project")).toContain('evil,"x·[2Jy·2Jz·w·\ttab",evil');
    expect(await exported(home, "project", "--raw")).toContain(path);
  });

  test.skipIf(!hasTerminal)("nothing in the books can steer a terminal", async () => {
    const home = await homeWithBooks();
    write(
      home,
      "INSERT INTO project (slug, path, name) VALUES ('evil', 'x\u001B[2Jy\u009B2Jz\u202Ew', 'é')",
    );
    const { stdout } = await execa(
      "script",
      ["-qec", `"${process.execPath}" "${program}" export project`, "/dev/null"],
      { env: { ...home.env, TERM: "xterm-256color" }, extendEnv: false, stdin: "ignore" },
    );
    expect(stdout).toContain("evil,x·[2Jy·2Jz·w");
    expect(stdout).toContain("é");
    expect(stdout.replaceAll(/\r?\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe("JSON", () => {
  test("json is one array of objects, with real numbers, nulls and lists", async () => {
    const home = await homeWithBooks();
    const rows: Record<string, unknown>[] = JSON.parse(
      await exported(home, "daily_usage", "--format", "json"),
    );
    const stored = home.query<Record<string, unknown>>("SELECT * FROM daily_usage ORDER BY date");
    expect(rows).toEqual(
      stored.map((row) => ({ ...row, models_used: JSON.parse(String(row["models_used"])) })),
    );
    expect(rows[1]?.["models_used"]).toHaveLength(2);
  });

  test("ndjson is the same, an object a line", async () => {
    const home = await homeWithBooks();
    for (const table of ["daily_usage", "machine", "import_run", "model_cost"]) {
      const lines = (await exported(home, table, "--format", "ndjson")).split("\n");
      expect(lines.pop()).toBe("");
      expect(lines.map((line) => JSON.parse(line))).toEqual(
        JSON.parse(await exported(home, table, "--format", "json")),
      );
    }
  });

  test("a table without rows is an empty array, no lines, or a header", async () => {
    const home = newHome();
    await home.fetch();
    expect(await exported(home, "kept_usage", "--format", "json")).toBe("[]\n");
    expect(await exported(home, "kept_usage", "--format", "ndjson")).toBe("");
    expect(await exported(home, "project")).toBe("slug,path,name\r\n");
  });

  test("characters that nobody sees are escaped and not lost", async () => {
    const home = await homeWithBooks();
    const name = "x\u001B[2J\u009B\u202E\u2028\u{E0041}🎉";
    write(home, "INSERT INTO project (slug, path, name) VALUES ('odd', NULL, ?)", name);
    const text = await exported(home, "project", "--format", "ndjson");
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
    const rows = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toContainEqual({ slug: "odd", path: null, name });
  });
});

describe("Parquet", () => {
  /** Books in which every table and view has rows. */
  let home: Home;
  beforeAll(async () => {
    home = newHome({ after: afterAll });
    writeTranscripts(home.claude, {
      ...shapes.demo,
      days: 12,
      seed: 5,
      until: new Date("2026-11-06T12:00:00Z"),
    });
    say(home.claude, "-app", "gone", { id: "gone", at: "2026-11-01T10:00:00Z", cacheRead: 5000 });
    say(home.claude, "-app", "odd", { id: "odd", at: "2026-11-01T10:00:00Z", model: UNPRICED });
    await home.fetch();
    sweep(home.claude, "-app", "gone");
    say(home.claude, "-app", "odd", { id: "late", at: "2026-11-01T11:00:00Z" });
    await home.fetch();
    await home.run(["fetch", "--ccusage", "/nowhere"]);
    await home.run(["budget", "set", "day", "--amount", "10"]);
    const at = "'2026-11-05T12:00:00.000Z'";
    write(
      home,
      `INSERT INTO budget_event VALUES ('day', '2026-11-05', 'over', 10, 11.25, 3, ${at})`,
    );
    write(
      home,
      `INSERT INTO budget_delivery VALUES ('day', '2026-11-05', 'over', 10, 'me', 1, ${at}, ${at}, NULL)`,
    );
    write(
      home,
      `INSERT INTO plan_limit
       SELECT id, 'five_hour', ${at}, '2026-11-05', 42.5, ${at} FROM machine`,
    );
    for (const statement of [billRows, recordedRows].join(";").split(";")) write(home, statement);
  });

  const tables = [
    ...["daily_usage", "model_breakdown", "project_usage", "usage_cell", "session_usage"],
    ...["project", "machine", "revision", "import_run"],
    ...["budget", "budget_event", "budget_delivery", "plan_limit"],
    ...["api_usage", "api_usage_day", "api_cost", "claude_code_usage", "claude_code_model_usage"],
    ...["api_key", "workspace"],
  ];

  const views = readdirSync(join(root, "sql", "views")).map((file) => file.replace(".sql", ""));

  async function parquet(name: string, ...args: string[]): Promise<string> {
    const path = join(mkdtempSync(join(home.folder, "parquet-")), `${name}.parquet`);
    const { exitCode, stderr } = await home.run(["export", name, "--out", path, ...args]);
    expect(exitCode, stderr).toBe(0);
    return path;
  }

  test.for([...tables, ...views])(
    "DuckDB reads %s back to the last digit, each column in a type that its values fit",
    async (name) => {
      const file = quoted(await parquet(name));
      const { names, types, rows } = await duckdb(`FROM ${file}`);
      const stored = home.query<Record<string, string | number | null>>(`SELECT * FROM ${name}`);
      expect(stored.length).toBeGreaterThan(0);
      expect(names).toEqual(Object.keys(stored[0] ?? {}));

      const byText = (a: unknown, b: unknown): number =>
        JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
      const read = rows.map((row) => row.map((value, index) => plain(value, types[index] ?? "")));
      const written = stored.map((row) =>
        names.map((column, index) => plain(row[column] ?? null, `SQLite ${types[index]}`)),
      );
      expect(read.toSorted(byText)).toEqual(written.toSorted(byText));

      for (const [index, column] of names.entries()) {
        const values = stored.map((row) => row[column] ?? null).filter((value) => value !== null);
        expect(
          values.every((value) => suits(value, types[index] ?? "", column)),
          column,
        ).toBe(true);
      }

      const required = await duckdb(
        `SELECT name FROM parquet_schema(${file}) WHERE repetition_type = 'REQUIRED' AND name <> 'element'`,
      );
      const neverEmpty = home.query<{ name: string }>(
        `SELECT name FROM pragma_table_info('${name}') WHERE "notnull"`,
      );
      expect(required.rows.flat()).toEqual(neverEmpty.map((column) => column.name));
    },
  );

  /** The same value the same way, whichever of the two programs it comes from. */
  function plain(value: unknown, type: string): unknown {
    if (value === null) return null;
    if (type === "BIGINT" || type.endsWith("DOUBLE")) return Number(value);
    if (type.endsWith("TIME ZONE")) return Date.parse(String(value).replace(/\+00$/, "Z"));
    return type === "SQLite VARCHAR[]" ? JSON.parse(String(value)) : value;
  }

  /** Whether no better type is known for a value than the one its column has. */
  function suits(value: string | number, type: string, column: string): boolean {
    if (typeof value === "number") {
      return type === "DOUBLE" || (type === "BIGINT" && Number.isInteger(value));
    }
    if (
      /^\d{4}-\d\d-\d\d$/.test(value) &&
      !["subject", "valid_from", "valid_until"].includes(column)
    )
      return type === "DATE";
    if (/^\d{4}-\d\d-\d\dT.*Z$/.test(value)) return type === "TIMESTAMP WITH TIME ZONE";
    if (column === "models_used" || column === "log_folders") return type === "VARCHAR[]";
    return type === "VARCHAR";
  }

  test("tokens are whole numbers, costs are not, dates are dates and lists lists", async () => {
    const { names, types } = await duckdb(`FROM ${quoted(await parquet("session_usage"))}`);
    expect(Object.fromEntries(names.map((name, index) => [name, types[index]]))).toEqual({
      session_id: "VARCHAR",
      project_path: "VARCHAR",
      agent: "VARCHAR",
      machine: "VARCHAR",
      input_tokens: "BIGINT",
      output_tokens: "BIGINT",
      cache_creation_tokens: "BIGINT",
      cache_read_tokens: "BIGINT",
      total_tokens: "BIGINT",
      total_cost: "DOUBLE",
      unpriced_tokens: "BIGINT",
      first_activity: "DATE",
      last_activity: "DATE",
      first_activity_at: "TIMESTAMP WITH TIME ZONE",
      last_activity_at: "TIMESTAMP WITH TIME ZONE",
      models_used: "VARCHAR[]",
      fetched_at: "TIMESTAMP WITH TIME ZONE",
    });
  });

  test("a table without rows keeps its columns", async () => {
    const none = await parquet("daily_usage", "--until", "2000-01-01");
    const { names, rows } = await duckdb(`FROM ${quoted(none)}`);
    expect(names).toContain("total_cost");
    expect(rows).toEqual([]);
  });

  test("many row groups and lists of every length come back in order", async () => {
    const folder = mkdtempSync(join(home.folder, "groups-"));
    const db = join(folder, "large.db");
    await makeLargeBooks(db, 25_000);
    const path = await parquet("daily_usage", "--db", db);
    const { rows } = await duckdb(
      `SELECT COUNT(*)::INT, SUM(total_tokens)::VARCHAR, COUNT(total_cost)::INT, SUM(len(models_used))::INT,
         MIN(date)::VARCHAR, MAX(date)::VARCHAR, COUNT(DISTINCT fetched_at)::INT
       FROM ${quoted(path)}`,
    );
    const books = new Database(db, { readonly: true });
    const row = books
      .prepare(
        `SELECT COUNT(*), CAST(SUM(total_tokens) AS TEXT), COUNT(total_cost),
           SUM(json_array_length(models_used)), MIN(date), MAX(date), COUNT(DISTINCT fetched_at)
         FROM daily_usage`,
      )
      .raw()
      .get();
    books.close();
    expect(rows).toEqual([row]);
    const groups = await duckdb(
      `SELECT COUNT(DISTINCT row_group_id)::INT FROM parquet_metadata(${quoted(path)})`,
    );
    expect(groups.rows).toEqual([[3]]);
  });

  test("it goes into a pipe when told so, and never onto a terminal by itself", async () => {
    const { stdout } = await execa(
      process.execPath,
      [program, "export", "daily_usage", "--format", "parquet", "--out", "-"],
      { env: home.env, extendEnv: false, encoding: "buffer" },
    );
    expect(Buffer.from(stdout).equals(readFileSync(await parquet("daily_usage")))).toBe(true);
    const refused = await home.run(["export", "daily_usage", "--format", "parquet"]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toBe("[error] Parquet is binary; write it to a file with --out.");
  });
});

describe("--partition", () => {
  const file = (month: string): string =>
    `lake/daily_usage/year=2026/month=${month}/daily_usage.parquet`;

  function filesIn(home: Home): string[] {
    return readdirSync(join(home.folder, "lake"), { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(home.folder, "lake", name)).isFile())
      .map((name) => join("lake", name))
      .toSorted();
  }

  async function lake(home: Home) {
    const { rows } = await duckdb(
      `SELECT year::INT, month::INT, SUM(total_tokens)::INT
       FROM read_parquet(${quoted(join(home.folder, "lake/**/*.parquet"))}, hive_partitioning = true)
       GROUP BY ALL ORDER BY ALL`,
    );
    return rows;
  }

  const partition = (home: Home, ...args: string[]) =>
    home.run(["export", "daily_usage", "--partition", "--out", "lake", ...args]);

  test("writes a file a month that DuckDB reads as one table", async () => {
    const home = await homeWithBooks();
    const { exitCode, stdout, stderr } = await partition(home);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toMatch(
      /^2 rows of daily_usage written to 2 files in .*daily_usage \(.* kB\)\.$/,
    );
    expect(filesIn(home)).toEqual([file("10"), file("11")]);
    expect(await lake(home)).toEqual([
      [2026, 10, 107],
      [2026, 11, 217],
    ]);
  });

  test("again replaces what it wrote and doubles nothing", async () => {
    const home = await homeWithLogs();
    await partition(home);
    say(home.claude, "-home-dev-app", "one", { id: "new", at: "2026-11-02T12:00:00Z", input: 5 });
    await home.fetch();
    await partition(home);
    expect(filesIn(home)).toEqual([file("10"), file("11")]);
    expect(await lake(home)).toEqual([
      [2026, 10, 107],
      [2026, 11, 322],
    ]);
  });

  test("removes its file of a month that the books no longer have, and nobody else's", async () => {
    const home = await homeWithBooks();
    await partition(home);
    writeFileSync(join(home.folder, dirname(file("11")), "notes.txt"), "mine");
    write(home, "DELETE FROM daily_usage WHERE date < '2026-11-01'");
    await partition(home);
    expect(filesIn(home)).toEqual([file("11"), join(dirname(file("11")), "notes.txt")]);
    expect(existsSync(join(home.folder, dirname(file("10"))))).toBe(false);
    write(home, "DELETE FROM daily_usage");
    await partition(home);
    expect(filesIn(home)).toEqual([join(dirname(file("11")), "notes.txt")]);
  });

  test("of some months leaves the others as they are", async () => {
    const home = await homeWithBooks();
    await partition(home);
    write(home, "UPDATE daily_usage SET total_tokens = 1");
    await partition(home, "--since", "2026-11-01");
    expect(await lake(home)).toEqual([
      [2026, 10, 107],
      [2026, 11, 1],
    ]);
    await partition(home, "--until", "2026-10-31");
    expect(await lake(home)).toEqual([
      [2026, 10, 1],
      [2026, 11, 1],
    ]);
  });

  test.for([
    ["--since", "2026-11-02"],
    ["--until", "2026-11-29"],
  ])("refuses %s %s, which would replace a month by a part of it", async (range) => {
    const home = await homeWithBooks();
    const { exitCode, stderr } = await partition(home, ...range);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      "[error] With --partition a file is a whole month: --since takes the first day of one, --until the last.",
    );
    expect(existsSync(join(home.folder, "lake"))).toBe(false);
  });

  test.for(["weekly_cost", "session_usage", "project"])(
    "refuses %s, which has no date",
    async (table) => {
      const home = await homeWithBooks();
      const ran = await home.run(["export", table, "--partition", "--out", "lake"]);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toBe(
        `[error] ${table} has no column date to make months of; leave out --partition.`,
      );
      expect(existsSync(join(home.folder, "lake"))).toBe(false);
    },
  );

  test("gives every view a folder of its own below the one asked for, whatever it is called", async () => {
    const home = await homeWithBooks();
    const names = [
      ...[
        "__proto__",
        "constructor",
        "",
        "%",
        "..",
        ".",
        "../../up",
        "/etc",
        "a/b",
        "a%2Fb",
        "a\\b",
      ],
      ...["CON", "con.txt", "nul ", "LPT1", "COM5.x", "a:b", "tab\there", " sp ", "end.", "é", "É"],
      ...["e\u0301", "x".repeat(5000), `${"x".repeat(5000)}y`, "my own view", "📚"],
    ];
    for (const name of names) {
      write(home, `CREATE VIEW "${name}" AS SELECT date, total_tokens FROM daily_usage`);
    }
    const around = readdirSync(home.folder);
    for (const name of names) {
      const ran = await home.run(["export", name, "--partition", "--out", "lake"]);
      expect(ran.exitCode, `${name}: ${ran.stderr}`).toBe(0);
    }
    expect(readdirSync(home.folder)).toEqual([...around, "lake"].toSorted());
    const folders = readdirSync(join(home.folder, "lake"));
    // A disk may take capitals for small letters.
    expect(new Set(folders.map((name) => name.toLowerCase())).size).toBe(names.length);
    for (const folder of folders) {
      expect(folder).toMatch(/^[\w%][\w %.~-]{0,119}$/);
      expect(folder).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)|[ .]$/i);
      const months = readdirSync(join(home.folder, "lake", folder, "year=2026"));
      expect(months, folder).toEqual(["month=10", "month=11"]);
    }
    expect(folders).toContain("my own view");
    expect(folders).toContain("a%2Fb");
    expect(folders).toContain("a%252Fb");
  });

  test.for([
    ["__proto__", "__proto__"],
    ["", ""],
    ["../../up", "../../up"],
    ["a/../..", "a/../.."],
    ["NUL", "NUL"],
    ["2026-13-01", "2026-13-01"],
    ["2026-11-02/../..", "2026-11-02/../.."],
    ["a\0b", "a·b"],
    ["x".repeat(5000), `${"x".repeat(60)}…`],
  ] as const)("makes no folder of %j, which is no date", async ([date, shown]) => {
    const home = await homeWithBooks();
    write(home, "CREATE TABLE dated (date)");
    write(home, "INSERT INTO dated VALUES (?)", date);
    write(home, "CREATE VIEW mine AS SELECT date FROM dated");
    const around = readdirSync(home.folder);
    const out = ["--out", "deep/lake", "--partition"];
    const { exitCode, stderr } = await home.run(["export", "mine", ...out]);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `[error] The column date holds "${shown}", which is not a day as YYYY-MM-DD; rename the column in your view, or export it as CSV.`,
    );
    expect(readdirSync(home.folder)).toEqual([...around, "deep"].toSorted());
    expect(readdirSync(join(home.folder, "deep"), { recursive: true })).toEqual(["lake"]);
  });

  test("rows without a date are kept apart from all months, and go with the last of them", async () => {
    const home = await homeWithBooks();
    write(home, "CREATE TABLE dated (date, n)");
    write(home, "INSERT INTO dated VALUES (NULL, 1), ('2026-11-02', 2), (NULL, 3)");
    write(home, "CREATE VIEW mine AS SELECT CAST(date AS TEXT) AS date, n FROM dated");
    const files = join(home.folder, "lake", "**", "*.parquet");
    const parts = async (...range: string[]): Promise<unknown[]> => {
      const ran = await home.run(["export", "mine", "--partition", "--out", "lake", ...range]);
      expect(ran.exitCode, ran.stderr).toBe(0);
      const { rows } = await duckdb(
        `SELECT year::INT, date::VARCHAR, COUNT(*)::INT
         FROM read_parquet(${quoted(files)}, hive_partitioning = true) GROUP BY ALL ORDER BY ALL`,
      );
      return rows;
    };
    const month = [2026, "2026-11-02", 1];
    expect(await parts()).toEqual([month, [null, null, 2]]);
    write(home, "DELETE FROM dated WHERE date IS NULL");
    expect(await parts("--since", "2026-11-01")).toEqual([month, [null, null, 2]]);
    expect(await parts()).toEqual([month]);
  });

  test.skipIf(process.platform !== "linux")(
    "says at once when its folder cannot be made",
    async () => {
      const home = await homeWithBooks();
      const { exitCode, stderr } = await execa(
        process.execPath,
        [program, "export", "daily_usage", "--partition", "--out", "/proc/ccbooks/lake"],
        {
          ...{ env: home.env, extendEnv: false, reject: false },
          ...{ timeout: 30_000, killSignal: "SIGKILL" },
        },
      );
      expect(exitCode).toBe(1);
      expect(stderr).toContain("/proc/ccbooks/lake could not be written (ENOENT)");
    },
  );

  test("refuses a file in the place of its folder", async () => {
    const home = await homeWithBooks();
    writeFileSync(join(home.folder, "lake"), "mine");
    const { exitCode, stderr } = await partition(home);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/lake is a file; with --partition name a folder\.$/);
    expect(readFileSync(join(home.folder, "lake"), "utf8")).toBe("mine");
  });

  test.skipIf(isWindows)("that fails half way replaces nothing", async () => {
    const home = newHome();
    await makeLargeBooks(home.db, 20_000);
    expect(await partition(home)).toMatchObject({ exitCode: 0 });
    const before = filesIn(home).map((name) => readFileSync(join(home.folder, name)));
    write(home, "UPDATE daily_usage SET total_tokens = 0");
    // The first months stay small enough, the last one does not.
    write(
      home,
      `INSERT INTO daily_usage SELECT '2025-12-31', agent, machine || ' ' || date,
         ${["input", "output", "cache_creation", "cache_read", "total"].map(() => "random() % 1e9").join(", ")},
         total_cost, unpriced_tokens, models_used, fetched_at
       FROM daily_usage`,
    );
    const { status, stderr } = spawnSync(
      "sh",
      [
        ...["-c", 'ulimit -f 100; exec "$@"', "sh", process.execPath, program],
        ...["export", "daily_usage", "--partition", "--out", "lake"],
      ],
      { cwd: home.folder, env: home.env, encoding: "utf8" },
    );
    expect(stderr).toMatch(/lake\/daily_usage could not be written .*no export was made/);
    expect(status).toBe(1);
    expect(filesIn(home).map((name) => readFileSync(join(home.folder, name)))).toEqual(before);
  });
});

describe("a file", () => {
  test("is named in the sentence that says it is done, unless --quiet", async () => {
    const home = await homeWithBooks();
    const path = join(home.folder, "d.csv");
    const said = await home.run(["export", "daily_usage", "--out", "d.csv"]);
    expect(said).toMatchObject({ exitCode: 0, stdout: "" });
    expect(said.stderr).toMatch(/^2 rows of daily_usage written to .*d\.csv \(\d+ bytes\)\.$/);
    expect(said.stderr).toContain(path);
    expect(await home.run(["export", "daily_usage", "--out", "~/q.csv", "--quiet"])).toMatchObject({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    expect(readFileSync(join(home.folder, "q.csv"))).toEqual(readFileSync(path));
  });

  test.for<[name: string, start: string]>([
    ["d.csv", "date,"],
    ["d.JSON", "[\n{"],
    ["d.ndjson", '{"date"'],
    ["d.jsonl", '{"date"'],
    ["d.parquet", "PAR1"],
    ["d.txt", "date,"],
  ])("called %s begins with %j", async ([name, start]) => {
    const home = await homeWithBooks();
    await home.run(["export", "daily_cost", "--out", name]);
    expect(readFileSync(join(home.folder, name), "latin1").slice(0, start.length)).toBe(start);
    await home.run(["export", "daily_cost", "--out", name, "--format", "csv"]);
    expect(readFileSync(join(home.folder, name), "latin1")).toMatch(/^date,/);
  });

  test.skipIf(isWindows)(
    "is its owner's alone, and keeps the mode of one it replaces",
    async () => {
      const home = await homeWithBooks();
      const path = join(home.folder, "d.csv");
      const mode = () => (statSync(path).mode & 0o777).toString(8);
      const before = process.umask(0);
      try {
        await home.run(["export", "daily_usage", "--out", path]);
        expect(mode()).toBe("600");
        chmodSync(path, 0o644);
        await home.run(["export", "daily_usage", "--out", path]);
        expect(mode()).toBe("644");
        await home.run(["export", "daily_usage", "--partition", "--out", "lake"]);
      } finally {
        process.umask(before);
      }
      const folder = join(home.folder, "lake", "daily_usage", "year=2026", "month=11");
      expect((statSync(folder).mode & 0o777).toString(8)).toBe("700");
      expect((statSync(join(folder, "daily_usage.parquet")).mode & 0o777).toString(8)).toBe("600");
    },
  );

  test("that is there is replaced, also where a link leads", async () => {
    const home = await homeWithBooks();
    mkdirSync(join(home.folder, "far"));
    const far = join(home.folder, "far", "d.csv");
    writeFileSync(far, "old".repeat(100_000));
    symlinkSync(far, join(home.folder, "near.csv"));
    expect(await home.run(["export", "daily_cost", "--out", "near.csv"])).toMatchObject({
      exitCode: 0,
    });
    expect(readFileSync(far, "utf8")).toBe(await exported(home, "daily_cost"));
    expect(readdirSync(join(home.folder, "far"))).toEqual(["d.csv"]);
  });

  const refusals: { says: string; out: string; sentence: string; prepare?(home: Home): void }[] = [
    {
      says: "the books",
      out: "data/usage.db",
      sentence: "usage.db is the books themselves; name another file for the export.",
    },
    {
      says: "the books by another name",
      out: "same.csv",
      sentence: "same.csv is the books themselves; name another file for the export.",
      prepare: (home) => linkSync(home.db, join(home.folder, "same.csv")),
    },
    {
      says: "a folder",
      out: "claude",
      sentence: "claude is a folder; name a file in it, or add --partition",
    },
    { says: "a file in no folder", out: "nowhere/x.csv", sentence: "There is no folder" },
    ...(isWindows
      ? []
      : [
          {
            says: "a device",
            out: "/dev/null",
            sentence: "/dev/null is not a plain file; leave --out away",
          },
        ]),
  ];

  test.for(refusals)("is never written over or into $says", async ({ out, sentence, prepare }) => {
    const home = await homeWithBooks();
    prepare?.(home);
    const [books, names] = [readFileSync(home.db), readdirSync(home.folder)];
    const { exitCode, stdout, stderr } = await home.run(["export", "daily_usage", "--out", out]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(readFileSync(home.db).equals(books)).toBe(true);
    expect(readdirSync(home.folder)).toEqual(names);
  });

  // A limit on the size of files fails in the middle of writing, as a full disk does.
  test.skipIf(isWindows).for(["csv", "json", "ndjson", "parquet"])(
    "of %s that cannot be finished leaves the last one as it was",
    async (format) => {
      const home = newHome();
      await makeLargeBooks(home.db, 20_000);
      const path = join(home.folder, `d.${format}`);
      writeFileSync(path, "the last one");
      const names = readdirSync(home.folder);
      const { status, stderr } = spawnSync(
        "sh",
        [
          ...["-c", 'ulimit -f 100; exec "$@"', "sh", process.execPath, program],
          ...["export", "daily_usage", "--out", path],
        ],
        { cwd: home.folder, env: home.env, encoding: "utf8" },
      );
      expect(stderr).toMatch(
        /^\[error\] .* could not be written .*, and no export was made; check/,
      );
      expect(status).toBe(1);
      expect(readFileSync(path, "utf8")).toBe("the last one");
      expect(readdirSync(home.folder)).toEqual(names);
    },
  );

  test("of an export that is killed is the last one, whole", async () => {
    const home = newHome();
    await makeLargeBooks(home.db, 50_000);
    const path = join(home.folder, "out", "d.csv");
    mkdirSync(dirname(path));
    writeFileSync(path, "the last one");
    const child = spawn(process.execPath, [program, "export", "daily_usage", "--out", path], {
      env: home.env,
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    await expect.poll(() => readdirSync(dirname(path)).length, { interval: 2 }).toBe(2);
    child.kill("SIGKILL");
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(readFileSync(path, "utf8")).toBe("the last one");
  });
});

describe("standard output", () => {
  test("`--out -` is the same as no --out", async () => {
    const home = await homeWithBooks();
    expect(await exported(home, "daily_usage", "--out", "-")).toBe(
      await exported(home, "daily_usage"),
    );
  });

  test.skipIf(isWindows).for(["csv", "json", "ndjson"])(
    "a reader of %s that has seen enough is no error",
    async (format) => {
      const home = newHome();
      await makeLargeBooks(home.db, 20_000);
      const { stdout, stderr } = await execa(
        "sh",
        [
          ...["-c", `{ "$0" "$@"; echo "ended with $?" >&2; } | head -n 1`],
          ...[process.execPath, program, "export", "daily_usage", "--format", format],
        ],
        { env: home.env, extendEnv: false },
      );
      expect(stdout.split("\n")).toHaveLength(1);
      expect(stderr).toBe("ended with 0");
    },
  );

  test("a reader that pauses keeps no fetch waiting, and gets all of one moment", async () => {
    const home = newHome();
    await makeLargeBooks(home.db, 20_000);
    const whole = await exported(home, "daily_usage");
    const temporary = mkdtempSync(join(home.folder, "tmp-"));
    const child = spawn(process.execPath, [program, "export", "daily_usage"], {
      env: { ...home.env, TMPDIR: temporary, TEMP: temporary },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.setEncoding("utf8");
    const [first] = await once(child.stdout, "data");
    child.stdout.pause();
    const books = new Database(home.db, { timeout: 20_000 });
    books.exec("DELETE FROM daily_usage");
    books.close();
    const pieces: string[] = [first];
    for await (const piece of child.stdout) pieces.push(piece);
    expect(pieces.join("") === whole).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
    expect(home.query("SELECT COUNT(*) AS days FROM daily_usage")).toEqual([{ days: 0 }]);
  });
});

describe("what is exported", () => {
  test("--since and --until choose days, and sessions by their last activity", async () => {
    const home = await homeWithBooks();
    const subjects = async (table: string, column: string, ...range: string[]) => {
      const rows: Record<string, unknown>[] = JSON.parse(
        await exported(home, table, "--format", "json", ...range),
      );
      return rows.map((row) => row[column]);
    };
    expect(await subjects("daily_usage", "date", "--since", "2026-11-01")).toEqual(["2026-11-02"]);
    expect(await subjects("daily_cost", "date", "--until", "2026-11-01")).toEqual(["2026-10-31"]);
    expect(
      await subjects("cumulative_cost", "date", "--since", "2026-10-31", "--until", "2026-11-02"),
    ).toEqual(["2026-10-31", "2026-11-02"]);
    const sessions = ["session_usage", "session_id"] as const;
    expect(await subjects(...sessions, "--until", "2026-11-01")).toEqual([]);
    expect(await subjects(...sessions, "--since", "2026-11-02")).toEqual(["one", "two"]);
  });

  test.for([
    ["call_usage", "--project", "-APP", "project_path = '-app'"],
    ["call_usage", "--branch", "main", "branch = 'main'"],
    ["usage_cell", "--model", "OPUS", "model_name LIKE '%opus%'"],
    ["session_day_usage", "--session", "one-12345", "session_id = 'one-12345'"],
    ["daily_usage", "--agent", "claude", "agent = 'claude'"],
    ["model_breakdown", "--model", "none-such", "0"],
  ] as const)("%s is limited by %s %s as in stats", async ([table, flag, name, condition]) => {
    const home = newHome();
    const at = "2026-11-02T10:00:00Z";
    say(home.claude, "-app", "one-12345", {
      id: "a",
      at,
      model: "claude-opus-4-8",
      output: 10,
      line: { gitBranch: "main" },
    });
    say(home.claude, "-app", "one-67890", {
      id: "b",
      at,
      model: "claude-sonnet-4-6",
      output: 20,
      line: { gitBranch: "pay" },
    });
    say(home.claude, "-web", "two-1", {
      id: "c",
      at,
      model: "claude-sonnet-4-6",
      output: 30,
      line: { gitBranch: "main" },
    });
    await home.fetch();
    const rows = JSON.parse(await exported(home, table, "--format", "json", flag, name));
    const outputs: unknown[] = rows.map((row: { output_tokens: number }) => row.output_tokens);
    const wanted = home.query<{ output_tokens: number }>(
      `SELECT output_tokens FROM ${table} WHERE ${condition}`,
    );
    expect(outputs.toSorted()).toEqual(wanted.map((row) => row.output_tokens).toSorted());
  });

  test("a view of the user's own can be exported like any other", async () => {
    const home = await homeWithBooks();
    write(
      home,
      `CREATE VIEW "my ""own"" view" AS
       SELECT date, total_tokens, total_cost * 0.9 AS euro_cost, '=x' AS note FROM daily_usage`,
    );
    expect(await exported(home, 'my "own" view')).toBe(
      "date,total_tokens,euro_cost,note\r\n2026-10-31,107,0.0013689,'=x\r\n2026-11-02,217,0.0013689,'=x\r\n",
    );
    await home.run(["export", 'my "own" view', "--out", "v.parquet"]);
    const { types, rows } = await duckdb(`FROM ${quoted(join(home.folder, "v.parquet"))}`);
    expect(types).toEqual(["DATE", "BIGINT", "DOUBLE", "VARCHAR"]);
    expect(rows).toHaveLength(2);
  });

  test.for([
    ["'soon' AS date", 'The column date holds "soon", which is not a day as YYYY-MM-DD'],
    ["'soon' AS read_at", 'The column read_at holds "soon", which is not an instant'],
    ["1.5 AS mean_tokens", 'The column mean_tokens holds "1.5", which is not a whole number'],
    ["'free' AS cost", 'The column cost holds "free", which is not a number'],
    ["'none' AS models_used", 'The column models_used holds "none", which is not a JSON array'],
    ["'[1]' AS models_used", 'The column models_used holds "[1]", which is not a list of texts'],
  ] as const)(
    "a view of the user's own with %s is no Parquet, in a sentence",
    async ([column, sentence]) => {
      const home = await homeWithBooks();
      write(home, `CREATE VIEW odd AS SELECT ${column} FROM daily_usage`);
      const names = readdirSync(home.folder);
      const { exitCode, stderr } = await home.run(["export", "odd", "--out", "odd.parquet"]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(sentence);
      expect(stderr).toMatch(/; rename the column in your view, or export it as CSV\.$/);
      expect(readdirSync(home.folder)).toEqual(names);
      expect(await exported(home, "odd")).toMatch(/^\w+\r\n/);
    },
  );

  test.for([
    ["SELECT * FROM gone", "no such table: main.gone"],
    ["SELECT no_such_function(1) AS x", "no such function: no_such_function"],
    ["SELECT json('x') AS x FROM daily_usage", "malformed JSON"],
  ])("a view of the user's own that is %j is named, and nothing is written", async ([sql, why]) => {
    const home = await homeWithBooks();
    write(home, `CREATE VIEW mine AS ${sql}`);
    const names = readdirSync(home.folder);
    for (const out of [[], ["--out", "mine.csv"], ["--out", "mine.parquet"]]) {
      expect(await home.run(["export", "mine", ...out])).toMatchObject({
        exitCode: 1,
        stderr: `[error] The view mine cannot be read (${why}); correct it, or drop it from the books.`,
      });
    }
    expect(readdirSync(home.folder)).toEqual(names);
    expect(await exported(home, "daily_cost")).toContain("2026-11-02");
  });

  test("a column of the user's own may be declared as anything", async () => {
    const home = await homeWithBooks();
    write(home, "CREATE TABLE odd (a constructor, b __proto__, toString, __proto__ TEXT)");
    write(home, "INSERT INTO odd VALUES ('x', 'y', 'z', 'w')");
    write(home, "CREATE VIEW mine AS SELECT * FROM odd");
    expect((await home.run(["export", "mine", "--out", "v.parquet"])).stderr).toContain("1 row");
    const { rows } = await duckdb(`FROM ${quoted(join(home.folder, "v.parquet"))}`);
    expect(rows).toEqual([["x", "y", "z", "w"]]);
    expect(await exported(home, "mine", "--format", "ndjson")).toBe(
      '{"a":"x","b":"y","toString":"z","__proto__":"w"}\n',
    );
  });

  test("what the reference lists can be exported, and nothing else", async () => {
    const home = await homeWithBooks();
    const reference = readFileSync(join(root, "docs", "reference.md"), "utf8");
    const [, section = ""] = reference.split(/^## Tables and views$/m);
    const [chapter = ""] = section.split(/^## /m);
    const listed = [...chapter.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    const { stderr } = await home.run(["export", "sqlite_master"]);
    const offered = stderr.match(/there are (.*)\.$/)?.[1]?.split(", ") ?? [];
    expect(listed.toSorted()).toEqual(offered.toSorted());
    const views = home.query<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'view'",
    );
    expect(offered).toEqual(expect.arrayContaining(views.map(({ name }) => name)));
  });

  test.for<[typed: string[], says: string]>([
    [
      ["dayly_usage"],
      'There is no table or view "dayly_usage" to export; did you mean daily_usage?',
    ],
    [["weekly"], 'There is no table or view "weekly" to export; did you mean weekly_cost?'],
    [["transcript"], 'There is no table or view "transcript" to export; there are '],
    [["sqlite_master"], 'There is no table or view "sqlite_master" to export; there are '],
    [["daily_usage", "--format", "xls"], '--format takes csv, json, ndjson or parquet, not "xls".'],
    [
      ["daily_usage", "--format", "json", "--bom"],
      "--bom is for CSV, and this is json; leave it out.",
    ],
    [
      ["daily_usage", "--raw", "--out", "x.parquet"],
      "--raw is for CSV, and this is parquet; leave it out.",
    ],
    [
      ["daily_usage", "--partition", "--format", "csv", "--out", "x"],
      "--partition is for Parquet, and this is csv; leave one of them out.",
    ],
    [["daily_usage", "--partition"], "--partition writes a folder; name it with --out."],
    [
      ["project", "--since", "2026-11-01"],
      "project has no dates to choose by; leave out --since and --until.",
    ],
    [
      ["machine", "--since", "2026-11-01"],
      "machine has no dates to choose by; leave out --since and --until.",
    ],
    [
      ["daily_usage", "--project", "app"],
      "daily_usage has no column to choose by project; leave out --project.",
    ],
    [
      ["usage_cell", "--partition", "--out", "x", "--model", "opus"],
      "With --partition a file is all of a month; leave out what it is limited to.",
    ],
    [
      ["daily_usage", "--days", "7", "--since", "2026-11-02"],
      "--days and --since both say where to begin; give one of them.",
    ],
    [
      ["daily_usage", "--since", "2026-11-02", "--until", "2026-11-01"],
      "--since 2026-11-02 is after --until 2026-11-01; swap them.",
    ],
    [
      ["daily_usage", "--until", "2026-02-30"],
      '--until takes a day such as 2026-11-20, yesterday or 7d, not "2026-02-30".',
    ],
    [[], "Missing argument: table. `ccbooks export --help` shows what it takes."],
  ])("%j is wrong usage and says what is right", async ([typed, says]) => {
    const home = await homeWithBooks();
    const names = readdirSync(home.folder);
    const { exitCode, stdout, stderr } = await home.run(["export", ...typed]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(`[error] ${says}`);
    expect(readdirSync(home.folder)).toEqual(names);
  });

  test("without books there is nothing to export, and nothing is made", async () => {
    const home = newHome();
    const { exitCode, stderr } = await home.run(["export", "daily_usage", "--out", "x.csv"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`);
    expect(existsSync(join(home.folder, "x.csv"))).toBe(false);
    expect(existsSync(dirname(home.db))).toBe(false);
  });
});

// A million with CCBOOKS_EXPORT_ROWS=1000000. V8 is told to collect its garbage early, so that what it
// takes is what is needed: holding all rows would take 100 MB more of so many.
const ROWS = Number(process.env["CCBOOKS_EXPORT_ROWS"] ?? 100_000);

describe(`${ROWS} rows`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ccbooks-large-"));
    await makeLargeBooks(join(folder, "few.db"), ROWS / 4);
    await makeLargeBooks(join(folder, "many.db"), ROWS);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The most memory that an export took, in kB, and how long it took, in seconds. */
  async function measure(
    books: string,
    format: string,
  ): Promise<{ peak: number; seconds: number }> {
    const peak = join(folder, "peak");
    const start = performance.now();
    await execa(
      process.execPath,
      [
        ...["--max-semi-space-size=1", "--import"],
        ...[pathToFileURL(join(root, "test", "support", "peak.mjs")).href, program],
        ...["export", "daily_usage", "--quiet", "--db", join(folder, books)],
        ...["--out", join(folder, `out.${format}`)],
      ],
      { env: { CCBOOKS_TEST_PEAK: peak } },
    );
    const seconds = (performance.now() - start) / 1000;
    return { peak: Number(readFileSync(peak, "utf8")), seconds };
  }

  /** How many rows a file holds: one a line, between a header or brackets. */
  async function rowsIn(path: string): Promise<number> {
    if (path.endsWith(".parquet")) {
      const { rows } = await duckdb(`SELECT COUNT(*)::INT FROM ${quoted(path)}`);
      return Number(rows[0]?.[0]);
    }
    let lines = 0;
    for await (const piece of createReadStream(path)) {
      for (const byte of piece) if (byte === 10) lines += 1;
    }
    return lines - ({ csv: 1, json: 2 }[path.split(".").pop() ?? ""] ?? 0);
  }

  test.for(["csv", "json", "ndjson", "parquet"])(
    "take no more memory as %s than a quarter of them",
    // When V8 collects garbage is chance: what is really held is held in every try.
    { retry: 2 },
    async (format) => {
      const few = await measure("few.db", format);
      const many = await measure("many.db", format);
      if (process.env["CCBOOKS_EXPORT_ROWS"]) {
        const size = statSync(join(folder, `out.${format}`)).size;
        process.stdout.write(
          `${format}: ${many.seconds.toFixed(1)} s, ${(many.peak / 1024).toFixed(0)} MiB (of a quarter ${(few.peak / 1024).toFixed(0)} MiB), ${(size / 1e6).toFixed(0)} MB\n`,
        );
      }
      expect(many.peak - few.peak).toBeLessThan(50 * 1024);
      expect(await rowsIn(join(folder, `out.${format}`))).toBe(ROWS);
    },
  );
});
