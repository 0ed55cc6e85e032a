import { UserError } from "../errors.ts";
import { printJson } from "./json.ts";
import { sayError } from "./say.ts";

/**
 * Says what went wrong: the user's errors as their sentence, anything else as the bug it is, with its
 * stack only on request. With `--json` the sentence is data as well.
 */
export function reportFailure(error: unknown, argv: readonly string[]): void {
  const sentence = error instanceof UserError ? error.message : bugSentence(error);
  if (argv.includes("--json")) {
    printJson({ status: "failed", error: sentence });
  }
  sayError(sentence);
  const wantsStack = argv.includes("--verbose") || Boolean(process.env["DEBUG"]);
  if (!(error instanceof UserError) && wantsStack) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
}

function bugSentence(error: unknown): string {
  const what = error instanceof Error ? error.message : String(error);
  return `This is a bug in ccbooks: ${what}. Run the command again with --verbose and report what it prints.`;
}
