import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import Database from "better-sqlite3";
import { execa } from "execa";
import { expect, test } from "vitest";

import { addDays } from "../src/dates.ts";
import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { ALL } from "../src/readers/selection.ts";
import { readSummary } from "../src/readers/summary.ts";
import { firstScreen, type Frame } from "../src/terminal/first-screen.ts";
import { fetchAt } from "./support/clock.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { say, UNPRICED } from "./support/transcripts.ts";

/** $25 a million of output, which is all that is used here. */
const OPUS = "claude-opus-4-5-20251101";

/** $5 a million of output. */
const HAIKU = "claude-haiku-4-5-20251001";

/** A Thursday. */
const TODAY = "2026-03-19";

const hasTerminal = spawnSync("script", ["--version"]).status === 0;

/** So many tokens of output in a project, on a branch. */
function spend(
  home: Home,
  date: string,
  output: number,
  { project = "-home-dev-app", model = OPUS, branch = "main" } = {},
): void {
  const id = `${project}-${date}-${model}-${branch}`;
  say(home.claude, project, `${project}-${date}`, {
    ...{ id, at: `${date}T10:00:00Z`, model, input: 0, output },
    cwd: project.replaceAll("-", "/"),
    line: { gitBranch: branch },
  });
}

/** Forty days of $2.50, and in the last week $5 a day more on another project and branch. */
function fortyDays(home: Home): void {
  for (let ago = 40; ago >= 0; ago--) {
    const date = addDays(TODAY, -ago);
    spend(home, date, 100_000);
    if (ago >= 1 && ago <= 7)
      spend(home, date, 200_000, { project: "-home-dev-web", branch: "pay" });
  }
}

function screenOn(
  home: Home,
  today: string,
  { width = 80, planUsd = null }: Partial<Pick<Frame, "width" | "planUsd">> = {},
): string {
  const books = new Database(home.db, { readonly: true });
  try {
    const summary = readSummary(books, ALL, { today, timezone: "UTC" });
    return firstScreen(summary, { planUsd, width, timezone: "UTC", meant: [] });
  } finally {
    books.close();
  }
}

test("the first screen says how much, whether it is rising, and why", async () => {
  const home = newHome();
  fortyDays(home);
  await fetchAt(home, `${TODAY}T14:32:00Z`);
  expect(screenOn(home, TODAY, { planUsd: 200 })).toMatchInlineSnapshot(`
    "This week  $25.00  $22.50 up to yesterday, +200% (last week $7.50)
    Today       $2.50  yesterday $7.50 · 7-day average $7.50             as of 14:32
    March      $82.50  heading for $126.50 to $172.50 · $200 plan: 0.4× its price

    Last 30 days, $3.71 a day on average, most on 2026-03-12
    $7.50 ┤                                            █ █ █ █ █ █ █
          ┤                                            █ █ █ █ █ █ █
          ┤                                            █ █ █ █ █ █ █
    $3.71 ┼┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄█┄█┄█┄█┄█┄█┄█┄┄┄
          ┤█ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █
          ┤█ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █
           2026-02-18                                       2026-03-19

    What rose  in 7 days: web +$35.00 · claude-opus-4-5-20251101 +$35.00
               branch pay +$35.00
    Cache      unpriced: none
    Estimates at list price, not a bill. \`ccbooks stats --all\` says more."
  `);
});

test("its figures are those of the tables", async () => {
  const home = newHome();
  fortyDays(home);
  spend(home, "2026-03-18", 1_000_000, { model: HAIKU });
  await fetchAt(home, `${TODAY}T14:32:00Z`);
  const sum = (since: string, until: string): string => {
    const [row] = home.query<{ cost: number }>(
      `SELECT SUM(total_cost) AS cost FROM daily_usage WHERE date BETWEEN '${since}' AND '${until}'`,
    );
    return `$${(row?.cost ?? 0).toFixed(2)}`;
  };
  const screen = screenOn(home, TODAY);
  // The 16th was a Monday.
  expect(screen).toMatch(new RegExp(`^This week +\\${sum("2026-03-16", TODAY)} `, "m"));
  const before = sum("2026-03-09", "2026-03-11");
  expect(screen).toContain(`${sum("2026-03-16", "2026-03-18")} up to yesterday`);
  expect(screen).toContain(`(last week ${before})`);
  expect(screen).toMatch(new RegExp(`^Today +\\${sum(TODAY, TODAY)}  yesterday`, "m"));
  expect(screen).toContain(`yesterday ${sum("2026-03-18", "2026-03-18")}`);
  expect(screen).toMatch(new RegExp(`^March +\\${sum("2026-03-01", TODAY)} `, "m"));
});

test.for([20, 40, 60, 80, 100, 120, 200])(
  "it fits a terminal of %i columns, and one of 24 lines from 80 on",
  async (width) => {
    const home = newHome();
    fortyDays(home);
    const project = `-home-dev-${"long-name-".repeat(20)}`;
    for (let ago = 1; ago <= 7; ago++) spend(home, addDays(TODAY, -ago), 1e6, { project });
    await fetchAt(home, `${TODAY}T14:32:00Z`);
    const lines = screenOn(home, TODAY, { width, planUsd: 200 }).split("\n");
    if (width >= 60) for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    if (width >= 80) expect(lines.length).toBeLessThanOrEqual(23);
  },
);

test("days after the last fetch are unknown, not zero", async () => {
  const home = newHome();
  fortyDays(home);
  await fetchAt(home, `${TODAY}T14:32:00Z`);
  const later = screenOn(home, addDays(TODAY, 4));
  expect(later).toMatch(/^Today +\? +not fetched since 2026-03-19 14:32$/m);
  expect(later).toContain(
    `4 days after ${TODAY} are unknown: run \`ccbooks fetch\`, or add --fetch.`,
  );
  // Monday the 23rd is in another week, of which nothing is known: there is nothing to compare.
  expect(later).toMatch(/^This week +\?$/m);
  // The month goes on at the average of the days before the fetch, not at that of days without usage.
  const heading = /heading for \$([\d.]+)/;
  expect(heading.exec(later)?.[1]).toBe(heading.exec(screenOn(home, TODAY))?.[1]);
  const next = screenOn(home, addDays(TODAY, 1));
  expect(next).toContain(`1 day after ${TODAY} is unknown`);
  expect(next).toContain("up to 2026-03-18, +200% (last week");
});

test("of sums that are at least no part is taken", async () => {
  const home = newHome();
  for (let ago = 20; ago >= 0; ago--) spend(home, addDays(TODAY, -ago), 100_000);
  spend(home, "2026-03-10", 50, { model: UNPRICED });
  spend(home, "2026-03-17", 50, { model: UNPRICED });
  await fetchAt(home, `${TODAY}T14:32:00Z`);
  expect(screenOn(home, TODAY)).toMatch(
    /^This week +≥ \$10\.00 +≥ \$7\.50 up to yesterday \(last week ≥ \$7\.50\)$/m,
  );
});

test("a fall is named as one, and tokens without a price make it at least", async () => {
  const home = newHome();
  for (let ago = 20; ago >= 0; ago--) {
    spend(home, addDays(TODAY, -ago), ago >= 8 ? 200_000 : 100_000);
  }
  spend(home, TODAY, 50, { model: UNPRICED });
  await fetchAt(home, `${TODAY}T14:32:00Z`);
  const screen = screenOn(home, TODAY);
  expect(screen).toMatch(
    /^This week +≥ \$10\.00 +\$7\.50 up to yesterday, −50% \(last week \$15\.00\)/m,
  );
  expect(screen).toMatch(/^Today +≥ \$2\.50 +yesterday \$2\.50/m);
  expect(screen).toContain("≥ at least: 50 tokens without a price");
  expect(screen).not.toContain("What rose");
});

test.skipIf(!hasTerminal)("colour is for terminals, and never says what words do not", async () => {
  const home = newHome();
  spend(home, new Date().toISOString().slice(0, 10), 100_000);
  await home.fetch();
  const program = `"${process.execPath}" "${join(root, "dist", "ccbooks.js")}" stats`;
  const onTerminal = async (more: Record<string, string>): Promise<string> => {
    const { stdout } = await execa("script", ["-qec", `stty cols 80; ${program}`, "/dev/null"], {
      env: { ...home.env, TERM: "xterm-256color", ...more },
      extendEnv: false,
      stdin: "ignore",
    });
    return stdout.replaceAll("\r\n", "\n").trimEnd();
  };
  const { stdout: piped } = await home.run(["stats"]);
  const coloured = await onTerminal({});
  expect(coloured).toContain("\u001B[");
  expect(stripVTControlCharacters(coloured)).toBe(piped);
  expect(await onTerminal({ NO_COLOR: "1" })).toBe(piped);
});

test("--fetch fetches first, and says what went wrong where it cannot", async () => {
  const home = newHome();
  const today = new Date().toISOString().slice(0, 10);
  spend(home, today, 100_000);
  await home.fetch();
  spend(home, today, 300_000, { branch: "other" });
  expect((await home.run(["stats"])).stdout).toMatch(/^Today +\$2\.50 +as of/m);
  expect((await home.run(["stats", "--fetch"])).stdout).toMatch(/^Today +\$10\.00 +as of/m);
  const without = await home.run(["stats", "--fetch"], { CCBOOKS_CCUSAGE: "/none" });
  expect(without.exitCode).toBe(0);
  expect(without.stderr).toContain("/none");
  expect(without.stdout).toMatch(/^Today +\$10\.00 +as of/m);
});

test("README shows what the first screen says of the demo", async () => {
  const home = newHome();
  const until = new Date("2026-11-22T08:00:00Z");
  writeTranscripts(home.claude, { ...shapes.demo, seed: 7, until });
  await fetchAt(home, "2026-11-22T08:15:00Z");
  const readme = readFileSync(join(root, "README.md"), "utf8");
  expect(readme).toContain(`$ ccbooks stats\n${screenOn(home, "2026-11-22")}\n`);
});

test("a new user's week is no rise: nothing is known of the one before", async () => {
  const home = newHome();
  for (const ago of [0, 1, 2]) spend(home, addDays(TODAY, -ago), 100_000);
  await fetchAt(home, `${TODAY}T14:32:00Z`);
  expect(screenOn(home, TODAY)).not.toContain("What rose");
});

test("a range shows what it comes to and its days; a filter is named", async () => {
  const home = newHome();
  const today = new Date().toISOString().slice(0, 10);
  for (let ago = 20; ago >= 0; ago--) spend(home, addDays(today, -ago), 100_000);
  spend(home, today, 400_000, { project: "-home-dev-web" });
  await home.fetch();
  const { stdout: range } = await home.run(["stats", "--days", "7"]);
  expect(range).toMatch(
    new RegExp(
      `^${addDays(today, -6)} to ${today}  \\$27\\.50 · .* tokens · 7 days with usage$`,
      "m",
    ),
  );
  expect(range).not.toMatch(/^This week|^Today|this month|What rose/m);
  const { stdout: web } = await home.run(["stats", "--project", "WEB"]);
  expect(web).toMatch(/^Only project WEB:\nThis week +\$10\.00/m);
  const nothing = await home.run(["stats", "--project", "nope", "--since", "2d"]);
  expect(nothing.stdout).toBe(
    "No usage of that in this range; `ccbooks stats` alone shows all there is.",
  );
});
