import { execa } from "execa";
import { expect, test } from "vitest";

import { newHome } from "./support/home.ts";
import { messagesApi } from "./support/messages-api.ts";
import { serveFrom } from "./support/server.ts";

/** The program of an installed Claude Code; it is too large to be a dependency. */
const claude = process.env["CCBOOKS_CLAUDE"];

test.skipIf(claude === undefined)(
  "Claude Code's own events and transcripts tell of the same calls, each once",
  async () => {
    const home = newHome();
    const api = await messagesApi();
    const server = await serveFrom(home);
    expect((await home.run(["telemetry", "on", "--url", server.url])).exitCode).toBe(0);
    const env = {
      ...home.env,
      ...{ ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: "sk-ant-api03-stand-in" },
    };
    const ask = (...flags: string[]) =>
      execa(claude ?? "", ["-p", "say fine", "--output-format", "json", ...flags], {
        ...{ env, extendEnv: false, stdin: "ignore", cwd: home.folder },
      });
    const first = JSON.parse((await ask()).stdout);
    await ask();
    await ask("--resume", first.session_id);
    await home.fetch();
    const calls = home.query(
      `SELECT total_tokens AS tokens, status, is_beside AS beside, duration_ms IS NOT NULL AS timed
       FROM call_usage`,
    );
    expect(calls).toEqual(
      Array.from({ length: api.answered() }, () => ({
        ...{ tokens: 4319, status: "ok", beside: 0, timed: 1 },
      })),
    );
    expect(calls.length).toBeGreaterThanOrEqual(3);
    const { daily } = await home.ccusage("daily");
    const told = daily.reduce(
      (sum: number, day: { totalTokens: number }) => sum + day.totalTokens,
      0,
    );
    expect(home.query("SELECT SUM(total_tokens) AS tokens FROM daily_usage")).toEqual([
      { tokens: told },
    ]);
  },
  180_000,
);
