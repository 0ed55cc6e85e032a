import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { nanoUsd } from "../src/usd.ts";
import {
  ADMIN_KEY,
  adminApi,
  costResult,
  daysAgo,
  steadyOrganisation,
  usageResult,
  type AdminApi,
  type Organisation,
} from "./support/admin-api.ts";
import { newHome, type Home } from "./support/home.ts";
import { pulled } from "./support/pulled.ts";

/** A home that knows a key, and pulls from a server. */
function homeOf(api: AdminApi) {
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  return {
    ...home,
    pull: (...flags: string[]) => home.run(["pull", "anthropic", "--base-url", api.url, ...flags]),
  };
}

describe("a pull", () => {
  test("takes 30 days first, and then goes on, reading the last three again", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    const first = await home.pull();
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(first.stdout).toContain("Anthropic's reports of Nimbus, days of UTC.");
    expect(first.stdout).toContain(`usage: 30 rows, ${daysAgo(29)} to ${daysAgo(0)}`);
    expect(first.stdout).toMatch(/claude-opus-4-5 +7M +700K +\$52\.50 +\$52\.50 +\$0\.00/);
    expect(first.stdout).toMatch(/ci-runner +7M +700K +\$52\.50/);
    const before = pulled(home);
    expect(home.query("SELECT DISTINCT pulled_until AS until FROM api_pull")).toEqual([
      { until: daysAgo(1) },
    ]);
    const again = await home.pull();
    expect(again.stdout).toContain(`usage: 4 rows, ${daysAgo(3)} to ${daysAgo(0)}`);
    expect(pulled(home)).toBe(before);
    expect(home.query("SELECT command, status FROM import_run")).toEqual([
      { command: "pull", status: "ok" },
      { command: "pull", status: "ok" },
    ]);
    expect((await home.run(["runs"])).stdout).toMatch(/ pull +test-machine +ok /);
  });

  test("takes the days and reports that are asked for, each replaced as a set", async () => {
    const organisation = steadyOrganisation();
    const api = await adminApi(organisation);
    const home = homeOf(api);
    await home.pull("--date", daysAgo(5), "--type", "usage");
    await home.pull("--since", daysAgo(9), "--until", daysAgo(8), "--type", "cost");
    const days = (table: string): unknown[] =>
      home.query<{ date: string }>(`SELECT DISTINCT date FROM ${table} ORDER BY date`);
    expect(days("api_usage_day")).toEqual([{ date: daysAgo(5) }]);
    expect(days("api_cost")).toEqual([{ date: daysAgo(9) }, { date: daysAgo(8) }]);
    expect(days("claude_code_usage")).toEqual([]);
    // Late costs: another amount, and one row less.
    organisation.costs = () => [costResult("999.5")];
    await home.pull("--date", daysAgo(8), "--type", "cost");
    expect(home.query("SELECT date, SUM(amount) AS usd FROM api_bill GROUP BY 1")).toEqual([
      { date: daysAgo(9), usd: 7.5 },
      { date: daysAgo(8), usd: 9.995 },
    ]);
  });

  test("of hours and of days of the same time is one or the other", async () => {
    const organisation = steadyOrganisation();
    const api = await adminApi(organisation);
    const home = homeOf(api);
    const sums = "SELECT COUNT(*) AS rows, SUM(input_tokens) AS tokens FROM api_usage";
    await home.pull("--date", daysAgo(2), "--type", "usage");
    expect(home.query(sums)).toEqual([{ rows: 1, tokens: 1_000_000 }]);
    organisation.usage = () => [usageResult("claude-opus-4-5", { input: 50_000 })];
    await home.pull("--date", daysAgo(2), "--type", "usage", "--bucket", "1h");
    expect(home.query(sums)).toEqual([{ rows: 24, tokens: 1_200_000 }]);
    expect(home.query("SELECT input_tokens AS tokens FROM api_usage_day")).toEqual([
      { tokens: 1_200_000 },
    ]);
    await home.pull("--date", daysAgo(2), "--type", "usage");
    expect(home.query(sums)).toEqual([{ rows: 1, tokens: 50_000 }]);
  });

  test("that fails at any request keeps whole pages, and the next one ends it", async () => {
    const organisation = steadyOrganisation();
    // A page of the Claude Code report is a thousand records.
    const [record = {}] = organisation.claudeCode("2026-11-01");
    organisation.claudeCode = (date) =>
      Array.from({ length: date === daysAgo(33) ? 1001 : 1 }, (_, number) => ({
        ...{ ...record, date, actor: { type: "api_actor", api_key_name: `key-${number}` } },
      }));
    const flags = ["--since", daysAgo(34), "--until", daysAgo(2)];
    const api = await adminApi(organisation);
    const whole = homeOf(api);
    await whole.pull(...flags);
    // The organisation, two pages each of usage and cost, then the days.
    for (const at of [3, 5, 8]) {
      const home = homeOf(api);
      let count = 0;
      api.fault = (_, response) => {
        count += 1;
        if (count < at) return false;
        response.destroy();
        return true;
      };
      const cut = await home.pull(...flags);
      expect({ at, exitCode: cut.exitCode }).toEqual({ at, exitCode: 1 });
      expect(cut.stderr).toContain("gave no whole answer");
      expect(cut.stderr.trim().split("\n")).toHaveLength(3);
      api.fault = () => false;
      await home.pull(...flags);
      expect(pulled(home)).toBe(pulled(whole));
    }
  }, 120_000);

  test("waits as it is told, and tries a broken server three times", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    const answers: [number, Record<string, string>][] = [
      [429, { "retry-after-ms": "20" }],
      [429, { "retry-after": "0" }],
      [429, { "anthropic-ratelimit-requests-reset": new Date().toISOString() }],
      [500, {}],
      [529, {}],
    ];
    let count = 0;
    api.fault = (_, response) => {
      const next = answers[count];
      count += 1;
      if (next === undefined) return false;
      response.writeHead(...next).end('{"error":{"message":"not now"}}');
      return true;
    };
    const { exitCode, stderr } = await home.pull("--date", daysAgo(1));
    expect(exitCode).toBe(0);
    expect(
      stderr.split("\n").filter((line) => line.includes("Anthropic asks to wait")),
    ).toHaveLength(3);
    count = 0;
    answers.splice(0, 5, [500, {}], [500, {}], [503, {}]);
    const broken = await home.pull("--date", daysAgo(1));
    expect(broken.exitCode).toBe(1);
    expect(broken.stderr).toContain("Anthropic cannot answer now (not now)");
    count = 0;
    answers.splice(0, 3, [500, { "x-should-retry": "false" }]);
    await home.pull("--date", daysAgo(1));
    expect(count).toBe(1);
  });

  test("of another organisation's key is refused", async () => {
    const organisation = steadyOrganisation();
    const api = await adminApi(organisation);
    const home = homeOf(api);
    await home.pull("--date", daysAgo(1));
    organisation.id = "22222222-2222-4222-8222-222222222222";
    organisation.name = "Cumulus";
    const { exitCode, stderr } = await home.pull();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "hold the bill of Nimbus, and this key is of Cumulus; name other books",
    );
  });

  test("goes on without names where the key may not read them", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    api.fault = (request, response) => {
      if (!/api_keys|workspaces/.test(request.url ?? "")) return false;
      response.writeHead(403).end("{}");
      return true;
    };
    const { stdout, exitCode } = await home.pull("--date", daysAgo(1));
    expect(exitCode).toBe(0);
    expect(stdout).toContain("apikey_01ci");
    home.env["ANTHROPIC_AGENT_MAP_JSON"] = '{"apikey_01ci": "the builder"}';
    expect((await home.pull("--date", daysAgo(1))).stdout).toMatch(/the builder +1M/);
  });
});

test("a model that a price became known of since has it after the next pull", async () => {
  const organisation = steadyOrganisation();
  const tokens = { input: 1_000_000, output: 100_000 };
  organisation.usage = () => [
    usageResult("claude-opus-4-5", tokens),
    usageResult("nova-1", tokens),
  ];
  const api = await adminApi(organisation);
  const home = homeOf(api);
  const flags = ["--type", "usage", "--since", daysAgo(9), "--until", daysAgo(8)];
  const first = await home.pull(...flags, "--bucket", "1h");
  expect(first.stdout).toContain("nova-1");
  const sums = `SELECT model, SUM(cost) AS cost, SUM(unpriced_tokens) AS unpriced
    FROM api_usage_day WHERE date < '${daysAgo(5)}' GROUP BY model`;
  expect(home.query(sums)).toMatchObject([
    { model: "claude-opus-4-5", cost: 360, unpriced: 0 },
    { model: "nova-1", cost: null, unpriced: 48 * 1_100_000 },
  ]);
  const rows = home.query<{ count: number }>("SELECT COUNT(*) AS count FROM api_usage");
  writeFileSync(
    join(home.folder, "prices.json"),
    '{"nova-1":{"input_per_million":1,"output_per_million":10}}',
  );
  await home.pull("--type", "usage", "--date", daysAgo(1), "--pricing-json", "prices.json");
  expect(home.query(sums)).toMatchObject([
    { model: "claude-opus-4-5", cost: 360, unpriced: 0 },
    { model: "nova-1", cost: 96, unpriced: 0 },
  ]);
  expect(home.query("SELECT COUNT(*) - 2 AS count FROM api_usage")).toEqual(rows);
});

test("the default workspace has one name in both generations of reports", async () => {
  const organisation = {
    ...steadyOrganisation(),
    defaultWorkspace: "wrkspc_default",
    keys: [
      {
        ...{ id: "apikey_01ci", type: "api_key", name: "ci-runner", workspace_id: null },
        scope: { type: "workspace", workspace_id: "wrkspc_default" },
      },
    ],
  };
  const api = await adminApi(organisation);
  const home = homeOf(api);
  await home.pull("--date", daysAgo(1));
  await home.pull("--date", daysAgo(2), "--api", "analytics");
  expect(home.query("SELECT DISTINCT workspace FROM api_usage_day ORDER BY 1")).toEqual([
    { workspace: "" },
    { workspace: "wrkspc_default" },
  ]);
  expect(
    home.query(
      "SELECT DISTINCT project FROM spending UNION SELECT DISTINCT workspace FROM api_bill",
    ),
  ).toEqual([{ project: "default" }]);
});

describe("the key", () => {
  test("is never shown nor kept, whatever the server says of it", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    const raw = join(home.folder, "raw");
    const outputs = [await home.pull("--raw", raw), await home.pull("--json")];
    home.env["ANTHROPIC_ADMIN_API_KEY"] = `${ADMIN_KEY}-wrong`;
    const wrong = await home.pull();
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain("Anthropic does not take this key (invalid x-api-key …,");
    outputs.push(wrong, await home.run(["runs", "--json"]));
    for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain(ADMIN_KEY);
    for (const name of readdirSync(home.folder, { recursive: true, encoding: "utf8" })) {
      const path = join(home.folder, name);
      if (/node-compile-cache|cache/.test(path) || readdirSafe(path)) continue;
      expect(readFileSync(path).includes(ADMIN_KEY), path).toBe(false);
    }
    for (const url of api.requests) expect(url.href).not.toContain(ADMIN_KEY);
  });

  test.for<[string, Record<string, string>, string]>([
    ["none", { ANTHROPIC_ADMIN_API_KEY: "" }, "There is no ANTHROPIC_ADMIN_API_KEY"],
    [
      "a regular one",
      { ANTHROPIC_ADMIN_API_KEY: "sk-ant-api03-abc" },
      "holds a regular API key, which may not read the organisation's usage",
    ],
    [
      "with a line break",
      { ANTHROPIC_ADMIN_API_KEY: "sk-ant\nx: y" },
      "characters that no key has",
    ],
    [
      "of nobody, as a token",
      { ANTHROPIC_ADMIN_API_KEY: "", ANTHROPIC_AUTH_TOKEN: "abc" },
      "does not take this token",
    ],
  ])("%s is a sentence", async ([, env, says]) => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    Object.assign(home.env, env);
    const { exitCode, stderr } = await home.pull();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr.split("\n")).toHaveLength(1);
  });

  test("may be a bearer token", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    home.env["ANTHROPIC_ADMIN_API_KEY"] = "";
    home.env["ANTHROPIC_AUTH_TOKEN"] = ADMIN_KEY;
    expect((await home.pull("--date", daysAgo(1))).exitCode).toBe(0);
  });

  test("goes to no other place", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    api.fault = (_, response) => {
      response.writeHead(302, { location: "http://example.org/" }).end();
      return true;
    };
    expect((await home.pull()).stderr).toContain("redirects elsewhere, where no key is sent;");
  });
});

function readdirSafe(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

test("the newer reports tell the same, and take the place of the older ones", async () => {
  const organisation = steadyOrganisation();
  // Days without usage, and more rows than a page has.
  organisation.usage = (at) =>
    at.startsWith(daysAgo(20))
      ? []
      : Array.from({ length: 30 }, (_, number) =>
          usageResult(
            "claude-opus-4-5",
            { input: 1000 + number },
            { api_key_id: `apikey_${number}` },
          ),
        );
  const api = await adminApi(organisation);
  const [older, newer] = [homeOf(api), homeOf(api)];
  const flags = ["--since", daysAgo(45), "--until", daysAgo(1)];
  expect((await older.pull(...flags)).exitCode).toBe(0);
  expect(await newer.pull(...flags, "--api", "analytics")).toMatchObject({
    exitCode: 0,
    stderr: "",
  });
  const days = (home: Home): unknown[] =>
    home.query(
      `SELECT date, api_key, model, input_tokens, output_tokens, cost FROM api_usage_day ORDER BY 1, 2`,
    );
  expect(days(older)).toHaveLength(44 * 30);
  expect(days(newer)).toEqual(days(older));
  const bill = "SELECT date, SUM(amount_nano_usd) AS nano FROM api_cost GROUP BY 1 ORDER BY 1";
  expect(newer.query(bill)).toEqual(older.query(bill));
  expect(newer.query("SELECT DISTINCT requests, product FROM api_usage")).toEqual([
    { requests: 7, product: "messages_api" },
  ]);
  // A day is of one of them: nothing is counted twice.
  await older.pull(...flags, "--api", "analytics", "--type", "usage");
  expect(days(older)).toEqual(days(newer));
  expect(older.query("SELECT DISTINCT requests FROM api_usage")).toEqual([{ requests: 7 }]);

  const raw = join(newer.folder, "raw");
  const again = homeOf(api);
  await again.pull(...flags, "--api", "analytics", "--raw", raw);
  const rebuilt = newHome();
  await rebuilt.run(["pull", "anthropic", "--from-raw", raw]);
  expect(pulled(rebuilt)).toBe(pulled(again));
  expect((await newer.pull("--api", "beta")).stderr).toContain("--api takes legacy or analytics,");
});

test("the doctor says how far the reports are known, and why the last pull failed", async () => {
  const api = await adminApi(steadyOrganisation());
  const home = homeOf(api);
  const said = async (): Promise<string> =>
    (await home.run(["doctor"])).stdout.replaceAll(/\s+/g, " ");
  await home.fetch();
  expect(await said()).not.toContain("pulls");
  await home.pull("--days", "3");
  expect(await said()).toContain(
    `ok pulls Anthropic's reports are known up to ${daysAgo(1)} (UTC).`,
  );
  api.fault = (_, response) => {
    response.writeHead(403).end("{}");
    return true;
  };
  await home.pull();
  expect(await said()).toMatch(/warn pulls .*; the last pull failed: This key may not read/);
});

test("a key may have a name of the user's own, which comes first", async () => {
  const api = await adminApi(steadyOrganisation());
  const home = homeOf(api);
  expect((await home.run(["label", "x", "y"])).exitCode).toBe(1);
  await home.pull("--date", daysAgo(1));
  expect((await home.run(["label", "ci-runner", "the builder"])).stderr).toBe(
    "apikey_01ci is called the builder.",
  );
  expect((await home.run(["label"])).stdout).toMatch(/ci-runner +the builder +– +\$7\.50 +\d{4}-/);
  // What is pulled again leaves it.
  expect((await home.pull("--date", daysAgo(1))).stdout).toMatch(/the builder +1M/);
  const { keys } = JSON.parse((await home.run(["label", "--json"])).stdout);
  expect(keys).toMatchObject([{ id: "apikey_01ci", name: "ci-runner", label: "the builder" }]);
  await home.run(["label", "apikey_01ci", "--remove"]);
  expect((await home.run(["label"])).stdout).not.toContain("the builder");
  const { exitCode, stderr } = await home.run(["label", "ci-runer", "x"]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: '[error] There is no key "ci-runer"; did you mean ci-runner?',
  });
  expect((await home.run(["label", "ci-runner", " \t"])).exitCode).toBe(2);
  expect((await home.run(["label", "ci-runner"])).exitCode).toBe(2);
});

describe("raw answers", () => {
  test("are kept as they came, never overwritten, and all tables come from them alone", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    const raw = join(home.folder, "raw");
    await home.pull("--days", "40", "--raw", raw);
    await home.pull("--raw", raw);
    const files = readdirSync(raw, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".json"),
    );
    expect(files).toHaveLength(2 + 2 + 40 + 1 + 1 + 4);
    expect(
      files.every((name) =>
        /^anthropic\/\w+\/date=\d{4}-\d\d-\d\d\/\w+_\d{8}T\d{9}Z(_\d+)?\.json$/.test(name),
      ),
    ).toBe(true);
    const other = newHome();
    const rebuilt = await other.run(["pull", "anthropic", "--from-raw", raw]);
    expect(rebuilt).toMatchObject({ exitCode: 0, stderr: "Made anew from 50 answers." });
    expect(pulled(other)).toBe(pulled(home));
    await other.run(["pull", "anthropic", "--from-raw", raw]);
    expect(pulled(other)).toBe(pulled(home));
  });

  test("of which one is half change nothing", async () => {
    const api = await adminApi(steadyOrganisation());
    const home = homeOf(api);
    const raw = join(home.folder, "raw");
    await home.pull("--raw", raw);
    const before = pulled(home);
    const files = readdirSync(raw, { recursive: true, encoding: "utf8" });
    const name = files.find((one) => one.includes("cost_2")) ?? "";
    const path = join(raw, name);
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 300));
    const { exitCode, stderr } = await home.run(["pull", "anthropic", "--from-raw", raw]);
    expect({ exitCode, lines: stderr.split("\n").length }).toEqual({ exitCode: 1, lines: 1 });
    expect(stderr).toContain("is no whole answer, and nothing was changed;");
    expect(pulled(home)).toBe(before);
    const none = await home.run(["pull", "anthropic", "--from-raw", dirname(path)]);
    expect(none.stderr).toContain("There are no answers of Anthropic's below");
  });
});

test("amounts survive exactly, whatever they are", () => {
  const runs = Number(process.env["CCBOOKS_AMOUNTS"] ?? 100_000);
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 15n }),
      fc.integer({ min: 0, max: 7 }),
      fc.boolean(),
      (digits, decimals, isNegative) => {
        const padded = digits.toString().padStart(decimals + 1, "0");
        const cut = padded.length - decimals;
        const text = `${isNegative ? "-" : ""}${padded.slice(0, cut)}${decimals === 0 ? "" : `.${padded.slice(cut)}`}`;
        const expected = digits * 10n ** BigInt(7 - decimals);
        return nanoUsd(text) === (isNegative ? -expected : expected);
      },
    ),
    { numRuns: runs },
  );
  process.stderr.write(`${runs} amounts, exact to a billionth of a dollar.\n`);
  expect(nanoUsd("123.45")).toBe(1_234_500_000n);
  expect(nanoUsd("0.00000005")).toBe(0n);
  expect(nanoUsd("0.00000015")).toBe(2n);
  expect(nanoUsd("0.000000050001")).toBe(1n);
  expect(nanoUsd("1e-7")).toBe(1n);
  expect(nanoUsd("1.5E2")).toBe(1_500_000_000n);
  for (const wrong of ["", "abc", "1.2.3", "NaN", "1,5"])
    expect(() => nanoUsd(wrong)).toThrow(RangeError);
});

test.for<[string, string[], string]>([
  ["dates reversed", ["--since", "2026-11-10", "--until", "2026-11-01"], "swap them"],
  ["a date in the future", ["--date", "2999-01-01"], "is in the future: today is"],
  ["400 days", ["--days", "400"], "at most 366 days"],
  ["a year and more", ["--since", "2025-01-01", "--until", "2026-11-01"], "at most 366 days"],
  ["a date and days", ["--date", "2026-11-01", "--days", "3"], "--date is one day"],
  ["another report", ["--type", "bill"], "--type takes usage, cost, claude-code, all"],
  ["another width", ["--bucket", "1m"], "--bucket takes 1d or 1h"],
  [
    "http to another machine",
    ["--base-url", "http://example.org"],
    "would send the key in the clear",
  ],
  ["a file as an address", ["--base-url", "file:///etc/passwd"], "--base-url takes an address"],
  [
    "a key in the address",
    ["--base-url", "https://me:key@example.org"],
    "--base-url takes an address",
  ],
])("%s is wrong usage", async ([, flags, says]) => {
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  const { exitCode, stderr } = await home.run(["pull", "anthropic", ...flags]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
  expect(existsSync(home.db)).toBe(false);
});

test.for<[string, string]>([
  ["no JSON", "oops"],
  ["a list", "[]"],
  ["numbers", '{"apikey_01": 7}'],
])("labels that are %s are a sentence", async ([, labels]) => {
  const api = await adminApi(steadyOrganisation());
  const home = homeOf(api);
  home.env["ANTHROPIC_AGENT_MAP_JSON"] = labels;
  const { exitCode, stderr } = await home.pull();
  expect(exitCode).toBe(1);
  expect(stderr).toContain("ANTHROPIC_AGENT_MAP_JSON is no object of names by key ids,");
});

test("answers of another shape are a sentence with the place, and nothing of them is kept", async () => {
  const organisation: Organisation = steadyOrganisation();
  organisation.usage = () => [usageResult("claude-opus-4-5", { input: -1 })];
  const api = await adminApi(organisation);
  const home = homeOf(api);
  const { exitCode, stderr } = await home.pull("--date", daysAgo(1));
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    'has something in "0.results.0.uncached_input_tokens" that ccbooks does not know',
  );
  expect(home.query("SELECT COUNT(*) AS rows FROM api_usage")).toEqual([{ rows: 0 }]);
});

test("pages that do not end are a sentence", async () => {
  const api = await adminApi(steadyOrganisation());
  const home = homeOf(api);
  api.fault = (request, response) => {
    if (!request.url?.includes("cost_report")) return false;
    response.end('{"data":[],"has_more":true,"next_page":"again"}');
    return true;
  };
  expect((await home.pull("--type", "cost")).stderr).toContain("(the same page twice)");
});

test("models without a price are named, and the user's own prices come first", async () => {
  const organisation = steadyOrganisation();
  organisation.usage = () => [
    usageResult("claude-unheard-of-9", { input: 1_000_000, read: 1_000_000 }),
  ];
  const api = await adminApi(organisation);
  const home = homeOf(api);
  const { stdout, stderr } = await home.pull("--date", daysAgo(1));
  expect(stderr).toContain("No price is known of claude-unheard-of-9;");
  expect(stdout).toMatch(/claude-unheard-of-9 +2M +0 +unknown/);
  const file = join(home.folder, "prices.json");
  writeFileSync(
    file,
    '{"claude-unheard*":{"input_per_million":3,"output_per_million":15,"cache_read_per_million":0.5}}',
  );
  const own = await home.pull("--date", daysAgo(1), "--pricing-json", file);
  expect(own.stderr).toBe("");
  expect(home.query("SELECT cost FROM api_usage")).toEqual([{ cost: 3.5 }]);
  writeFileSync(file, '{"x":{"input_per_million":-1,"output_per_million":15}}');
  const wrong = await home.pull("--pricing-json", file);
  expect(wrong.exitCode).toBe(1);
  expect(wrong.stderr).toContain('holds no prices (at "x.input_per_million")');
});
