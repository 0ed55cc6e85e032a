import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import {
  ADMIN_KEY,
  adminApi,
  costResult,
  daysAgo,
  steadyOrganisation,
  usageResult,
} from "./support/admin-api.ts";
import { newHome, root } from "./support/home.ts";
import { say } from "./support/transcripts.ts";

const sample = (name: string): string =>
  readFileSync(join(root, "test", "support", "anthropic", `${name}.json`), "utf8");

/** A home with a key, and a server that answers with made-up reports of four days in November 2026. */
async function homeOfSamples() {
  const api = await adminApi(steadyOrganisation());
  api.fault = (request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    const day = url.searchParams.get("starting_at") ?? "";
    const name = {
      "/v1/organizations/usage_report/messages": url.searchParams.has("page")
        ? "admin-usage-messages-page2"
        : "admin-usage-messages-page1",
      "/v1/organizations/cost_report": "admin-cost-report-by-description",
      "/v1/organizations/usage_report/claude_code":
        day === "2026-11-17" ? "admin-claude-code-analytics" : null,
      "/v1/organizations/api_keys": "admin-api-keys",
      "/v1/organizations/workspaces": "admin-workspaces",
    }[url.pathname];
    if (name === undefined) return false;
    const none = '{"data":[],"has_more":false,"next_page":null}';
    response.end(name === null ? none : sample(name));
    return true;
  };
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  return {
    ...home,
    pull: (...flags: string[]) => home.run(["pull", "anthropic", "--base-url", api.url, ...flags]),
  };
}

test("the bill of made-up reports is what the usage comes to at list price, to the cent", async () => {
  const home = await homeOfSamples();
  const { exitCode, stdout, stderr } = await home.pull(
    "--since",
    "2026-11-16",
    "--until",
    "2026-11-19",
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(
    home.query(
      `SELECT SUM(amount_nano_usd) AS nano,
         SUM(CASE cost_type WHEN 'tokens' THEN amount_nano_usd END) AS tokens FROM api_cost`,
    ),
  ).toEqual([{ nano: 8_460_423_400, tokens: 8_263_423_400 }]);
  expect(home.query("SELECT ROUND(SUM(cost), 7) AS cost FROM api_usage")).toEqual([
    { cost: 8.2634234 },
  ]);
  expect(stdout).toContain("ci-runner");
  expect(stdout).toMatch(/<code execution> +0 +0 +– +\$0\.13 +\+\$0\.13/);
  // Null in the API is a value of its own: no key, the default workspace.
  expect(
    home.query("SELECT COUNT(*) AS rows FROM api_usage WHERE api_key IS NULL OR workspace IS NULL"),
  ).toEqual([{ rows: 0 }]);
  expect(
    home.query<{ rows: number }>("SELECT COUNT(*) AS rows FROM api_usage WHERE workspace = ''")[0]
      ?.rows,
  ).toBeGreaterThan(0);
  expect(
    home.query(
      `SELECT actor, terminal, sessions, SUM(cost_nano_usd) AS nano FROM claude_code_usage
       JOIN claude_code_model_usage USING (date, actor, actor_type, customer_type, terminal)
       WHERE terminal = 'vscode' GROUP BY 1, 2`,
    ),
  ).toEqual([
    { actor: "dev-one@example.com", terminal: "vscode", sessions: 5, nano: 1_480_000_000 },
  ]);

  const { lines } = JSON.parse(
    (
      await home.run([
        "stats",
        "reconcile",
        "--since",
        "2026-11-16",
        "--until",
        "2026-11-19",
        "--json",
      ])
    ).stdout,
  );
  for (const { model, usageCost, billedCost } of lines) {
    if (!model.startsWith("<")) expect(billedCost).toBeCloseTo(usageCost, 9);
  }
});

test("a call belongs to its day of UTC, wherever it was made", async () => {
  const organisation = steadyOrganisation();
  organisation.usage = () => [usageResult("claude-opus-4-5", { input: 2_000_000 })];
  organisation.costs = () => [
    costResult("1000"),
    costResult("4", { cost_type: "web_search", token_type: null, model: null }),
  ];
  const api = await adminApi(organisation);
  const home = newHome({ timezone: "Pacific/Auckland" });
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  const call = { model: "claude-opus-4-5", output: 0 };
  // Tomorrow in Auckland, and the first second of the next day of UTC.
  say(home.claude, "-app", "one", {
    ...call,
    id: "a",
    at: `${daysAgo(4)}T23:59:59Z`,
    input: 1_200_000,
  });
  say(home.claude, "-app", "one", {
    ...call,
    id: "b",
    at: `${daysAgo(3)}T00:00:00Z`,
    input: 600_000,
  });
  await home.fetch();
  await home.run(["pull", "anthropic", "--base-url", api.url, "--days", "6"]);
  const flags = ["--since", daysAgo(4), "--until", daysAgo(3)];
  const { lines } = JSON.parse((await home.run(["stats", "reconcile", ...flags, "--json"])).stdout);
  const close = (value: number): unknown => expect.closeTo(value, 9);
  expect(lines).toMatchObject([
    { date: daysAgo(4), model: "<web search>", localCost: null, billedCost: 0.04, gap: 0.04 },
    {
      date: daysAgo(4),
      model: "claude-opus-4-5",
      localCost: close(6),
      usageCost: 10,
      gap: close(4),
    },
    { date: daysAgo(3), model: "<web search>", billedCost: 0.04 },
    {
      date: daysAgo(3),
      model: "claude-opus-4-5",
      localCost: close(3),
      billedCost: 10,
      gap: close(7),
    },
  ]);
  const { stdout } = await home.run(["stats", "reconcile", ...flags]);
  const text = stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "));
  expect(text).toEqual([
    "Day (UTC)  Model  Your calls  Reported use  Billed  Gap",
    `${daysAgo(4)}  <web search>  –  –  $0.04  +$0.04`,
    "claude-opus-4-5  $6.00  $10.00  $10.00  +$4.00",
    `${daysAgo(3)}  <web search>  –  –  $0.04  +$0.04`,
    "claude-opus-4-5  $3.00  $10.00  $10.00  +$7.00",
    "Total  $9.00  $20.00  $20.08  +$11.08",
    "",
    "Billed beside tokens: web search $0.08.",
    "More was used than your calls: other machines, people and apps, and calls that no transcript holds.",
    "The gap is what was billed beyond your calls; batches and discounts are billed below list price.",
  ]);
});

test("people stand with what they did, and projects beside the keys called like them", async () => {
  const api = await adminApi(steadyOrganisation());
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  const call = { model: "claude-opus-4-5", output: 0, cwd: "/home/dev/shop" };
  say(home.claude, "-home-dev-shop", "one", {
    ...{ ...call, id: "a", at: `${daysAgo(1)}T10:00:00Z`, input: 200_000 },
  });
  await home.fetch();
  await home.run(["pull", "anthropic", "--base-url", api.url, "--days", "3"]);
  const people = await home.run(["stats", "reconcile", "--by", "person", "--days", "3"]);
  expect(people.stdout).toMatch(/me@example\.com +3 +6 +\+30 -9 +3 +0 +345 +\$0\.31/);
  const byProject = async (): Promise<unknown> =>
    JSON.parse(
      (await home.run(["stats", "reconcile", "--by", "project", "--days", "3", "--json"])).stdout,
    ).projects;
  expect(await byProject()).toMatchObject([
    { project: "ci-runner", localCost: null, usageCost: 22.5 },
    { project: "shop", localCost: expect.closeTo(1), usageCost: null },
  ]);
  await home.run(["label", "ci-runner", "Shop"]);
  expect(await byProject()).toMatchObject([
    { project: "Shop", localCost: expect.closeTo(1), usageCost: 22.5 },
  ]);
  const { stdout } = await home.run(["stats", "reconcile", "--by", "project", "--days", "3"]);
  expect(stdout).toMatch(/Shop +\$1\.00 +\$22\.50/);
});

test("what no bill is known of has no total of it, and JSON has the totals that are shown", async () => {
  const api = await adminApi(steadyOrganisation());
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  await home.run([
    ...["pull", "anthropic", "--base-url", api.url, "--days", "2", "--type", "usage"],
  ]);
  const { stdout } = await home.run(["stats", "reconcile", "--days", "2"]);
  expect(stdout).toMatch(/^ *Total +– +\$15\.00 +– +–$/m);
  const { total, models } = JSON.parse(
    (await home.run(["stats", "reconcile", "--days", "2", "--json"])).stdout,
  );
  expect(total).toMatchObject({ localTokens: 0, usageCost: 15, billedCost: null, gap: null });
  expect(models).toMatchObject([{ usageCost: 15 }]);
});

test("books without a bill say where one comes from", async () => {
  const home = newHome();
  say(home.claude, "-app", "one", { id: "a", at: `${daysAgo(1)}T10:00:00Z` });
  await home.fetch();
  const { exitCode, stdout } = await home.run(["stats", "reconcile"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^Nothing of Anthropic's reports is known from .* `ccbooks pull anthropic` takes them in\.$/,
  );
});

test.for<[string[], string]>([
  [["--model", "opus"], "--model does not go with `ccbooks stats reconcile`;"],
  [["--by", "branch"], "Of a reconciliation, --by takes model, person or project,"],
  [["--format", "csv"], "--format takes table or json"],
  [["--all"], "--all does not go with"],
])("reconcile with %j is wrong usage", async ([flags, says]) => {
  const { exitCode, stderr } = await newHome().run(["stats", "reconcile", ...flags]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(says);
});
