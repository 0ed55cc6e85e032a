import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./home.ts";

/** The real ccusage, as `--ccusage` may be given it. */
export const REAL_CCUSAGE = join(root, "node_modules", "ccusage", "src", "cli.js");

/**
 * Puts the real ccusage at a path under another version.
 * @param edit JavaScript that may change what the daily `report` says
 */
export function wrapCcusage(path: string, version: string, edit = ""): string {
  writeFileSync(
    path,
    `const { spawnSync } = require("node:child_process");
    const args = process.argv.slice(2);
    if (args.includes("--version")) {
      console.log("ccusage ${version}");
    } else {
      const ran = spawnSync(process.execPath, [${JSON.stringify(REAL_CCUSAGE)}, ...args], {
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      process.stderr.write(ran.stderr);
      if (ran.status !== 0) process.exit(ran.status);
      const report = JSON.parse(ran.stdout);
      ${edit}
      process.stdout.write(JSON.stringify(report));
    }`,
  );
  return path;
}

/** For `wrapCcusage`: a release that counts everything twice, as 20.0.21 did. */
export const DOUBLES = `
  const twice = (row) => {
    for (const key of Object.keys(row)) if (typeof row[key] === "number") row[key] *= 2;
    for (const model of row.modelBreakdowns ?? []) twice(model);
  };
  for (const rows of Object.values(report.projects ?? {})) rows.forEach(twice);
  twice(report.totals);`;
