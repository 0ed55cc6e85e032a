import { defineCommand } from "citty";

import { existingDatabase } from "../config/paths.ts";
import { UsageError } from "../errors.ts";
import { counted } from "../format/figures.ts";
import { withBooks } from "../ledger/open.ts";
import { forgetContent } from "../ledger/recorded.ts";
import { say } from "../terminal/say.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "forget", description: "Forget the prompts and answers that apps sent" },
  args: {
    content: { type: "boolean", description: "All of them; figures stay" },
    db: dbFlag,
  },
  async run({ args }) {
    if (!args.content) {
      throw new UsageError("Say what to forget: `ccbooks forget --content` (prompts and answers).");
    }
    const calls = await withBooks(existingDatabase(args.db), (books) => {
      // What is deleted would else stay readable in the file.
      books.pragma("secure_delete = ON");
      return forgetContent(books);
    });
    const whose = calls === 1 ? "its" : "their";
    say(
      calls === 0
        ? "No prompt or answer was kept."
        : `The prompts and answers of ${counted(calls, "call")} are forgotten; ${whose} figures stay.`,
    );
  },
});
