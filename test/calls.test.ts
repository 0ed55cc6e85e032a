import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { describe, expect, test } from "vitest";

import { newHome, root, type Home } from "./support/home.ts";
import { apiRequest, otlpLogs } from "./support/otlp.ts";
import { serveFrom } from "./support/server.ts";
import { say } from "./support/transcripts.ts";

const sample = (name: string): string => join(root, "test", "support", "claude-p", name);

/** 20 calls of an app by two workers today, of which one failed: from 1 to 20 seconds. */
async function homeOfAppCalls(): Promise<Home> {
  const home = newHome();
  const server = await serveFrom(home);
  const calls = Array.from({ length: 20 }, (_, number) => ({
    ...{ provider: "anthropic", model: number % 2 === 0 ? "claude-opus-4-5" : "claude-haiku-4-5" },
    ...{ project: "shop", worker_id: number < 5 ? "w1" : "w2", task_id: `gh-${number}` },
    ...{ input_tokens: 100, output_tokens: 1000, cost_usd: 0.5 },
    ...{ duration_ms: (number + 1) * 1000, time_to_first_token_ms: 100 },
    ...(number === 19 ? { success: false, error_message: "overloaded" } : {}),
  }));
  await server.ask("POST", "/api/usage", calls);
  await server.end();
  return home;
}

async function json(home: Home, ...args: string[]) {
  const { stdout, stderr } = await home.run(["calls", ...args, "--json"]);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

describe("calls", () => {
  test("are told in all, by model, by worker and by project, with averages and percentiles", async () => {
    const home = await homeOfAppCalls();
    const { groups } = await json(home, "--source", "apps");
    const of = (by: string, name: string) =>
      groups.find((group: { by: string; name: string }) => group.by === by && group.name === name);
    expect(of("all", "")).toMatchObject({
      ...{ calls: 20, failedCalls: 1, inputTokens: 2000, outputTokens: 20_000, totalCost: 10 },
      ...{ averageDurationMs: 10_500, p95DurationMs: 19_000 },
      ...{ averageTimeToFirstTokenMs: 100, p95TimeToFirstTokenMs: 100, p5TokensPerSecond: 50 },
    });
    expect(of("worker", "w1")).toMatchObject({
      calls: 5,
      averageDurationMs: 3000,
      p95DurationMs: 5000,
    });
    expect(of("model", "claude-haiku-4-5")).toMatchObject({ calls: 10, failedCalls: 1 });
    expect(of("project", "shop")).toMatchObject({ calls: 20 });
    const words = (await home.run(["calls", "--source", "apps"])).stdout;
    expect(words).toContain("20 calls of apps");
    expect(words).toContain("19 successful, 1 failed");
    expect(words).toContain("Duration     11 s on average, 95% within 19 s");
    for (const line of words.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("can be limited, and listed one by one", async () => {
    const home = await homeOfAppCalls();
    const all = async (...flags: string[]) => {
      const { groups } = await json(home, "--source", "apps", ...flags);
      return groups[0]?.calls ?? 0;
    };
    expect(await all("--worker", "w1")).toBe(5);
    expect(await all("--task", "gh-7")).toBe(1);
    expect(await all("--failed")).toBe(1);
    expect(await all("--model", "HAIKU", "--worker", "w1")).toBe(2);
    expect(await all("--project", "search")).toBe(0);
    expect(await all("week")).toBe(20);
    expect(await all("--since", "2026-01-01", "--until", "2026-01-31")).toBe(0);
    const { calls } = await json(home, "--source", "apps", "--slow", "--limit", "2");
    expect(calls).toMatchObject([
      { durationMs: 20_000, isSuccess: 0, error: "overloaded", task: "gh-19" },
      { durationMs: 19_000, isSuccess: 1 },
    ]);
    const failed = (await home.run(["calls", "--source", "apps", "--failed", "--detail"])).stdout;
    expect(failed).toMatch(/claude-haiku-4-5 +shop +1K +failed +20 s +0\.1 s\n\n.*: overloaded$/);
    const csv = (await home.run(["calls", "--source", "apps", "--format", "csv"])).stdout;
    expect(csv.split("\n")[0]).toMatch(/^by,name,calls,failed_calls,input_tokens,/);
    const markdown = (
      await home.run(["calls", "--source", "apps", "--detail", "--format", "markdown"])
    ).stdout;
    expect(markdown).toContain("| claude-haiku-4-5 | w2 | gh-19 |");
  });

  test("of Claude Code have times and failures where telemetry tells them", async () => {
    const home = newHome();
    const now = new Date();
    const at = now.toISOString();
    say(home.claude, "-home-dev-shop", "s1", {
      id: "a",
      requestId: "req_1",
      at,
      cwd: "/home/dev/shop",
    });
    await home.fetch();
    expect((await home.run(["calls"])).stdout.replaceAll(/\s+/g, " ")).toContain(
      "`ccbooks telemetry on` has Claude Code do so.",
    );
    const server = await serveFrom(home);
    const error = {
      ...{ name: "api_error", at },
      attributes: {
        "session.id": "s1",
        model: "claude-opus-4-5",
        error: "overloaded",
        status_code: 529,
        attempt: 11,
      },
    };
    const batch = otlpLogs([apiRequest("s1", "req_1", at, { duration_ms: 4200 }), error]);
    await server.ask("POST", "/v1/logs", batch);
    const { groups, coverage } = await json(home);
    expect(groups[0]).toMatchObject({ calls: 2, failedCalls: 1, averageDurationMs: 4200 });
    expect(groups.find(({ by }: { by: string }) => by === "project")).toMatchObject({
      name: "shop",
    });
    expect(coverage.lines).toMatchObject([{ transcriptTokens: 110, toldTokens: 110 }]);
    const list = (await home.run(["calls", "--failed", "--detail"])).stdout;
    expect(list).toContain(": 529 overloaded");
    expect(home.query("SELECT source, calls, failed_calls AS failed FROM call_day")).toEqual([
      { source: "claude-code", calls: 2, failed: 1 },
    ]);
    expect(home.query("SELECT error, calls FROM call_error")).toEqual([
      { error: "overloaded", calls: 1 },
    ]);
  });

  test.for<[string[], string]>([
    [["yesterday"], "takes today, week, month or import"],
    [["week", "--since", "7d"], "both say which days"],
    [["--source", "anthropic"], "tell of no single calls"],
    [["--worker", "w1"], "Only apps tell of a worker"],
    [["--json", "--format", "csv"], "both say how to print"],
    [["import"], "Missing a file"],
  ])("%j is wrong usage", async ([flags, says]) => {
    const home = newHome();
    await home.fetch();
    const { exitCode, stderr } = await home.run(["calls", ...flags]);
    expect({ exitCode, says: stderr.includes(says) }).toEqual({ exitCode: 2, says: true });
  });
});

describe("import", () => {
  test("takes what `claude -p` printed, once, with the models that helped", async () => {
    const home = newHome();
    const files = ["result-success.json", "result-error.json"].map(sample);
    const first = await home.run(["calls", "import", ...files, "--project", "guide"]);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toMatch(/success\.json: 1 call added\.\n.*error\.json: 1 call added\.$/);
    expect((await home.run(["calls", "import", ...files])).stderr).toContain(
      "0 calls added, 1 known already",
    );
    expect(
      home.query(
        "SELECT model, is_call AS own, ROUND(cost, 6) AS cost, total_tokens AS tokens FROM recorded_usage ORDER BY tokens",
      ),
    ).toEqual([
      { model: "claude-haiku-4-5-20251001", own: 0, cost: 0.00269, tokens: 2306 },
      { model: "claude-opus-5-5", own: 1, cost: 0.090546, tokens: 52_224 },
      { model: "claude-sonnet-5-5", own: 0, cost: 0.05061, tokens: 54_385 },
      { model: "claude-opus-5-5", own: 1, cost: 0.86173, tokens: 1_297_780 },
    ]);
    expect(
      home.query(
        "SELECT SUM(calls) AS calls, SUM(failed_calls) AS failed, ROUND(SUM(cost), 6) AS cost FROM recorded_cell",
      ),
    ).toEqual([{ calls: 2, failed: 1, cost: 1.005576 }]);
  });

  test("takes logs of one call a line, and says what it could not read", async () => {
    const home = newHome();
    const line = {
      ...{
        timestamp: "2026-11-20T10:00:00Z",
        task_id: "gh-1",
        worker_id: "w1",
        model: "claude-opus-4-5",
      },
      ...{ tokens_input: 100, tokens_output: 10, duration_seconds: 1.5, success: true },
      estimated_cost_usd: 0.25,
    };
    const file = join(home.folder, "calls.jsonl");
    writeFileSync(
      file,
      `${JSON.stringify(line)}\nno json\n\n${JSON.stringify({ ...line, task_id: "gh-2" })}\n`,
    );
    const first = await home.run(["calls", "import", file]);
    expect(first.stderr).toContain("2 calls added.");
    expect(first.stderr).toContain("1 line of");
    expect((await home.run(["calls", "import", file])).stderr).toContain(
      "0 calls added, 2 known already",
    );
    expect(home.query("SELECT SUM(cost) AS cost, SUM(calls) AS calls FROM recorded_cell")).toEqual([
      { cost: 0.5, calls: 2 },
    ]);
    expect((await home.run(["calls", "import", join(home.folder, "no.jsonl")])).stderr).toContain(
      "cannot be read (ENOENT)",
    );
  });
});

test("what is imported twice is the same calls, also without a name of their own", async () => {
  const home = newHome();
  const { uuid: _, ...result } = JSON.parse(readFileSync(sample("result-success.json"), "utf8"));
  const file = join(home.folder, "result.json");
  writeFileSync(file, JSON.stringify(result));
  const server = await serveFrom(home, "--jsonl", "lines");
  const call = { model: "m", project: "p", input_tokens: 10, cost_usd: 1 };
  await server.ask("POST", "/api/usage", [call, call]);
  await server.ask("POST", "/api/usage", [call, call], { "idempotency-key": "k" });
  const sum = () =>
    home.query("SELECT SUM(calls) AS calls, ROUND(SUM(cost), 6) AS cost FROM recorded_cell");
  await home.run(["calls", "import", file]);
  const before = sum();
  expect(before).toEqual([{ calls: 5, cost: 4.093236 }]);
  const [lines = ""] = readdirSync(join(home.folder, "lines"));
  await home.run(["calls", "import", file, join(home.folder, "lines", lines)]);
  expect(sum()).toEqual(before);
});

test("keys and tokens in errors are kept nowhere", async () => {
  const home = newHome();
  const server = await serveFrom(home, "--jsonl", "lines");
  const secrets = [
    "sk-ant-api03-SECRET0123456789",
    `ccb_0123456789ab_${"S".repeat(43)}`,
    "TOKEN0123456789",
  ];
  const error = `401 invalid x-api-key ${secrets[0]} ${secrets[1]}, Bearer ${secrets[2]}`;
  await server.ask("POST", "/api/usage", { model: "m", success: false, error_message: error });
  const event = {
    ...{ name: "api_error", at: new Date().toISOString() },
    attributes: { "session.id": "s1", model: "m", error },
  };
  await server.ask("POST", "/v1/logs", otlpLogs([event]));
  const [lines = ""] = readdirSync(join(home.folder, "lines"));
  const everything = [home.db, join(home.folder, "lines", lines)].map((path) =>
    readFileSync(path, "latin1"),
  );
  for (const secret of secrets) for (const text of everything) expect(text).not.toContain(secret);
  expect(home.query("SELECT error FROM recorded_call")).toEqual([
    { error: "401 invalid x-api-key … …, Bearer …" },
  ]);
});

/** A stand-in for `claude -p`: prints a sample, slowly, and ends as it is told. */
function standIn(home: Home, print: string, code: number): string {
  const program = join(home.folder, "claude-stand-in");
  writeFileSync(
    program,
    `#!/bin/sh\nhead -c 700 '${sample(print)}'\nsleep 0.2\ntail -c +701 '${sample(print)}'\necho beside >&2\nexit ${code}\n`,
  );
  chmodSync(program, 0o755);
  return program;
}

describe("run", () => {
  test("hands everything through untouched, and records how it went", async () => {
    const home = newHome();
    const program = standIn(home, "stream.jsonl", 0);
    const printed = readFileSync(sample("stream.jsonl"), "utf8");
    const args = ["-p", "fix the typos", "--output-format", "stream-json"];
    const ran = await home.run([
      "run",
      "--task",
      "gh-456",
      "--worker",
      "w-abc",
      "--jsonl",
      "log",
      "--",
      program,
      ...args,
    ]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: "beside" });
    expect(ran.stdout).toBe(printed.trimEnd());
    expect(
      home.query(
        `SELECT model, project, worker, task, is_success AS success, exit_code AS code, turns,
           duration_ms AS duration, time_to_first_token_ms AS first, prompt_length AS prompt, ROUND(cost, 6) AS cost
         FROM recorded_usage WHERE is_call = 1`,
      ),
    ).toEqual([
      {
        ...{
          model: "claude-opus-5-5",
          project: "app",
          worker: "w-abc",
          task: "gh-456",
          success: 1,
        },
        ...{ code: 0, turns: 6, duration: 48_213, first: 1912, prompt: 13, cost: 0.090546 },
      },
    ]);
    const day = new Date().toISOString().slice(0, 10);
    const line = JSON.parse(
      readFileSync(join(home.folder, "log", `api-calls-${day}.jsonl`), "utf8"),
    );
    expect(line).toMatchObject({ task_id: "gh-456", worker_id: "w-abc", model: "claude-opus-5-5" });
    // Prompts and answers are nowhere.
    const everything = readFileSync(home.db, "latin1");
    for (const secret of ["fix the typos", "Three typos fixed"])
      expect(everything).not.toContain(secret);
  });

  test("counts a resumed session's own part, never its totals again", async () => {
    const home = newHome();
    const first = standIn(home, "result-success.json", 0);
    await home.run(["run", "--", first, "-p", "x", "--output-format", "json"]);
    // The same session goes on: totals of both, and a usage of its own.
    const result = JSON.parse(readFileSync(sample("result-success.json"), "utf8"));
    const resumed = { ...result, uuid: "0c7d3d0e-2f3a-4a57-8a6e-9d5b7f1a0099" };
    const file = join(home.folder, "resumed.json");
    writeFileSync(file, JSON.stringify(resumed));
    await home.run(["calls", "import", file]);
    const rows = home.query<{ cost: number }>("SELECT cost FROM recorded_call ORDER BY id");
    expect(rows[0]?.cost).toBeCloseTo(0.090546, 9);
    // 24 in, 1830 out, 9120 written, 41250 read of Opus 5.5, at list price.
    expect(rows[1]?.cost).toBeCloseTo((24 * 4 + 1830 * 20 + 9120 * 5 + 41_250 * 0.2) / 1e6, 9);
  });

  test("ends as the program ended, by a code or a signal, and records that", async () => {
    const home = newHome();
    const failing = await home.run(["run", "--project", "p", "--", "sh", "-c", "exit 7"]);
    expect(failing.exitCode).toBe(7);
    expect((await home.run(["run", "--", "no-such-program"])).stderr).toContain(
      "there is no such program",
    );
    const program = execa(
      process.execPath,
      [join(root, "dist", "ccbooks.js"), "run", "--", "sh", "-c", "echo up; exec sleep 60"],
      { env: home.env, extendEnv: false, reject: false, stdin: "ignore" },
    );
    await new Promise<void>((resolve) => program.stdout.once("data", () => resolve()));
    program.kill("SIGTERM");
    expect((await program).exitCode).toBe(143);
    expect(
      home.query(
        "SELECT is_success AS success, exit_code AS code, error FROM recorded_usage ORDER BY id",
      ),
    ).toEqual([
      { success: 0, code: 7, error: "sh ended with 7" },
      { success: 0, code: 143, error: "sh ended with 143" },
    ]);
  });

  test("that prints no whole result is no success at no cost", async () => {
    const home = newHome();
    const ran = await home.run([
      "run",
      "--",
      "echo",
      '{"type":"result"',
      "--output-format",
      "json",
    ]);
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stderr).toContain("printed no whole result, so that what it used is not known");
    expect(home.query("SELECT is_success AS success, error FROM recorded_call")).toEqual([
      { success: 0, error: "no whole result was printed" },
    ]);
  });

  test("does not fail where it cannot be recorded", async () => {
    const home = newHome();
    copyFileSync(join(root, "package.json"), join(home.folder, "no.db"));
    const ran = await home.run(["run", "--db", join(home.folder, "no.db"), "--", "echo", "done"]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: "done" });
    expect(ran.stderr).toContain("The run was not recorded: ");
  });
});
