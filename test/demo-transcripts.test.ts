import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";

import { execa } from "execa";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";

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
  expect(fingerprint("once")).toBe("0499f6d1e380c319");
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
  const started = performance.now();
  writeTranscripts(join(home, "demo"), { ...shapes.demo, seed: 1, until: noon });
  expect(performance.now() - started).toBeLessThan(1000);

  const { totals, daily } = Daily.parse(await ccusage("demo", "daily"));
  expect(totals.totalCost).toBeGreaterThan(150);
  expect(totals.totalCost).toBeLessThan(600);
  const prompted = totals.inputTokens + totals.cacheCreationTokens + totals.cacheReadTokens;
  expect(totals.cacheReadTokens / prompted).toBeGreaterThan(0.85);
  expect(totals.cacheReadTokens / prompted).toBeLessThan(0.95);

  const costs = daily.map((day) => day.totalCost);
  expect(total(costs.slice(14)), "it rises").toBeGreaterThan(total(costs.slice(0, 14)));
  const weekend = daily.filter(({ date }) => [0, 6].includes(new Date(date).getUTCDay()));
  expect(total(weekend.map((day) => day.totalCost))).toBeLessThan(totals.totalCost / 6);
  const prices = daily.flatMap((day) => day.modelBreakdowns.map(({ cost }) => cost));
  expect(Math.min(...prices), "every model has a price").toBeGreaterThan(0);
});

const Daily = z.object({
  totals: z.object({
    inputTokens: z.number(),
    cacheCreationTokens: z.number(),
    cacheReadTokens: z.number(),
    totalCost: z.number(),
  }),
  daily: z.array(
    z.object({
      date: z.string(),
      totalCost: z.number(),
      modelBreakdowns: z.array(z.object({ cost: z.number() })),
    }),
  ),
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
