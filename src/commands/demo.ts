import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { defineCommand } from "citty";
import { execa } from "execa";

import { shapes, writeTranscripts } from "../demo/transcripts.ts";
import { counted, styled } from "../format/figures.ts";
import { say } from "../terminal/say.ts";

export default defineCommand({
  meta: {
    name: "demo",
    description: "Try it all on made-up transcripts; your own files are not touched",
  },
  async run() {
    const home = mkdtempSync(join(tmpdir(), "ccbooks-demo-"));
    const claude = join(home, "claude");
    const env = {
      CLAUDE_CONFIG_DIR: claude,
      CCBOOKS_CONFIG_DIR: join(home, "config"),
      CCBOOKS_DB: join(home, "usage.db"),
    };
    const written = writeTranscripts(claude, { ...shapes.demo, seed: 7, until: new Date() });
    say(`Made up ${counted(written.files, "transcript")} in ${claude}.`);
    for (const command of [["fetch", "--offline"], ["stats"]]) {
      say(`\n${styled("bold", `$ ccbooks ${command.join(" ")}`, process.stderr)}`);
      const { exitCode } = await execa(process.execPath, [process.argv[1] ?? "", ...command], {
        env,
        stdio: "inherit",
        reject: false,
      });
      if (exitCode !== 0) {
        process.exitCode = exitCode ?? 1;
        return;
      }
    }
    say(
      `\nThese books are ${env.CCBOOKS_DB}: open them in any SQLite tool, and delete ${home} when done.`,
    );
  },
});
