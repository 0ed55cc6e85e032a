#!/usr/bin/env node
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

// What is run. Nothing but Node's own modules may be imported before the version is known to be
// enough: on Node 20 better-sqlite3 does not throw, it takes the process down.

const needed = [22, 18] as const;
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > needed[0] || (major === needed[0] && minor >= needed[1])) {
  module.enableCompileCache?.();
  const { main } = await import("./cli.ts");
  await main(process.argv.slice(2));
} else {
  await runWithPinnedNode();
}

/** A checkout carries a Node of its own, so that a machine with an older one needs nothing else. */
async function runWithPinnedNode(): Promise<void> {
  const pinned = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
  if (!existsSync(pinned)) {
    process.stderr.write(
      `ccbooks needs Node ${needed.join(".")} or later and this is ${process.versions.node}; install a newer one from https://nodejs.org.\n`,
    );
    process.exitCode = 1;
    return;
  }
  // Loading it takes 5 ms, which every other start is spared.
  const { spawnSync } = await import("node:child_process");
  const script = fileURLToPath(import.meta.url);
  const { status } = spawnSync(pinned, [script, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
