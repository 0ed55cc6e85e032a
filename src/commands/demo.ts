import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { defineCommand } from "citty";
import { execa } from "execa";

import { shapes, writeTranscripts } from "../demo/transcripts.ts";
import { counted, styled } from "../format/figures.ts";
import { inTemporaryFolder } from "../system/temporary-folder.ts";
import { say } from "../terminal/say.ts";

export default defineCommand({
  meta: {
    name: "demo",
    description: "Try it all on made-up transcripts; yours stay as they are",
  },
  args: {
    keep: { type: "boolean", description: "Leave the transcripts and the books to look around in" },
  },
  async run({ args }) {
    if (args.keep === true) {
      const folder = mkdtempSync(join(tmpdir(), "ccbooks-demo-"));
      if (!(await show(folder))) return;
      const books = booksIn(folder);
      say(
        `\nThese books are ${books}: open them in any SQLite tool, and delete ${folder} when done.`,
      );
    } else if (await inTemporaryFolder(show, "demo")) {
      say("\nAll of it is deleted again; `ccbooks demo --keep` leaves it to look around in.");
    }
  },
});

function booksIn(folder: string): string {
  return join(folder, "usage.db");
}

/** @returns whether every command did its work; else the exit code is set */
async function show(folder: string): Promise<boolean> {
  const claude = join(folder, "claude");
  const env = {
    CLAUDE_CONFIG_DIR: claude,
    CCBOOKS_CONFIG_DIR: join(folder, "config"),
    CCBOOKS_DB: booksIn(folder),
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
      return false;
    }
  }
  return true;
}
