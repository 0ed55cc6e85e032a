import { appendFileSync, mkdirSync, symlinkSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { fetchAt } from "./support/clock.ts";
import { newHome, type Home } from "./support/home.ts";
import {
  PRICED,
  say,
  sweep,
  transcriptLine,
  transcriptPath,
  type Message,
} from "./support/transcripts.ts";
import { DOUBLES, wrapCcusage } from "./support/wrapped-ccusage.ts";

/** The proof that the scanner understands what Claude Code writes, by the real ccusage. */

const DAY = "2026-11-20";

function answer(id: string, tokens: number, more: Partial<Message> = {}): Message {
  return { id, at: `${DAY}T10:00:00.000Z`, input: tokens, output: 0, ...more };
}

async function audit(home: Home, ...flags: string[]) {
  const { stdout, exitCode } = await home.run(["audit", "--json", ...flags]);
  return { exitCode, ...JSON.parse(stdout) };
}

/** Adds a line as it is to a session's transcript. */
function add(home: Home, slug: string, session: string, line: string): void {
  const path = transcriptPath(home.claude, slug, session);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, `${line}\n`);
}

test("ccusage and the books agree on transcripts as Claude Code writes them, and what was found is kept", async () => {
  const home = newHome({ timezone: "Asia/Kathmandu" });
  const until = new Date("2026-11-20T18:00:00Z");
  writeTranscripts(home.claude, { ...shapes.demo, days: 5, seed: 4, until });
  await home.fetch();
  const found = await audit(home);
  expect(found).toMatchObject({
    ...{ exitCode: 0, status: "ok", ccusageVersion: "20.0.20", differences: [], notFetched: 0 },
  });
  expect(found.days).toBeGreaterThanOrEqual(5);
  const words = await home.run(["audit"]);
  expect(words).toMatchObject({ exitCode: 0, stderr: "" });
  expect(words.stdout).toBe(
    `ccusage 20.0.20 counts the transcripts of ${found.days} days as ccbooks does, to the token.`,
  );
  expect(home.query("SELECT ccusage_version, days, differences FROM audit")).toEqual(
    Array.from({ length: 2 }, () => ({
      ...{ ccusage_version: "20.0.20", days: found.days, differences: "[]" },
    })),
  );
});

test("a line that is counted otherwise is named with its day, model and tokens", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", answer("a", 100));
  const twice = transcriptLine("two", answer("b", 1, { at: "2026-11-21T10:00:00.000Z" }));
  // Of two keys JSON takes the last; ccusage does not read the line.
  add(home, "-app", "two", twice.replace('"input_tokens":1', '"input_tokens":1,"input_tokens":20'));
  await home.fetch();
  expect(await audit(home)).toMatchObject({
    ...{ exitCode: 1, status: "differs", days: 1, notFetched: 0 },
    differences: [{ date: "2026-11-21", model: PRICED, ccusageTokens: 0, callTokens: 20 }],
  });
  const { exitCode, stdout } = await home.run(["audit"]);
  expect(exitCode).toBe(1);
  const [sentence = "", ...table] = stdout.split("\n");
  expect(sentence).toContain(
    "ccusage 20.0.20 counts the transcripts of 1 day otherwise than ccbooks does, by 20 tokens;",
  );
  expect(table.join("\n")).toMatch(new RegExp(`2026-11-21 +${PRICED} +0 +20 +20`));
});

test("what lies behind links is left out, as ccusage does not follow them", async () => {
  const home = newHome();
  const elsewhere = join(home.folder, "elsewhere");
  say(elsewhere, "-linked", "one", answer("a", 100));
  say(elsewhere, "-single", "two", answer("b", 20));
  mkdirSync(join(home.claude, "projects", "-app"));
  const linked = join(home.claude, "projects", "-linked");
  symlinkSync(join(elsewhere, "projects", "-linked"), linked);
  symlinkSync(
    transcriptPath(elsewhere, "-single", "two"),
    transcriptPath(home.claude, "-app", "two"),
  );
  say(home.claude, "-app", "three", answer("c", 3));
  await home.fetch();
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 123 }]);
  expect(await audit(home)).toMatchObject({ exitCode: 0, differences: [], days: 1, notFetched: 0 });
});

test("calls that are not in the books yet are named, and are no difference", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", answer("a", 100));
  await home.fetch();
  say(home.claude, "-app", "one", answer("b", 20), answer("c", 3));
  expect(await audit(home)).toMatchObject({ exitCode: 0, differences: [], notFetched: 2 });
  const { stdout } = await home.run(["audit"]);
  expect(stdout).toContain("2 calls not in the books yet; run `ccbooks fetch`.");
  // An audit counts nothing by itself.
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 100 }]);
});

test("deleted transcripts, gateways' message ids and subagents' replays are no differences", async () => {
  const home = newHome();
  const none = { requestId: null };
  say(home.claude, "-app", "one", answer("same", 100, none));
  const later = { ...none, at: `${DAY}T11:00:00.000Z` };
  say(home.claude, "-web", "two", answer("same", 20, later));
  say(home.claude, "-app", "three", answer("m", 300), answer("m", 7, { requestId: "another" }));
  const side = { isSidechain: true, requestId: "side", line: { sessionId: "three" } };
  say(home.claude, "-app", "three/subagents/agent-x", answer("m", 9, side), answer("n", 5, side));
  say(home.claude, "-app", "four", answer("gone", 4000));
  await home.fetch();
  sweep(home.claude, "-app", "four");
  expect(home.query("SELECT total_tokens FROM daily_usage")).toEqual([{ total_tokens: 4432 }]);
  expect(await audit(home)).toMatchObject({ exitCode: 0, differences: [], notFetched: 0 });
});

test.for(["__proto__", "constructor", "-home-dev-app", "日本"])(
  "a project called %s is audited like any other",
  async (slug) => {
    const home = newHome();
    say(home.claude, slug, "one", answer("a", 100));
    await home.fetch();
    expect(home.query("SELECT project_path FROM project_usage")).toEqual([{ project_path: slug }]);
    expect(await audit(home)).toMatchObject({ exitCode: 0, days: 1, differences: [] });
  },
);

test("a ccusage that counts otherwise is seen by the next fetch that has something new", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", answer("a", 100));
  expect((await home.fetch()).audit).toBeNull();
  expect((await audit(home)).exitCode).toBe(0);
  say(home.claude, "-app", "one", answer("b", 20));
  // With the same release a week is to pass.
  expect((await home.fetch()).audit).toBeNull();

  say(home.claude, "-app", "one", answer("c", 3));
  const doubling = wrapCcusage(join(home.folder, "ccusage.cjs"), "20.0.99", DOUBLES);
  const fetched = await home.fetch("--ccusage", doubling);
  expect(fetched.audit).toMatchObject({
    ccusageVersion: "20.0.99",
    differences: [{ date: DAY, model: PRICED, ccusageTokens: 246, callTokens: 123 }],
  });
  expect(fetched.warnings.join()).toContain(
    "ccusage 20.0.99 counts the transcripts of 1 day otherwise than ccbooks does, by 123 tokens;",
  );
});

test("a fetch audits by itself a week after the first one, and a week after that", async () => {
  const home = newHome();
  const path = transcriptPath(home.claude, "-app", "one");
  const fetchOn = async (now: string, id: string): Promise<boolean> => {
    say(home.claude, "-app", "one", answer(id, 1));
    utimesSync(path, new Date(now), new Date(now));
    return (await fetchAt(home, now)).audit !== null;
  };
  expect(await fetchOn("2026-11-21T10:00:00Z", "a")).toBe(false);
  expect(await fetchOn("2026-11-28T09:59:00Z", "b")).toBe(false);
  expect(await fetchOn("2026-11-28T10:01:00Z", "c")).toBe(true);
  expect(await fetchOn("2026-12-05T10:00:00Z", "d")).toBe(false);
  expect(await fetchOn("2026-12-05T10:02:00Z", "e")).toBe(true);
  // With nothing new there is nothing to prove.
  expect((await fetchAt(home, "2026-12-20T10:00:00Z")).audit).toBeNull();
});

test("an audit without books, and with a ccusage that fails, is a sentence", async () => {
  const home = newHome();
  const none = await home.run(["audit"]);
  expect(none).toMatchObject({ exitCode: 1, stdout: "" });
  expect(none.stderr).toBe(
    `[error] There are no books at ${home.db} yet; run \`ccbooks fetch\` first.`,
  );
  say(home.claude, "-app", "one", answer("a", 100));
  await home.fetch();
  const failing = wrapCcusage(join(home.folder, "ccusage.cjs"), "20.0.20", "process.exit(7);");
  const failed = await home.run(["audit", "--json", "--ccusage", failing]);
  expect(failed.exitCode).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({
    ...{ status: "failed", error: expect.stringContaining("failed with exit code 7") },
  });
  expect(home.query("SELECT 1 FROM audit")).toEqual([]);
});
