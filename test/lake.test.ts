import { readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { ADMIN_KEY, adminApi, daysAgo, steadyOrganisation } from "./support/admin-api.ts";
import { duckdb } from "./support/duckdb.ts";
import { newHome } from "./support/home.ts";

test("the reports go out as a lake of Parquet, a file a day, each day once", async () => {
  const api = await adminApi(steadyOrganisation());
  const home = newHome();
  home.env["ANTHROPIC_ADMIN_API_KEY"] = ADMIN_KEY;
  await home.run(["pull", "anthropic", "--base-url", api.url, "--days", "5"]);
  const lake = join(home.folder, "lake");
  const written = await home.run(["export", "--lake", lake]);
  expect(written).toMatchObject({ exitCode: 0, stdout: "", stderr: `10 files in ${lake}.` });
  const files = (): string[] =>
    readdirSync(lake, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
  for (const name of files()) {
    expect(name).toMatch(
      /^curated\/anthropic\/(usage|model)_daily\/year=\d{4}\/month=\d\d\/day=\d\d\/\1_daily_\d{8}T\d{9}Z\.parquet$/,
    );
  }
  await home.run(["export", "--lake", lake, "--since", daysAgo(1), "--quiet"]);
  expect(files()).toHaveLength(10);
  const ask = (dataset: string, sql: string) =>
    duckdb(
      `SELECT ${sql} FROM read_parquet('${lake}/curated/anthropic/${dataset}/**/*.parquet', hive_partitioning = true)`,
    );
  const usage = await ask("usage_daily", "COUNT(*), SUM(input_tokens), MAX(api_key), MIN(date)");
  expect(usage.rows).toEqual([["5", "5000000", "ci-runner", daysAgo(4)]]);
  const models = await ask(
    "model_daily",
    "MAX(model), SUM(estimated_cost), SUM(billed_cost), COUNT(DISTINCT day)",
  );
  expect(models.rows).toEqual([["claude-opus-4-5", 37.5, 37.5, "5"]]);
});

test.for<[string[], number, string]>([
  [["--lake", "x", "daily_usage"], 2, "A table does not go with --lake;"],
  [["--lake", "x", "--format", "csv"], 2, "--format does not go with --lake;"],
  [["--lake", "x", "--project", "p"], 2, "--project does not go with --lake;"],
  [[], 2, "Missing argument: table."],
  [["--lake", "x"], 1, "Nothing of Anthropic's reports is known in these days;"],
])("export %j is a sentence", async ([args, code, says]) => {
  const home = newHome();
  await home.fetch();
  const { exitCode, stderr } = await home.run(["export", ...args]);
  expect(exitCode).toBe(code);
  expect(stderr).toContain(says);
});
