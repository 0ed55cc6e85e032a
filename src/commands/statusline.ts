import { defineCommand } from "citty";

import { UsageError } from "../errors.ts";
import type { StatusInput } from "../statusline/input.ts";
import { pieces, statusLine, type Piece } from "../statusline/pieces.ts";
import { statusOf } from "../statusline/status.ts";
import { closest } from "./flags/check.ts";
import { readInput } from "./flags/input.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "statusline", description: "One line for Claude Code's status line, or a prompt" },
  args: {
    action: {
      type: "positional",
      required: false,
      description: "install or remove: in Claude Code's settings; none: print the line",
    },
    format: {
      type: "string",
      valueHint: "PIECES",
      description: `Which, in order: ${Object.keys(pieces).join(",")}`,
    },
    db: dbFlag,
  },
  async run({ args, rawArgs }) {
    const wanted = wantedPieces(args.format);
    if (args.action !== undefined) {
      await changeSettings(args.action, args.format);
      return;
    }
    // Nothing may break a prompt: what goes wrong is said only if asked.
    const say = (error: unknown): void => {
      if (rawArgs.includes("--verbose")) process.stderr.write(`${String(error)}\n`);
    };
    const input = await givenInput(say);
    const status = await statusOf(args.db, input, say);
    process.stdout.write(`${statusLine(status, wanted)}\n`);
  },
});

/** @throws UsageError when it is neither. */
async function changeSettings(action: string, format: string | undefined): Promise<void> {
  if (action !== "install" && action !== "remove") {
    const hint = closest(action, ["install", "remove"]);
    throw new UsageError(
      `\`ccbooks statusline\` cannot "${action}"; ${hint ? `did you mean ${hint}?` : "it takes install or remove, or nothing."}`,
    );
  }
  const { installStatusLine, removeStatusLine } = await import("../statusline/install.ts");
  const flags = format === undefined ? [] : ["--format", format];
  const changed = action === "install" ? installStatusLine(flags) : removeStatusLine();
  const { claudeSettingsWords } = await import("../terminal/claude-settings-words.ts");
  const { say } = await import("../terminal/say.ts");
  say(claudeSettingsWords(changed, "status line"));
}

/** @throws UsageError when one of them is none. */
function wantedPieces(format: string | undefined): Piece[] {
  const known = Object.keys(pieces).filter(isPiece);
  if (format === undefined) return known;
  return format.split(",").map((name) => {
    const piece = known.find((one) => one === name.trim());
    if (piece !== undefined) return piece;
    const hint = closest(name.trim(), known);
    throw new UsageError(
      `--format takes ${known.join(",")}, not "${name}"${hint ? `; did you mean ${hint}?` : "."}`,
    );
  });
}

function isPiece(name: string): name is Piece {
  return Object.hasOwn(pieces, name);
}

/** What Claude Code hands over; null for a prompt, where nothing does. */
async function givenInput(say: (error: unknown) => void): Promise<StatusInput | null> {
  const text = await readInput(say);
  if (text === null) return null;
  const { parseStatusInput } = await import("../statusline/input.ts");
  const input = parseStatusInput(text);
  if (input === null) say("What came in is not what Claude Code hands a status line.");
  return input;
}
