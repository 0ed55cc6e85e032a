import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { execa } from "execa";
import { expect, test } from "vitest";

import { shapes, writeTranscripts } from "../src/demo/transcripts.ts";
import { newHome, root } from "./support/home.ts";
import { dice } from "./support/life.ts";

/** A nightly run asks for more: CCBOOKS_KILLS=500. */
const KILLS = Number(process.env["CCBOOKS_KILLS"] ?? 50);

test(
  `${KILLS} fetches killed at random moments leave the books as without the kills`,
  { timeout: 600_000 },
  async () => {
    const home = newHome();
    const shape = { ...shapes.demo, days: 10, seed: 5 };
    writeTranscripts(home.claude, { ...shape, until: new Date("2026-11-18T12:00:00Z") });
    await home.fetch();
    const untouched = join(home.folder, "untouched.db");
    cpSync(home.db, untouched);
    writeTranscripts(home.claude, { ...shape, until: new Date("2026-11-18T22:00:00Z") });

    const roll = dice(1);
    const start = performance.now();
    await home.fetch("--db", join(home.folder, "timed.db"));
    const whole = performance.now() - start;
    const killed = { before: 0, after: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const fetch = execa(
        process.execPath,
        [join(root, "dist", "ccbooks.js"), "fetch", "--offline", "--quiet"],
        { env: home.env, extendEnv: false, reject: false },
      );
      await pause(roll(Math.ceil(whole * 1.1)));
      fetch.kill("SIGKILL");
      killed[(await fetch).signal === "SIGKILL" ? "before" : "after"] += 1;
      // Each kill meets books that have something to write.
      if (kill % 5 === 4) {
        rmSync(`${home.db}-journal`, { force: true });
        cpSync(untouched, home.db);
      }
    }
    expect(killed.before).toBeGreaterThan(KILLS / 4);

    await home.fetch();
    const figures = `SELECT date, model_name, input_tokens, output_tokens, cache_creation_tokens,
      cache_read_tokens, cost FROM model_breakdown ORDER BY date, model_name`;
    const books = home.query(figures);
    expect(home.query("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(home.query("PRAGMA foreign_key_check")).toEqual([]);
    expect((await home.run(["rebuild"])).stderr).toContain("No difference");

    // The same two states of the transcripts, fetched in peace.
    cpSync(untouched, home.db);
    await home.fetch();
    expect(books).toEqual(home.query(figures));
    process.stdout.write(
      `${KILLS} kills (${killed.before} in the middle of a fetch), 0 lost tokens\n`,
    );
  },
);
