import { execFileSync } from "node:child_process";
import { copyFileSync, renameSync, rmSync } from "node:fs";

import { build } from "esbuild";

import { errorCode } from "./src/errors.ts";

// What is published: one bundle in pieces that load when needed. The native module and ccusage, which
// brings a program of its own, stay outside.
// Made beside and moved into place: a build never leaves a half-made program behind.
const draft = `dist-${process.pid}`;
await build({
  entryPoints: {
    ccbooks: "src/ccbooks.ts",
    "scan-worker": "src/sources/claude-code/scan-worker.ts",
  },
  outdir: draft,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  // The entry must still be readable for the old Node that it turns away.
  target: "node20",
  external: ["better-sqlite3"],
  minifySyntax: true,
  // Leaves out what ECharts checks for those who develop with it.
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "linked",
  logLevel: "warning",
  // Bundled CommonJS packages ask for Node's own modules.
  banner: {
    js: 'import { createRequire as createRequireForBundle } from "node:module";\nconst require = createRequireForBundle(import.meta.url);',
  },
});
// Apache's licence asks for both to go with the code.
for (const name of ["LICENSE", "NOTICE"]) {
  copyFileSync(`node_modules/echarts/${name}`, `${draft}/echarts-${name}.txt`);
}
// For apps: `import { record, track } from "ccbooks/client"`, by itself, as they may run on something else than Node.
await build({
  entryPoints: ["src/clients/client.ts"],
  ...{ outdir: draft, bundle: true, platform: "node", format: "esm", target: "node18" },
  logLevel: "warning",
});
execFileSync(process.execPath, [
  ...["node_modules/typescript/bin/tsc", "--ignoreConfig", "src/clients/client.ts"],
  ...["--declaration", "--emitDeclarationOnly", "--outDir", draft, "--skipLibCheck"],
  ...["--target", "es2024", "--module", "nodenext", "--types", "node"],
]);
copyFileSync("src/clients/ccbooks_client.py", `${draft}/ccbooks_client.py`);
// Another build may be at it at the same time: whichever is last in place has the same in it.
const former = `${draft}-former`;
moved("dist", former, ["ENOENT"]);
if (!moved(draft, "dist", ["ENOTEMPTY", "EEXIST"])) rmSync(draft, { recursive: true });
rmSync(former, { recursive: true, force: true });

/** Renames a folder, unless that fails as it may. */
function moved(from: string, to: string, tolerated: readonly string[]): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (tolerated.includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}
