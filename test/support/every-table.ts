import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { execa } from "execa";

import { billRows } from "./bill-rows.ts";
import { recordedRows } from "./recorded-rows.ts";
import { root, type Home } from "./home.ts";
import { say, sweep, transcriptLine, transcriptPath, UNPRICED } from "./transcripts.ts";

/** Puts something into every table and view of new books, as the program itself does. */
export async function fillEveryTable(home: Home): Promise<void> {
  const { claude } = home;
  const at = "2026-11-02T10:00:00Z";

  // A day and a session that only saved reports tell of.
  say(claude, "-app", "saved", { id: "s", at: "2026-01-02T10:00:00Z" });
  const reports = await Promise.all(
    (["daily", "session"] as const).map(async (report) => {
      const path = join(home.folder, `${report}.json`);
      writeFileSync(path, JSON.stringify(await home.ccusage(report)));
      return path;
    }),
  );
  sweep(claude, "-app", "saved");

  say(claude, "-app", "one", { id: "a", at, cacheRead: 1000 });
  const more = [
    {
      ...JSON.parse(transcriptLine("one", { id: "b", at: "2026-11-10T10:00:00Z" })),
      gitBranch: "main",
    },
    { type: "ai-title", sessionId: "one", aiTitle: "Pay by card" },
    { type: "cost-state", sessionId: "one", totalCostUSD: 0.5, hasUnknownModelCost: false },
  ];
  appendFileSync(
    transcriptPath(claude, "-app", "one"),
    more.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  say(claude, "-web", "two", { id: "c", at, cacheCreation: 500, model: UNPRICED });
  await home.fetch();

  // A limit that is reached, and somebody who is told.
  mkdirSync(join(home.folder, "config"), { recursive: true });
  writeFileSync(
    join(home.folder, "config", "settings.json"),
    JSON.stringify({ channels: { nobody: { type: "command", command: ["true"] } } }),
  );
  const limit = ["set", "all", "--amount", "1", "--unit", "tokens", "--period", "month"];
  await home.run(["budget", ...limit, "--count-cache"]);
  say(claude, "-app", "now", { id: "n", at: new Date().toISOString() });

  // A late call, and a transcript that went.
  say(claude, "-app", "one", { id: "d", at: "2026-11-02T11:00:00Z" });
  sweep(claude, "-web", "two");
  await home.fetch();

  const limit5h = { used_percentage: 42, resets_at: Math.floor(Date.now() / 1000) + 3600 };
  await execa(process.execPath, [join(root, "dist", "ccbooks.js"), "statusline"], {
    ...{ env: home.env, extendEnv: false },
    input: JSON.stringify({ model: { id: "claude" }, rate_limits: { five_hour: limit5h } }),
  });

  const books = new Database(home.db);
  books.exec(billRows);
  books.exec(recordedRows);
  books.close();

  for (const command of [["merge", "--offline", ...reports], ["audit"]]) {
    const { exitCode, stderr } = await home.run(command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}: ${stderr}`);
  }
}
