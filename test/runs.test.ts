import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { newHome } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

test("runs are listed, the newest first, with what they changed and why they failed", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  say(home.claude, "-app", "one", { id: "b", at: "2026-11-03T10:00:00Z" });
  await home.fetch();
  await home.fetch();
  await home.fetch();
  await home.fetch();
  const program = join(home.folder, "no-ccusage");
  mkdirSync(program);
  say(home.claude, "-app", "one", { id: "c", at: "2026-11-03T11:00:00Z" });
  await home.run(["fetch", "--offline", "--ccusage", program]);
  rmSync(program, { recursive: true });
  const { exitCode, stdout } = await home.run(["runs"]);
  expect(exitCode).toBe(0);
  const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "));
  const minute = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
  expect(lines).toEqual([
    "Started  Run  Machine  Result  Seconds  What changed",
    expect.stringMatching(`^${minute}  fetch  test-machine  failed  0\\.0$`),
    expect.stringMatching(
      String.raw`^${minute}  fetch  test-machine  ok  \d\.\d  nothing, 3 times$`,
    ),
    expect.stringMatching(
      String.raw`^${minute}  fetch  test-machine  ok  \d\.\d  2 calls, 2 days$`,
    ),
    "",
    expect.stringMatching(`^${minute}: .*no-ccusage`),
  ]);
  const { runs } = JSON.parse((await home.run(["runs", "--failed", "--json"])).stdout);
  expect(runs).toMatchObject([
    { command: "fetch", machine: "test-machine", status: "failed", error: expect.any(String) },
  ]);
  expect(JSON.parse((await home.run(["runs", "--limit", "2", "--json"])).stdout).runs).toHaveLength(
    2,
  );
});

test("books without runs, or without failed ones, say so", async () => {
  const home = newHome();
  expect((await home.run(["runs"])).stderr).toContain("run `ccbooks fetch` first");
  await home.fetch();
  expect((await home.run(["runs", "--failed"])).stdout).toBe("No run has failed.");
  expect((await home.run(["runs", "--limit", "0"])).stderr).toContain(
    "--limit takes a whole number",
  );
});

test("an error with escape sequences is one harmless line", async () => {
  const home = newHome();
  await home.fetch();
  const path = join(home.folder, "evil");
  writeFileSync(path, "");
  await home.run(["merge", "--offline", `${path}\u001B[31m`]);
  const { stdout } = await home.run(["runs", "--failed"]);
  expect(stdout).not.toContain("\u001B");
});

test("a fetch that fails again for the same reason shares the row of the first", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z" });
  const missing = join(home.folder, "no-ccusage");
  for (let time = 0; time < 3; time += 1) {
    await home.run(["fetch", "--offline", "--ccusage", missing]);
  }
  const rows = "SELECT status, fetches FROM import_run ORDER BY id";
  expect(home.query(rows)).toEqual([{ status: "failed", fetches: 3 }]);
  await home.fetch();
  await home.run(["fetch", "--offline", "--ccusage", missing]);
  expect(home.query(rows)).toEqual([
    { status: "failed", fetches: 3 },
    { status: "ok", fetches: 1 },
    { status: "failed", fetches: 1 },
  ]);
  expect((await home.run(["runs"])).stdout).toMatch(/failed +0\.\d +3 times/);
});
