import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import Database from "better-sqlite3";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { addDays } from "../src/dates.ts";
import { withBooks, type Books } from "../src/ledger/open.ts";
import { style } from "../src/page/style.ts";
import { page as draw } from "../src/page/page.ts";
import { readPageData } from "../src/readers/page.ts";
import { ALL, type Selection } from "../src/readers/selection.ts";
import { readSummary } from "../src/readers/summary.ts";
import { longSummary } from "../src/terminal/long-summary.ts";
import { fetchAt } from "./support/clock.ts";
import { billRows } from "./support/bill-rows.ts";
import { newHome, type Home } from "./support/home.ts";
import { say, transcriptPath } from "./support/transcripts.ts";
import { sumUp, TOKENS, writeSessions, writeUsage, type UsageCell } from "./support/usage.ts";

const OPUS = "claude-opus-4-8";
const SONNET = "claude-sonnet-4-6";
const UNPRICED = "claude-unheard-of-9";

const FILE = "ccbooks-report.html";

const today = new Date().toISOString().slice(0, 10);

/** Books of three weeks for every test that only looks at them. */
const shared = newHome({ after: afterAll });

beforeAll(() => withBooks(shared.db, writeMarch));

async function homeWith(write: (books: Books) => void): Promise<Home> {
  const home = newHome();
  await withBooks(home.db, write);
  return home;
}

/** Runs `ccbooks report` and gives the page. */
async function report(home: Home, ...flags: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await home.run(["report", ...flags]);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: "" });
  return readFileSync(join(home.folder, FILE), "utf8");
}

/**
 * Three weeks from Monday, 3 March 2025: opus on every day but the 8th, sonnet on the first ten, one day
 * of a model without a price, and a day that has nothing else. Two projects on two machines.
 */
const march: UsageCell[] = [
  ...[3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21].map((day) => ({
    date: march2025(day),
    model: OPUS,
    project: "-home-dev-app",
    cost: day,
  })),
  ...[3, 4, 5, 6, 7, 9, 10, 11, 12, 13].map((day) => ({
    date: march2025(day),
    model: SONNET,
    project: "-home-dev-web",
    machine: "lap",
    cost: 2.5,
  })),
  { date: march2025(4), model: UNPRICED, project: "-home-dev-web", cost: null },
  { date: march2025(22), model: UNPRICED, project: "-home-dev-web", cost: null },
  { date: march2025(23), model: OPUS, project: "-home-dev-app", cost: 1 },
];

function march2025(day: number): string {
  return `2025-03-${String(day).padStart(2, "0")}`;
}

function writeMarch(books: Books): void {
  writeUsage(books, march);
  books.exec(
    `INSERT INTO project (slug, path, name) VALUES ('-home-dev-app', '/home/dev/app', 'app')`,
  );
  writeSessions(books, [
    { session: "5e5510a0-one", project: "-home-dev-app", date: march2025(5), cost: 9 },
    { session: "5e5510b0-two", project: "-home-dev-web", date: march2025(6), cost: 7 },
    { session: "5e5510c0-three", project: "-home-dev-web", date: march2025(22), cost: null },
    {
      session: "5e5510d0-four",
      project: "-home-dev-web",
      date: march2025(4),
      cost: 3,
      machine: "lap",
    },
  ]);
}

test("the page says what the books say", async () => {
  const text = textOf(await report(shared));
  const [sum] = shared.query<{ cost: number; tokens: number }>(
    "SELECT SUM(total_cost) AS cost, SUM(total_tokens) AS tokens FROM daily_usage",
  );
  expect(sum).toEqual({ cost: 246, tokens: 31 * 11_110 });
  expect(text).toContain("2025-03-03 to 2025-03-23");
  expect(text).toContain("Costs are estimates at list price in US dollars, not a bill.");
  expect(text).toMatch(/Total cost ≥ \$246\.00 20 of 21 days with usage/);
  expect(text).toMatch(/A day ≥ \$11\.71 on average/);
  expect(text).toContain("Tokens 344K 344,410");
  // 10,000 of 11,010 tokens that went in.
  expect(text).toMatch(/Cache hit rate 90\.8%/);
  expect(text).toContain("22,220 tokens have no known price yet: ≥ means at least.");
  expect(text).toContain(
    "From 2025-03-03 to 2025-03-23 it came to at least $246.00, which is at least $11.71 a day over 21 days. The most expensive day was 2025-03-21 with $21.00.",
  );
  expect(text).toContain(
    "3 models used: claude-opus-4-8 $221.00 (89.8%), claude-sonnet-4-6 $25.00 (10.2%) and others.",
  );
  expect(text).toContain("Usage on 20 of 21 days.");
  expect(text).toContain(
    "app was the most expensive of 2 projects with $221.00, 89.8% of the whole.",
  );
  expect(text).toContain(
    "The most expensive of 4 sessions came to $9.00 in app, last active on 2025-03-05.",
  );
  expect(text).toContain("90.8% of what went in was read from the cache.");
  expect(text).toContain(
    "The most expensive week, from 2025-03-10, came to $101.00. On average a week came to at least $82.00.",
  );
  // Figures beside the pictures: a day, its cost and the total so far.
  expect(text).toContain("2025-03-03 $5.50 $5.50 1");
  expect(text).toContain("2025-03-04 ≥ $6.50 ≥ $12.00 1");
  expect(text).toContain("2025-03-08 $0.00 ≥ $37.50 0");
  expect(text).toContain("2025-03-22 unknown ≥ $245.00 1");
  expect(text).toContain("claude-unheard-of-9 unknown – 22,220");
  expect(text).toContain("app /home/dev/app $221.00 89.8%");
});

test("an average week is seven average days", async () => {
  const home = await homeWith((books) =>
    writeUsage(books, [
      { date: "2025-03-03", cost: 10 },
      { date: "2025-03-16", cost: 18 },
    ]),
  );
  expect(textOf(await report(home))).toContain("On average a week came to $14.00.");
});

test("what a mark stands for is said when it is pointed at", async () => {
  const page = await report(shared);
  const titles = [...page.matchAll(/<title>([^<]*)</g)].map(([, title]) => title);
  expect(titles).toEqual(
    expect.arrayContaining([
      "2025-03-04: ≥ $6.50, altogether ≥ $12.00",
      "2025-03-04: claude-sonnet-4-6 $2.50",
      "2025-03-03: 20,000 tokens of cache read",
      "2025-03-08: nothing",
      "2025-03-22: unknown",
      "week of 2025-03-10: $101.00",
      "2025-03-05: 90.8%",
      "app: $221.00",
      "app, 2025-03-05, 5e5510a0: $9.00",
    ]),
  );
});

test("a range, a machine and a plan are kept to", async () => {
  const week = textOf(await report(shared, "--since", "2025-03-10", "--until", "2025-03-16"));
  expect(week).toContain("2025-03-10 to 2025-03-16");
  expect(week).toMatch(/Total cost \$101\.00 7 of 7 days/);
  expect(week).not.toContain("2025-03-09");
  expect(week).not.toContain("This month");

  const lap = textOf(await report(shared, "--machine", "lap"));
  expect(lap).toContain("What Claude Code cost on lap");
  expect(lap).toMatch(/Total cost \$25\.00 10 of 11 days/);
  expect(lap).not.toContain(OPUS);
  expect(lap).toContain("The most expensive of 1 session came to $3.00");

  // 365.25 / 12 days a month: $400 is $92.
  const plan = textOf(await report(shared, "--plan", "400"));
  expect(plan).toContain("Weekly spend against the plan");
  expect(plan).toContain("The plan comes to $91.99 a week; 2 of 3 weeks came to more");
});

test("the running month is projected at the pace of the last seven full days", async () => {
  const days = Array.from({ length: 60 }, (_, index) => addDays(today, -index));
  const home = await homeWith((books) =>
    writeUsage(
      books,
      days.map((date) => ({ date, cost: date === today ? 1 : 4 })),
    ),
  );
  const dayOfMonth = Number(today.slice(8));
  const soFar = 1 + 4 * (dayOfMonth - 1);
  const daysOfMonth = new Date(
    Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 0),
  ).getUTCDate();
  const text = textOf(await report(home, "--days", "3"));
  expect(text).toMatch(/Total cost \$9\.00/);
  expect(text).toContain(`This month $${soFar}.00`);
  expect(text).toContain(`Projected $${soFar + 4 * (daysOfMonth - dayOfMonth)}.00`);
});

test("the projection is at least where the days before the month lack a price, on page and terminal", async () => {
  const home = await homeWith((books) =>
    writeUsage(books, [
      ...Array.from({ length: 60 }, (_, index) => ({
        date: addDays("2025-03-03", -index),
        cost: 4,
      })),
      { date: "2025-02-27", model: UNPRICED, cost: null },
    ]),
  );
  const books = new Database(home.db);
  books.exec("INSERT INTO machine VALUES (99, 'it', 'it', 'it', 'UTC', '2025-03-01')");
  const on = (day: string) => {
    const range = { since: "2025-03-01", until: null };
    books
      .prepare(
        `INSERT INTO import_run (uid, command, status, machine, ccbooks_version, started_at, finished_at)
         VALUES (@day, 'fetch', 'ok', 99, '0', @at, @at)`,
      )
      .run({ day, at: `${day}T12:00:00.000Z` });
    const when = { today: day, timezone: "UTC" };
    const data = readPageData(books, { ...ALL, ...range }, when);
    const onPage = data === null ? "" : textOf(draw(data, null));
    const inTerminal = longSummary(readSummary(books, { ...ALL, ...range }, when), {
      planUsd: null,
      timezone: "UTC",
      meant: [],
    });
    return { onPage, inTerminal };
  };
  const early = on("2025-03-03");
  expect(early.onPage).toContain("This month $12.00 Mar 2025 so far Projected ≥ $124.00 Mar 2025,");
  expect(early.onPage).toContain("≥ means at least: tokens outside these days have no known price");
  expect(early.inTerminal).toContain("Projected March: ≥ $124.00 (28 days left at ≥ $4.00 a day");
  // A week later that day is no part of the average any more.
  const later = on("2025-03-10");
  expect(later.onPage).toMatch(/Projected \$[\d.]+ Mar 2025,/);
  expect(later.onPage).not.toContain("≥");
  expect(later.inTerminal).toMatch(/Projected March: about \$/);
  books.close();
});

test("a page of nothing but priced days explains no mark", async () => {
  const home = await homeWith((books) => writeUsage(books, [{ date: today, cost: 4 }]));
  expect(textOf(await report(home))).not.toContain("≥");
});

test("it is written where it is told to, in the place of what was there, for its owner alone", async () => {
  const home = await homeWith(writeMarch);
  const { stderr } = await home.run(["report"]);
  expect(stderr).toMatch(/^The page is in .*ccbooks-report\.html \([\d.]+ kB\)\.$/);
  const path = join(home.folder, FILE);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileSync(path, "an old page");
  expect(await report(home)).toMatch(/^<!doctype html>/);
  await home.run(["report", "--out", "~/at-home.html"]);
  expect(existsSync(join(home.folder, "at-home.html"))).toBe(true);
  expect(readdirSync(home.folder).filter((name) => name.includes("html"))).toEqual([
    "at-home.html",
    FILE,
  ]);
});

test.for<[flags: string[], sentence: string]>([
  [["--out", "nowhere/x.html"], "There is no folder"],
  [["--out", "claude"], "is a folder; name a file in it."],
  [["--out", "data/usage.db"], "is the books themselves; name another file for the page."],
  [["--machine", "laptop"], 'no usage of a machine "laptop"; give one of desk, lap.'],
  [["--since", "2025-04-01"], "No usage in this range; `ccbooks report` alone draws all there is."],
])("%s makes no page and says why", async ([flags, sentence]) => {
  const [names, books] = [readdirSync(shared.folder), readFileSync(shared.db)];
  const { exitCode, stdout, stderr } = await shared.run(["report", ...flags]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain(sentence);
  expect(readdirSync(shared.folder)).toEqual(names);
  expect(readFileSync(shared.db).equals(books)).toBe(true);
});

test("the plan that `ccbooks stats` was told of is known", async () => {
  const home = await homeWith(writeMarch);
  await home.run(["stats", "--plan", "400"]);
  expect(await report(home)).toContain("Weekly spend against the plan");
  expect(await report(home, "--plan", "0")).not.toContain("against the plan");
});

test("without books, or with empty ones, it says to fetch first", async () => {
  const home = newHome();
  const { exitCode, stderr } = await home.run(["report"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("run `ccbooks fetch` first");
  const empty = await (await homeWith(() => undefined)).run(["report"]);
  expect(empty.exitCode).toBe(1);
  expect(empty.stderr).toContain("The books are empty so far; use Claude Code, then run");
});

test.skipIf(process.platform !== "linux")("--open hands the page to the browser", async () => {
  const home = await homeWith(writeMarch);
  const bin = join(home.folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "xdg-open"), `#!/bin/sh\nprintf %s "$1" > "${home.folder}/opened"\n`, {
    mode: 0o755,
  });
  const out = join(home.folder, "a page & more.html");
  const opened = await home.run(["report", "--open", "--out", out], { PATH: bin });
  expect(opened).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(home.folder, "opened"), "utf8")).toBe(pathToFileURL(out).href);

  const nothing = await home.run(["report", "--open"], { PATH: join(home.folder, "claude") });
  expect(nothing.exitCode).toBe(0);
  expect(nothing.stderr).toContain("No browser could be opened from here; open the file yourself.");
});

/** The page's words, tags out. */
function textOf(page: string): string {
  return page
    .replace(/<head>[^]*<\/head>/, "")
    .replaceAll(/<svg[^]*?<\/svg>/g, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replaceAll(/\s+/g, " ");
}

const executablePath = process.env["CHROMIUM"] || "/usr/bin/chromium";
const hasBrowser = existsSync(executablePath);

test("a picture without a browser is a sentence, and nothing is written", async () => {
  const home = await homeWith(writeMarch);
  const ran = await home.run(["report", "--png"], { PATH: join(home.folder, "claude") });
  expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
  expect(ran.stderr).toMatch(
    /^\[error\] A picture needs Chromium, Chrome or Edge, and none was found;/,
  );
  expect(readdirSync(home.folder).filter((name) => /png|picture/.test(name))).toEqual([]);
});

test("a browser that makes no picture is a sentence", async () => {
  const home = await homeWith(writeMarch);
  const bin = join(home.folder, "bin");
  mkdirSync(bin);
  const script = '#!/bin/sh\ncase "$*" in *--version*) exit 0 ;; esac\nexit 3\n';
  writeFileSync(join(bin, "chromium"), script, { mode: 0o755 });
  const ran = await home.run(["report", "--png"], { PATH: bin });
  expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
  expect(ran.stderr).toContain("made no picture of the page (chromium); draw it without --png.");
  expect(readdirSync(home.folder).filter((name) => /png|picture/.test(name))).toEqual([]);
});

describe.skipIf(!hasBrowser)(
  hasBrowser ? "in a browser" : `in a browser (none at ${executablePath}; CHROMIUM names another)`,
  () => {
    let browser: Browser;

    beforeAll(async () => {
      const flags =
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
      browser = await chromium.launch({ executablePath, args: flags.split(" ") });
    });

    afterAll(() => browser?.close());

    /** The page in a tab of its own, from disk. Fails with the test if it complains or asks for anything. */
    async function open(
      home: Home,
      { width, colorScheme }: { width: number; colorScheme?: "light" | "dark" },
    ): Promise<Page> {
      const page = await browser.newPage({
        viewport: { width, height: 900 },
        colorScheme: colorScheme ?? "light",
      });
      const complaints: string[] = [];
      const url = pathToFileURL(join(home.folder, FILE)).href;
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("dialog", (dialog) => complaints.push(dialog.message()));
      page.on("request", (request) => request.url() !== url && complaints.push(request.url()));
      onTestFinished(async () => {
        await page.close();
        expect(complaints).toEqual([]);
      });
      await page.goto(url);
      return page;
    }

    /** How many marks each chart shows. */
    async function marksOf(page: Page): Promise<Record<string, number>> {
      const ids = [
        "cost",
        "models",
        "tokens",
        "cache",
        "calendar",
        "weeks",
        "projects",
        "sessions",
      ];
      const counts = ids.map(async (id) => [
        id,
        await page.locator(`#${id} .chart:visible .marks path`).count(),
      ]);
      return Object.fromEntries(await Promise.all(counts));
    }

    /** How far the page is wider than the screen, and the marks that lie outside of their chart. */
    async function overflow(page: Page): Promise<{ page: number; marks: number; charts: number }> {
      return page.evaluate(`({
        page: document.documentElement.scrollWidth - innerWidth,
        marks: [...document.querySelectorAll(".chart svg")].flatMap((svg) => {
          const around = svg.getBoundingClientRect();
          return around.width === 0 ? [] : [...svg.querySelectorAll(".marks path")].filter((mark) => {
            const box = mark.getBoundingClientRect();
            return box.left < around.left - 1 || box.right > around.right + 1
              || box.top < around.top - 1 || box.bottom > around.bottom + 1 || box.width + box.height === 0;
          });
        }).length,
        charts: [...document.querySelectorAll(".chart")].filter((chart) => chart.getBoundingClientRect().height > 40).length,
      })`);
    }

    const fits = { page: 0, marks: 0, charts: 9 };

    test.for([1280, 390])("every chart is drawn, mark by mark, %i pixels wide", async (width) => {
      await report(shared, "--plan", "400");
      const page = await open(shared, { width });
      expect(await marksOf(page)).toEqual({
        // 21 days, without the one that has nothing and the one whose price is unknown.
        cost: 19,
        models: 19 + 10,
        tokens: 20 * 4,
        cache: 20,
        calendar: 21,
        weeks: 3,
        projects: 2,
        sessions: 4,
      });
      expect(await overflow(page)).toEqual(fits);
      expect(
        await page.locator('#weeks .chart:visible .marks[fill="var(--c2)"] path').count(),
      ).toBe(2);
      expect(await page.locator("#weeks .chart:visible [stroke-dasharray]").count()).toBe(1);
    });

    test("three years are under a megabyte, and drawn day by day", async () => {
      const home = await homeWith((books) => {
        writeYears(books, { days: 1096, machines: 1, cells: 12 });
      });
      const html = await report(home, "--plan", "200");
      expect(html.length).toBeLessThan(1_000_000);
      const wide = await open(home, { width: 1280 });
      expect(await marksOf(wide)).toMatchObject({
        cost: 1096,
        models: 157 * 7,
        tokens: 37 * 4,
        calendar: 1096,
        weeks: 157,
        projects: 10,
        sessions: 10,
      });
      expect(await overflow(wide)).toEqual(fits);
      const narrow = await open(home, { width: 390 });
      expect(await marksOf(narrow)).toMatchObject({ cost: 157, models: 37 * 7, calendar: 1096 });
      expect(await overflow(narrow)).toEqual(fits);
    });

    test("the last 7, 30 and 90 days are chosen without a script, and are those of a page of their own", async () => {
      const home = await homeWith((books) => {
        writeYears(books, { days: 100, machines: 1, cells: 4 });
      });
      await report(home);
      const page = await open(home, { width: 1280 });
      const seen = async (): Promise<string[]> => {
        const ranges = await page.locator(".range:visible").all();
        return Promise.all(ranges.map(async (range) => (await range.getAttribute("id")) ?? ""));
      };
      expect(await seen()).toEqual(["range-all"]);
      expect(await page.locator(".switch label").allInnerTexts()).toEqual([
        ...["last 7 days", "last 30 days", "last 90 days", "all 100 days"],
      ]);
      await page.locator("#show-all").focus();
      await page.keyboard.press("ArrowLeft");
      expect(await seen()).toEqual(["range-90"]);
      for (const days of [7, 30]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as a person does
        await page.getByText(`last ${days} days`).click();
        expect(await seen()).toEqual([`range-${days}`]);
        expect(await overflow(page)).toEqual({ page: 0, marks: 0, charts: 7 });
        const range = page.locator(`#range-${days}`);
        const [since = "", until = ""] =
          (await range.getAttribute("aria-label"))?.split(" to ") ?? [];
        const own = linesOf(await range.innerText());
        await report(home, "--since", since, "--until", until);
        const alone = await open(home, { width: 1280 });
        const words = linesOf(await alone.locator("#range-all").innerText());
        expect(own.length).toBeGreaterThan(90);
        expect(words).toEqual(expect.arrayContaining(own));
        await report(home);
      }
    });

    test("a picture is all of the page", async () => {
      const home = await homeWith(writeMarch);
      const { stderr } = await home.run(["report", "--png", "--out", "page.png"]);
      expect(stderr).toMatch(/^The page is in .*page\.png \([\d.]+ kB\)\.$/);
      const picture = readFileSync(join(home.folder, "page.png"));
      expect(picture.toString("latin1", 1, 4)).toBe("PNG");
      expect(picture.readUInt32BE(16)).toBe(1280);
      await report(home);
      const page = await open(home, { width: 1280 });
      const height = await page.evaluate<number>("document.documentElement.scrollHeight");
      expect(Math.abs(picture.readUInt32BE(20) - height)).toBeLessThan(30);
      expect(readdirSync(home.folder).filter((name) => name.startsWith("ccbooks-"))).toEqual([
        FILE,
      ]);
    });

    test("hours and branches are drawn where calls are known, and fit", async () => {
      const home = newHome();
      for (let hour = 0; hour < 24; hour++) {
        const at = `2026-03-0${(hour % 7) + 1}T${hour.toString().padStart(2, "0")}:00:00Z`;
        const branch = `${hour % 12}-${"feature/with-a-long-name-".repeat(9)}`;
        say(home.claude, "-app", "one", { id: `${hour}`, at, line: { gitBranch: branch } });
      }
      await home.fetch();
      await report(home);
      for (const width of [1280, 390]) {
        const page = await open(home, { width });
        const marks = (id: string) => page.locator(`#${id} .chart:visible .marks path`).count();
        expect([await marks("hours"), await marks("branches")]).toEqual([7 * 24, 10]);
        expect(await overflow(page)).toEqual({ ...fits, charts: 10 });
      }
    });

    test("a single day is a whole report too", async () => {
      const home = await homeWith((books) => writeUsage(books, [{ date: "2025-03-03", cost: 1 }]));
      await report(home);
      const page = await open(home, { width: 390 });
      expect(await marksOf(page)).toEqual({
        ...{ cost: 1, models: 1, tokens: 4, cache: 1, calendar: 1, weeks: 1, projects: 1 },
        sessions: 0,
      });
      expect(await overflow(page)).toMatchObject({ page: 0, marks: 0 });
    });

    test("usage without a single known price is drawn and not called free", async () => {
      const home = await homeWith((books) =>
        writeUsage(books, [
          { date: "2025-03-03", cost: null, model: UNPRICED },
          { date: "2025-03-05", cost: null, model: UNPRICED },
        ]),
      );
      const text = textOf(await report(home));
      expect(text).toContain("Total cost unknown");
      expect(text).not.toMatch(/Total cost \$0|came to \$0/);
      const page = await open(home, { width: 1280 });
      expect(await marksOf(page)).toMatchObject({ cost: 0, tokens: 8, cache: 2, calendar: 3 });
    });

    test("in the dark the colours are others, and words and marks stand out in both", async () => {
      await report(shared, "--plan", "400");
      const schemes = ["light", "dark"] as const;
      const seen = await Promise.all(
        schemes.map(async (colorScheme) =>
          coloursOf(await open(shared, { width: 1280, colorScheme })),
        ),
      );
      for (const { surface, words, marks } of seen) {
        expect(Math.min(...words.map((colour) => contrast(colour, surface)))).toBeGreaterThan(4.5);
        expect(Math.min(...marks.map((colour) => contrast(colour, surface)))).toBeGreaterThan(3);
        expect(marks.length).toBeGreaterThan(3);
      }
      const [light, dark] = seen;
      expect(light?.surface).toBe("rgb(255, 255, 255)");
      expect(luminance(dark?.surface ?? "")).toBeLessThan(0.02);
      for (const colour of light?.marks ?? []) expect(dark?.marks).not.toContain(colour);
    });

    test("on paper it is light, without what cannot be opened there", async () => {
      await report(shared);
      const page = await open(shared, { width: 700, colorScheme: "dark" });
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect((await coloursOf(page)).surface).toBe("rgb(255, 255, 255)");
      expect(await page.locator("details:visible").count()).toBe(0);
      expect(await overflow(page)).toEqual(fits);
    });

    test("names from the logs are names and nothing else", async () => {
      const names = [
        "<script>alert(1)</script>",
        "</title></svg><img src=x onerror=alert(2)>",
        `"><b onmouseover='alert(3)'>&lt;`,
        "]]></style><style>*{display:none}",
        "{a|b}\u202E\u001B[31m{c}",
      ];
      const home = await homeWith((books) => {
        writeUsage(
          books,
          names.map((name) => ({ date: "2025-03-03", project: name, model: name, cost: 1 })),
        );
        writeSessions(
          books,
          names.map((name) => ({ session: name, project: name, date: "2025-03-03", cost: 1 })),
        );
        const insert = books.prepare("INSERT INTO project (slug, path, name) VALUES (?, ?, ?)");
        for (const name of names) insert.run(name, name, name);
      });
      const html = await report(home);
      expect(html).not.toMatch(/<script|<img|<b |\p{Cf}/u);
      expect(html).not.toContain("\u001B");
      expect(html).toContain("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
      const page = await open(home, { width: 1280 });
      expect(await page.locator("script, img, b, [onerror]").count()).toBe(0);
      expect(await page.locator("#models .legend li").count()).toBe(5);
      for (const name of names.slice(0, 4)) {
        expect(await page.locator("#projects tbody th", { hasText: name }).count()).toBe(1);
        expect(await page.locator("#projects .chart:visible text", { hasText: name }).count()).toBe(
          1,
        );
      }
      expect(await page.locator("h1").isVisible()).toBe(true);
    });

    test("every chart has a name and a summary that can be read aloud", async () => {
      await report(shared);
      const page = await open(shared, { width: 1280 });
      for (const figure of await page.locator("figure:visible").all()) {
        const name = await figure.locator("h2").innerText();
        const summary = await figure.locator("figcaption").innerText();
        expect(summary).toMatch(/^[A-Z0-9a-z].*\.$/s);
        expect(await figure.getByRole("img", { name, exact: true }).count()).toBe(1);
        await figure.locator("summary").click();
        expect(await figure.locator("tbody tr").first().isVisible()).toBe(true);
      }
    });
  },
);

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** The colours of the words and marks that are seen, and of what they are on. */
async function coloursOf(
  page: Page,
): Promise<{ surface: string; words: string[]; marks: string[] }> {
  return page.evaluate(`(() => {
    const of = (selector, property) => [...new Set([...document.querySelectorAll(selector)]
      .filter((element) => element.getClientRects().length > 0)
      .map((element) => getComputedStyle(element)[property]))];
    return {
      surface: of("figure", "backgroundColor")[0],
      words: [...of("h2, figcaption, .unit, .legend li, dt, dd, strong, small, summary, footer, header p", "color"), ...of(".chart text", "fill")],
      marks: of("figure:not(.calendar, .hours) .marks", "fill"),
    };
  })()`);
}

/** As WCAG has it, from "rgb(1, 2, 3)". */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [...colour.matchAll(/[\d.]+/g)].map(([part]) => {
    const channel = Number(part) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Every day of years until 2026-11-22, with nine models and 40 projects in turn. */
function writeYears(
  books: Books,
  { days, machines, cells }: { days: number; machines: number; cells: number },
): void {
  books.pragma("foreign_keys = OFF");
  books.exec(`
    WITH RECURSIVE
    number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < ${days} - 1),
    machine (k) AS (SELECT n FROM number WHERE n < ${machines}),
    cell (j) AS (SELECT n FROM number WHERE n < ${cells})
    INSERT INTO usage_cell (
      date, agent, machine, project_path, model_name, ${TOKENS}, cost, unpriced_tokens)
    SELECT
      date('2026-11-22', '-' || n || ' days'), 'claude', 'machine-' || k,
      '-home-dev-project-' || ((n * 7 + j * 3) % 40), 'claude-model-' || ((n + j) % 9),
      100, 2000, 30000, 400000 + n * 100, 0.5 + (n * 31 + j * 17) % 100 / 25.0, 0
    FROM number, machine, cell WHERE true
    ON CONFLICT DO NOTHING;
    WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 999)
    INSERT INTO session_usage (
      session_id, project_path, agent, machine, ${TOKENS}, total_tokens, total_cost,
      unpriced_tokens, first_activity, last_activity, first_activity_at, last_activity_at, fetched_at)
    SELECT
      'session-' || n, '-home-dev-project-' || (n % 40), 'claude', 'machine-0', 1, 2, 3, 4, 10,
      n % 97 / 10.0, 0, '2026-11-01', '2026-11-02', '2026-11-01T00:00:00.000Z',
      '2026-11-02T00:00:00.000Z', ''
    FROM number`);
  sumUp(books);
}

describe("the first screen of the page", () => {
  /** A Thursday. */
  const thursday = "2026-03-19";

  /** $2.50 a day for forty days, and in the last week $5 a day more on another project and branch. */
  const worked = newHome({ after: afterAll });

  beforeAll(async () => {
    const spend = (date: string, output: number, project: string, branch: string): void =>
      say(worked.claude, `-dev-${project}`, `${project}-${date}`, {
        ...{ id: `${project}-${date}`, at: `${date}T10:00:00Z`, input: 0, output },
        ...{ model: "claude-opus-4-5-20251101", cwd: `/dev/${project}` },
        line: { gitBranch: branch },
      });
    for (let ago = 40; ago >= 0; ago--) {
      const date = addDays(thursday, -ago);
      spend(date, 100_000, "app", "main");
      if (ago >= 1 && ago <= 7) spend(date, 200_000, "web", "pay");
    }
    await fetchAt(worked, `${thursday}T14:32:00Z`);
  });

  function pageOn(day: string, selection: Partial<Selection> = {}): string {
    const books = new Database(worked.db, { readonly: true });
    try {
      const when = { today: day, timezone: "UTC" };
      const data = readPageData(books, { ...ALL, ...selection }, when);
      return data === null ? "" : textOf(draw(data, 200));
    } finally {
      books.close();
    }
  }

  test("says today, this week against the last, the month against the plan, and what rose", () => {
    const text = pageOn(thursday);
    expect(text).toContain("As of 2026-03-19 14:32.");
    expect(text).toContain("Today $2.50 yesterday $7.50");
    expect(text).toContain("This week $25.00 $22.50 up to yesterday, +200.0% (last week $7.50)");
    expect(text).toContain("This month $82.50 Mar 2026 so far, 0.4× the plan's price");
    expect(text).toContain("Projected $172.50 Mar 2026");
    expect(text).toContain(
      "What rose in 7 days project web +$35.00 model claude-opus-4-5-20251101 +$35.00 branch pay +$35.00",
    );
  });

  test("does not take days after the last fetch for days without spending", () => {
    const text = pageOn(addDays(thursday, 4));
    expect(text).toContain(
      `The days after ${thursday} are unknown: fetch, and draw the page again.`,
    );
    expect(text).toContain(`Today unknown since ${thursday} This week unknown since ${thursday}`);
    expect(text).toContain("Projected $172.50 Mar 2026");
  });

  test("is of what was asked for", async () => {
    expect(pageOn(thursday, { project: "WEB" })).toContain("This week $15.00 from Monday on");
    expect(pageOn(thursday, { branch: "main" })).toContain(
      "This week $10.00 $7.50 up to yesterday, +0.0% (last week $7.50)",
    );
    const { stderr } = await worked.run(["report", "--project", "wb"]);
    expect(stderr).toBe("[error] No usage here; did you mean --project web?");
    expect(await report(worked, "--project", "web")).toContain(
      "<h1>What Claude Code cost in web</h1>",
    );
  });

  test("is left out of a page about days that are over", () => {
    const text = pageOn(thursday, { until: "2026-03-10" });
    expect(text).not.toContain("This week");
    expect(text).not.toContain("What rose");
  });
});

test("the bill stands beside the figures where Anthropic's reports are known, in words and lines", async () => {
  const own = newHome();
  say(own.claude, "-app", "one", { id: "a", at: "2026-11-20T10:00:00Z" });
  await own.fetch();
  const path = join(own.folder, "page.html");
  const drawn = async (...flags: string[]): Promise<string> => {
    await own.run(["report", "--out", path, ...flags]);
    return readFileSync(path, "utf8");
  };
  expect(await drawn()).not.toContain('id="bill"');
  const books = new Database(own.db);
  books.exec(billRows);
  books.close();
  const whole = await drawn();
  expect(whole.match(/id="bill"/g)).toHaveLength(1);
  expect(whole).toContain(
    "Anthropic reports $0.50 of use at list price, and has billed $1.23 so far.",
  );
  expect(whole).toContain("2026-11-20: $1.23 billed");
  // Of a part of the usage the bill says nothing.
  expect(await drawn("--project=-app")).not.toContain('id="bill"');
});

test("what is kept of deleted transcripts is said", async () => {
  const home = newHome();
  for (const id of ["gone", "there"]) {
    say(home.claude, "-app", id, {
      ...{ id, at: "2026-03-02T10:00:00Z", model: "claude-opus-4-5-20251101" },
      ...{ input: 0, output: 100_000 },
    });
  }
  await home.fetch();
  expect(textOf(await report(home))).not.toContain("deleted transcripts");
  rmSync(transcriptPath(home.claude, "-app", "gone"));
  await home.fetch();
  expect(textOf(await report(home))).toContain("Of this, $2.50 is kept of deleted transcripts.");
  expect(textOf(await report(home, "--project=-app"))).not.toContain("deleted transcripts");
});

test("every colour of a model or project stands out from the page, light and dark", () => {
  const [light = "", dark = ""] = style.text.split("prefers-color-scheme:dark");
  for (const scheme of [light, dark]) {
    const rgb = (name: string): string => {
      const hex = new RegExp(`--${name}:#([0-9a-f]{3,6})[;}]`).exec(scheme)?.[1] ?? "";
      const full = hex.length === 3 ? hex.replaceAll(/./g, "$&$&") : hex;
      return `rgb(${[0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)).join(", ")})`;
    };
    const colours = Array.from({ length: 12 }, (_, index) => rgb(`c${index + 1}`));
    expect(new Set(colours).size).toBe(12);
    for (const colour of colours) expect(contrast(colour, rgb("surface"))).toBeGreaterThan(3);
  }
});

test("a model has the same colour in every range", async () => {
  const home = await homeWith((books) =>
    writeUsage(
      books,
      Array.from({ length: 9 }, (_, index) => [
        { date: "2025-03-03", model: `model-${index}`, cost: 20 - index },
        {
          date: "2025-03-10",
          model: `model-${8 - index}`,
          cost: index === 8 ? 0.5 : 1 + index / 10,
        },
      ]).flat(),
    ),
  );
  const coloursIn = async (...range: string[]): Promise<Map<string, string>> => {
    const html = (await report(home, ...range)).split('id="range-all"')[1] ?? "";
    const legend = [...html.matchAll(/background:var\((--c\d)\)"><\/i>(model-\d)/g)];
    return new Map(legend.map(([, colour = "", name = ""]) => [name, colour]));
  };
  const all = await coloursIn();
  const first = await coloursIn("--until", "2025-03-03");
  const later = await coloursIn("--since", "2025-03-10");
  for (const colours of [all, first, later]) {
    expect(colours.size).toBe(6);
    expect(new Set(colours.values()).size).toBe(6);
  }
  for (const [name, colour] of all) {
    expect(first.get(name) ?? colour).toBe(colour);
    expect(later.get(name) ?? colour).toBe(colour);
  }
  for (const [name, colour] of first) expect(later.get(name) ?? colour).toBe(colour);
});

test("hours of the week and branches are those of the calls, titles those of the sessions", async () => {
  const home = newHome({ timezone: "Asia/Tokyo" });
  const spend = (id: string, at: string, branch: string, output: number): void =>
    say(home.claude, "-dev-app", "one", {
      ...{ id, at, model: "claude-opus-4-5-20251101", input: 0, output, cwd: "/dev/app" },
      line: { gitBranch: branch },
    });
  // A Monday at seven in the morning, and the Tuesday a quarter past midnight.
  spend("a", "2026-03-01T22:00:00Z", "main", 100_000);
  spend("b", "2026-03-02T15:15:00Z", "pay", 400_000);
  spend("c", "2026-03-08T22:30:00Z", "main", 100_000);
  appendFileSync(
    transcriptPath(home.claude, "-dev-app", "one"),
    `${JSON.stringify({ type: "ai-title", aiTitle: "Gift <b>cards" })}\n`,
  );
  await home.fetch();
  const html = await report(home);
  const text = textOf(html);
  expect(text).toContain("Most was spent on Tue from 00:00 on: $10.00 in 1 call.");
  expect(text).toContain("Tue 00:00 $10.00 1");
  expect(text).toContain("Mon 07:00 $5.00 2");
  expect(text).toContain("pay was the most expensive branch with $10.00, 66.7% of the whole.");
  expect(text).toContain("main $5.00 33.3%");
  expect(html).toContain("Gift &lt;b&gt;cards");
  expect(html).toContain("Tue 00:00: $10.00 in 1 call</title>");
  expect(html).toContain("Sun 23:00: nothing</title>");
});
