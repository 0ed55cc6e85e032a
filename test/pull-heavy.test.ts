import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { execa } from "execa";
import { expect, test } from "vitest";

import {
  ADMIN_KEY,
  adminApi,
  daysAgo,
  steadyOrganisation,
  usageResult,
  type AdminApi,
} from "./support/admin-api.ts";
import { dice } from "./support/dice.ts";
import { newHome, root, type Home } from "./support/home.ts";
import { pulled } from "./support/pulled.ts";

/** A nightly run asks for more: CCBOOKS_PULL_KILLS=200, and CCBOOKS_PULLED_DAYS=365 for a year of hours. */
const KILLS = Number(process.env["CCBOOKS_PULL_KILLS"] ?? 8);
const DAYS = Number(process.env["CCBOOKS_PULLED_DAYS"] ?? 16);

/** Starts a pull without a launcher, as a kill would hit only that. */
function startPull(home: Home, api: AdminApi, flags: string[], node: string[] = []) {
  return execa(
    process.execPath,
    [
      ...[...node, join(root, "dist", "ccbooks.js"), "pull", "anthropic", "--quiet"],
      ...["--base-url", api.url, ...flags],
    ],
    { env: home.env, extendEnv: false, reject: false, stdin: "ignore" },
  );
}

function homeWithKey(): Home {
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  return home;
}

test(`a pull that is killed at any of ${KILLS} moments is ended by the next one`, async () => {
  const organisation = steadyOrganisation();
  organisation.usage = (at) =>
    Array.from({ length: 30 }, (_, number) =>
      usageResult("claude-opus-4-5", { input: number }, { api_key_id: `${at}-${number}` }),
    );
  const api = await adminApi(organisation);
  const flags = ["--since", daysAgo(8), "--until", daysAgo(1), "--bucket", "1h"];
  const whole = homeWithKey();
  expect((await startPull(whole, api, flags)).exitCode).toBe(0);
  const requests = api.requests.length;
  const roll = dice(1);
  let killed = 0;
  for (let time = 0; time < KILLS; time += 1) {
    const home = homeWithKey();
    const at = 1 + roll(requests);
    const delay = roll(40);
    let count = 0;
    const pull = startPull(home, api, flags);
    api.fault = () => {
      count += 1;
      // It gets its answer, and is killed while it reads or keeps it.
      if (count === at) void pause(delay).then(() => pull.kill("SIGKILL"));
      return false;
    };
    if ((await pull).signal === "SIGKILL") killed += 1;
    api.fault = () => false;
    expect((await startPull(home, api, flags)).exitCode).toBe(0);
    expect({ at, delay, same: pulled(home) === pulled(whole) }).toEqual({ at, delay, same: true });
  }
  process.stderr.write(`${killed} of ${KILLS} pulls were killed and ended by the next one.\n`);
  expect(killed).toBeGreaterThan(KILLS / 2);
}, 600_000);

test(
  `hours of ${DAYS} days, by 50 keys and 8 models, take no more memory than half of them`,
  { retry: 2, timeout: 600_000 },
  async () => {
    const organisation = steadyOrganisation();
    const rows = Array.from({ length: 400 }, (_, number) =>
      usageResult(
        `claude-opus-4-${number % 8}`,
        { input: 1000, output: 10, read: number },
        { api_key_id: `apikey_${Math.floor(number / 8)}` },
      ),
    );
    organisation.usage = () => rows;
    const api = await adminApi(organisation);
    const measure = async (days: number) => {
      const home = homeWithKey();
      const peak = join(home.folder, "peak");
      home.env["CCBOOKS_TEST_PEAK"] = peak;
      const start = performance.now();
      const hook = pathToFileURL(join(root, "test", "support", "peak.mjs")).href;
      const { exitCode } = await startPull(
        home,
        api,
        ["--since", daysAgo(days), "--until", daysAgo(1), "--type", "usage", "--bucket", "1h"],
        ["--max-semi-space-size=1", "--import", hook],
      );
      expect(exitCode).toBe(0);
      const seconds = (performance.now() - start) / 1000;
      return { home, seconds, megabytes: Number(readFileSync(peak, "utf8")) / 1024 };
    };
    const few = await measure(Math.ceil(DAYS / 2));
    const many = await measure(DAYS);
    const [{ count } = { count: 0 }] = many.home.query<{ count: number }>(
      "SELECT COUNT(*) AS count FROM api_usage",
    );
    expect(count).toBe(DAYS * 24 * 400);
    const start = performance.now();
    expect((await many.home.run(["stats", "--source", "anthropic"])).exitCode).toBe(0);
    const stats = (performance.now() - start) / 1000;
    process.stderr.write(
      `${count} rows in ${many.seconds.toFixed(1)} s (${Math.round(count / many.seconds)} a second), ` +
        `${many.megabytes.toFixed(0)} MiB (of half ${few.megabytes.toFixed(0)} MiB); stats in ${stats.toFixed(2)} s.\n`,
    );
    expect(many.megabytes - few.megabytes).toBeLessThan(60);
  },
);
