import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";

import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome, type Home } from "./support/home.ts";

const home = mkdtempSync(join(tmpdir(), "ccbooks-transcripts-"));
afterAll(() => rmSync(home, { recursive: true }));

const noon = new Date("2026-11-20T12:00:00.000Z");
// Enough sessions that some are resumed, and one is running at noon.
const fortnight = {
  ...shapes.small,
  days: 14,
  sessionsPerDay: 12,
  padBytes: 20,
  seed: 1,
  until: noon,
};

test("the same seed writes the same transcripts on every machine", () => {
  const once = writeTranscripts(join(home, "once"), fortnight);
  expect(writeTranscripts(join(home, "again"), fortnight)).toEqual(once);
  expect(fingerprint("again")).toBe(fingerprint("once"));
  // Change this only along with the stories themselves.
  expect(fingerprint("once")).toBe("3b4229134a806031");
});

test("another seed tells of another fortnight", () => {
  writeTranscripts(join(home, "first"), fortnight);
  writeTranscripts(join(home, "second"), { ...fortnight, seed: 2 });
  expect(fingerprint("second")).not.toBe(fingerprint("first"));
});

test("nothing happens later than now, and a file is as old as its last line", () => {
  writeTranscripts(join(home, "now"), fortnight);
  const ages = transcripts("now").map(({ text, path }) => {
    const stamps = [...text.matchAll(/"timestamp":"([^"]+)"/g)];
    const last = Math.max(...stamps.map(([, stamp]) => Date.parse(stamp ?? "")));
    expect(Math.abs(statSync(path).mtimeMs - last)).toBeLessThan(1);
    return last;
  });
  expect(Math.max(...ages)).toBeLessThanOrEqual(noon.getTime());
  expect(new Date(Math.max(...ages)).toISOString()).toContain("2026-11-20");
});

test("a few hours later there are more lines, and the old ones are as they were", () => {
  const evening = new Date("2026-11-20T21:00:00.000Z");
  const before = writeTranscripts(join(home, "before"), fortnight);
  const after = writeTranscripts(join(home, "after"), { ...fortnight, until: evening });
  expect(after.messages).toBeGreaterThan(before.messages);

  const later = new Map(transcripts("after").map(({ name, text }) => [name, text]));
  for (const { name, text } of transcripts("before")) {
    expect(later.get(name)?.startsWith(text), name).toBe(true);
  }
});

test("ccusage counts each answer once, to the token", async () => {
  const written = writeTranscripts(join(home, "counted"), fortnight);
  const files = transcripts("counted");
  expect(files).toHaveLength(written.files);
  expect(files.filter(({ name }) => !name.includes("subagents"))).toHaveLength(written.sessions);
  expect(total(files.map(({ path }) => statSync(path).size))).toBe(written.bytes);

  const answers = files.map(({ text }) => new Set(text.match(/"id":"msg_\w+"/g)));
  expect(new Set(answers.flatMap((ids) => Array.from(ids))).size).toBe(written.messages);
  const copied = total(answers.map((ids) => ids.size)) - written.messages;
  expect(copied, "resumed sessions repeat answers").toBeGreaterThan(0);

  const totals = {
    inputTokens: written.tokens.input,
    outputTokens: written.tokens.output,
    cacheCreationTokens: written.tokens.cacheCreation,
    cacheReadTokens: written.tokens.cacheRead,
  };
  expect(await ccusage("counted", "daily", "--instances")).toMatchObject({ totals });
  expect(await ccusage("counted", "session")).toMatchObject({ totals });
});

test("the demo looks like four weeks of work, and is there within a second", async () => {
  const demo = newHome();
  const started = performance.now();
  writeTranscripts(demo.claude, { ...shapes.demo, seed: 1, until: noon });
  expect(performance.now() - started).toBeLessThan(1000);
  await demo.fetch();

  const daily = demo.query<{ date: string; cost: number; cacheRead: number; prompted: number }>(
    `SELECT date, total_cost AS cost, cache_read_tokens AS cacheRead,
       input_tokens + cache_creation_tokens + cache_read_tokens AS prompted
     FROM daily_usage ORDER BY date`,
  );
  const costs = daily.map(({ cost }) => cost);
  expect(total(costs)).toBeGreaterThan(150);
  expect(total(costs)).toBeLessThan(600);
  const hits = total(daily.map(({ cacheRead }) => cacheRead));
  const hitRate = hits / total(daily.map(({ prompted }) => prompted));
  expect(hitRate).toBeGreaterThan(0.85);
  expect(hitRate).toBeLessThan(0.95);

  expect(total(costs.slice(14)), "it rises").toBeGreaterThan(total(costs.slice(0, 14)));
  const weekend = daily.filter(({ date }) => [0, 6].includes(new Date(date).getUTCDay()));
  expect(total(weekend.map(({ cost }) => cost))).toBeLessThan(total(costs) / 6);
});

describe("the books of the demo", () => {
  let demo: Home;
  let fetched: { unpricedModels: unknown[] };
  beforeAll(async () => {
    demo = newHome({ after: afterAll });
    writeTranscripts(demo.claude, { ...shapes.demo, seed: 1, until: noon });
    fetched = await demo.fetch();
  });

  test("are of today's models, older ones at first, and every one has a price offline", () => {
    expect(fetched.unpricedModels).toEqual([]);
    const models = demo.query<{ model: string; since: string; until: string; cost: number }>(
      `SELECT model_name AS model, first_date AS since, last_date AS until, total_cost AS cost
       FROM model_cost ORDER BY total_cost DESC`,
    );
    expect(models[0]).toMatchObject({ model: "claude-opus-5-5", until: "2026-11-20" });
    const names = models.map(({ model }) => model);
    const today = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2"];
    expect(names).toEqual(expect.arrayContaining([...today, "claude-opus-5", "claude-sonnet-5"]));
    expect(Math.min(...models.map(({ cost }) => cost))).toBeGreaterThan(0);
    expect(models.find(({ model }) => model === "claude-fable-5-2")?.since).toMatch(/^2026-11-/);
    const [older] = demo.query<{ early: number; late: number }>(
      `SELECT SUM(date < '2026-11-07') AS early, SUM(date >= '2026-11-07') AS late
       FROM model_breakdown WHERE model_name IN ('claude-opus-5', 'claude-sonnet-5')`,
    );
    expect(older?.late).toBeLessThan(older?.early ?? 0);
  });

  test("know the branches of several projects, and most sessions by a title", () => {
    const branches = demo.query<{ branch: string; projects: number }>(
      `SELECT b.name AS branch, COUNT(DISTINCT s.project_path) AS projects
       FROM call AS c
       JOIN branch AS b ON b.id = c.branch
       JOIN session_day AS d ON d.id = c.session_day
       JOIN session AS s ON s.id = d.session
       GROUP BY b.name`,
    );
    const named = new Map(branches.map(({ branch, projects }) => [branch, projects]));
    expect(named.get("main")).toBe(5);
    expect(named.get("checkout-retry")).toBe(1);
    expect(named.size).toBeGreaterThan(5);
    const [sessions] = demo.query<{ all: number; titled: number; titles: number }>(
      `SELECT COUNT(*) AS "all", COUNT(title) AS titled, COUNT(DISTINCT title) AS titles FROM session`,
    );
    const { all, titled, titles } = sessions ?? { all: 0, titled: 0, titles: 0 };
    expect(titled / all).toBeGreaterThan(0.7);
    expect(titled).toBeLessThan(all);
    expect(titles).toBeGreaterThan(10);
  });

  test("hold what Claude Code itself reckons for many sessions, a little more than their calls", () => {
    const told = demo.query<{ told: number; counted: number }>(
      `SELECT c.total_cost AS told, u.total_cost AS counted
       FROM cost_state AS c
       JOIN session AS s ON s.id = c.session
       JOIN session_usage AS u USING (session_id)`,
    );
    expect(told.length).toBeGreaterThan(80);
    const [all, counted] = [
      total(told.map((row) => row.told)),
      total(told.map((row) => row.counted)),
    ];
    expect(all / counted).toBeGreaterThan(1);
    expect(all / counted).toBeLessThan(1.1);
  });
});

function total(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function ccusage(folder: string, report: string, ...flags: string[]): Promise<unknown> {
  const settings = ["--json", "--offline", "--timezone", "UTC", "--config", join(home, "none")];
  const { stdout } = await execa(
    process.execPath,
    ["node_modules/ccusage/src/cli.js", "claude", report, ...flags, ...settings],
    { env: { CLAUDE_CONFIG_DIR: join(home, folder) } },
  );
  return JSON.parse(stdout);
}

function transcripts(folder: string): { name: string; path: string; text: string }[] {
  return readdirSync(join(home, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.replaceAll(sep, "/"))
    .toSorted()
    .map((name) => {
      const path = join(home, folder, name);
      return { name, path, text: readFileSync(path, "utf8") };
    });
}

function fingerprint(folder: string): string {
  const hash = createHash("sha256");
  for (const { name, text } of transcripts(folder)) hash.update(`${name}\n${text}`);
  return hash.digest("hex").slice(0, 16);
}
