import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { execa } from "execa";
import { chromium } from "playwright-core";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";

/** Draws docs/page.png, the picture of the page in the README, from the demo's transcripts. */

const folder = mkdtempSync(join(tmpdir(), "ccbooks-picture-"));
try {
  const claude = join(folder, "claude");
  // At work's end, so that today is a day like the others.
  const until = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - 3_600_000);
  writeTranscripts(claude, { ...shapes.demo, seed: 7, until });
  const env = {
    HOME: folder,
    TZ: "UTC",
    CLAUDE_CONFIG_DIR: claude,
    CCBOOKS_CONFIG_DIR: join(folder, "config"),
    CCBOOKS_DB: join(folder, "usage.db"),
  };
  const page = join(folder, "page.html");
  await execa(process.execPath, ["build.ts"]);
  await execa(process.execPath, ["dist/ccbooks.js", "fetch", "--offline"], { env });
  await execa(process.execPath, ["dist/ccbooks.js", "report", "--out", page], { env });
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const tab = await browser.newPage({ viewport: { width: 1280, height: 1060 } });
  await tab.goto(pathToFileURL(page).href);
  await tab.screenshot({ path: "docs/page.png" });
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
