import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";
import { expect, test } from "vitest";

import { newHome, root } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

// What a stranger installs: packed, put into an empty folder, run from there. A forgotten file of
// `sql/` or a package that is only a development dependency shows here and nowhere else.
test("the packed program installs into an empty folder and does its main job", async () => {
  const home = newHome();
  const empty = join(home.folder, "empty");
  mkdirSync(empty);
  const npm = { env: { ...process.env, npm_config_loglevel: "error" }, cwd: empty };

  await execa("npm", ["pack", root, "--ignore-scripts"], npm);
  const [tarball = ""] = readdirSync(empty);
  const { stdout: listing } = await execa("tar", ["tzf", tarball], npm);
  const folders = new Set(listing.split("\n").map((path) => path.split("/")[1]));
  expect([...folders].toSorted()).toEqual(["LICENSE", "README.md", "dist", "package.json", "sql"]);

  await execa("npm", ["install", `./${tarball}`, "--prefer-offline", "--omit=dev"], npm);
  const program = join(empty, "node_modules", "ccbooks", "dist", "ccbooks.js");
  const run = (...args: string[]) =>
    execa(process.execPath, [program, ...args], { env: home.env, extendEnv: false, cwd: empty });

  say(home.claude, "-app", "one", { id: "a", at: "2026-11-02T10:00:00Z", input: 7, output: 3 });
  const fetched = JSON.parse((await run("fetch", "--offline", "--json")).stdout);
  expect(fetched).toMatchObject({ status: "ok", days: { added: 1 }, totals: { totalTokens: 10 } });
  expect((await run("stats", "--all")).stdout).toContain("2026-11-02");
  await run("export", "daily_usage", "--out", "usage.parquet");
  expect(readFileSync(join(empty, "usage.parquet"), "latin1")).toMatch(/^PAR1[^]*PAR1$/);
  expect((await run("demo")).stdout).toContain("What rose");
});
