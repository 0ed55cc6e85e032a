import { defineCommand } from "citty";

import { existingDatabase } from "../config/paths.ts";
import { UsageError, UserError } from "../errors.ts";
import { labelApiKey } from "../ledger/bill.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import { readApiKeys, type KnownApiKey } from "../readers/bill.ts";
import { insteadOf } from "./flags/check.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "label", description: "Names of your own for the organisation's API keys" },
  args: {
    key: { type: "positional", required: false, description: "Its id, or its name in the Console" },
    name: { type: "positional", required: false, description: "What to call it; none: list them" },
    remove: { type: "boolean", description: "Call it again as the Console does" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const { key, name } = args;
    if (key === undefined) {
      if (args.remove) throw new UsageError("Missing the key: `ccbooks label KEY --remove`.");
      await list(args.db, args.json === true);
      return;
    }
    if (args.json) throw new UsageError("--json lists the keys; leave the key out.");
    if ((name === undefined) === (args.remove !== true)) {
      throw new UsageError("Say what to call the key, or --remove: `ccbooks label KEY NAME`.");
    }
    const label = name === undefined ? null : checkedLabel(name);
    const id = await withBooks(existingDatabase(args.db), (books) => {
      const found = keyNamed(readApiKeys(books), key);
      labelApiKey(books, found.id, label);
      return found.id;
    });
    const { say } = await import("../terminal/say.ts");
    say(label === null ? `${id} is called as in the Console again.` : `${id} is called ${label}.`);
  },
});

const LONGEST = 60;

/** @throws UsageError when it would not stay in its line. */
function checkedLabel(name: string): string {
  const label = name.trim();
  const isPlain =
    label !== "" && label.length <= LONGEST && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(label);
  if (isPlain) return label;
  throw new UsageError(`A label has 1 to ${LONGEST} characters that can be seen.`);
}

/** @throws UserError when the books know no such key, or several. */
function keyNamed(keys: readonly KnownApiKey[], typed: string): KnownApiKey {
  const [found, other] = keys.filter(({ id, name }) => id === typed || name === typed);
  if (found === undefined) {
    const names = keys.map(({ id, name }) => name ?? id);
    throw new UserError(`There is no key "${typed}"; ${insteadOf(typed, names)}`);
  }
  if (other !== undefined) {
    throw new UserError(
      `Several keys are called "${typed}"; give the id: ${found.id} or ${other.id}.`,
    );
  }
  return found;
}

async function list(db: string | undefined, asJson: boolean): Promise<void> {
  const keys = await readBooks(existingDatabase(db), readApiKeys);
  if (asJson) {
    const { printJson } = await import("../terminal/json.ts");
    printJson({ keys });
    return;
  }
  const { apiKeysWords } = await import("../terminal/pull-words.ts");
  process.stdout.write(`${apiKeysWords(keys)}\n`);
}
