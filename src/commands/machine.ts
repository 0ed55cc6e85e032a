import { defineCommand } from "citty";

import { checkName, keepMachine, machineTimezone, readKept } from "../config/machine.ts";
import { existingDatabase } from "../config/paths.ts";
import { UsageError } from "../errors.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import { renameInBooks } from "../ledger/rename-machine.ts";
import { readMachines } from "../readers/machines.ts";
import { closest } from "./flags/check.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "machine", description: "List the machines in the books, or rename one" },
  args: {
    action: { type: "positional", required: false, description: "rename; none: list them" },
    old: { type: "positional", required: false, description: "What the machine is called now" },
    new: { type: "positional", required: false, description: "What it is to be called" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const { action, old, new: name } = args;
    if (action === undefined) {
      await list(args.db, args.json === true);
      return;
    }
    if (action !== "rename") {
      const isNear = closest(action, ["rename"]) !== undefined;
      throw new UsageError(
        `Unexpected argument "${action}"; ${isNear ? "did you mean" : "give none, or"} \`ccbooks machine rename OLD NEW\`${isNear ? "?" : "."}`,
      );
    }
    if (old === undefined || name === undefined) {
      const missing = old === undefined ? "old name and the new one" : "new name";
      throw new UsageError(`Missing the ${missing}: \`ccbooks machine rename OLD NEW\`.`);
    }
    await rename(args.db, args.json === true, old, name);
  },
});

async function list(db: string | undefined, asJson: boolean): Promise<void> {
  const uid = readKept()?.uid;
  const known = await readBooks(existingDatabase(db), readMachines);
  const machines = known.map((machine) => ({ ...machine, isThis: machine.uid === uid }));
  if (asJson) {
    const { printJson } = await import("../terminal/json.ts");
    printJson({ machines });
    return;
  }
  const { machineWords } = await import("../terminal/machine-words.ts");
  process.stdout.write(`${machineWords(machines, machineTimezone())}\n`);
}

async function rename(
  db: string | undefined,
  asJson: boolean,
  old: string,
  name: string,
): Promise<void> {
  checkName(name);
  const kept = readKept();
  const renamed = await withBooks(existingDatabase(db), (books) =>
    renameInBooks(books, old, name, ({ uid }) => {
      if (uid === kept?.uid && kept.name !== name) keepMachine({ ...kept, name });
    }),
  );
  const { machine, labelBefore, namesakes } = renamed;
  const isThis = machine.uid === kept?.uid;
  const warning = isThis ? environmentWarning(name) : undefined;
  if (asJson) {
    const { printJson } = await import("../terminal/json.ts");
    const { uid, label, timezone } = machine;
    printJson({
      status: "ok",
      machine: { label, name, uid, timezone, isThis },
      labelBefore,
      namesakes,
      warnings: warning === undefined ? [] : [warning],
    });
  } else {
    const [{ renamedWords }, { say }] = await Promise.all([
      import("../terminal/machine-words.ts"),
      import("../terminal/say.ts"),
    ]);
    say(renamedWords(renamed));
  }
  if (warning === undefined) return;
  const { sayWarning } = await import("../terminal/say.ts");
  sayWarning(warning);
}

/** A name in the environment goes before the kept one: a fetch by it would be another machine's. */
function environmentWarning(name: string): string | undefined {
  const given = process.env["CCBOOKS_MACHINE"];
  if (!given || given === name) return undefined;
  return `CCBOOKS_MACHINE is "${given}", and a fetch goes by that; set it to ${name}, or unset it.`;
}
