import { defineCommand } from "citty";

import { databasePath, existingDatabase } from "../config/paths.ts";
import { UsageError, UserError } from "../errors.ts";
import { printable } from "../format/printable.ts";
import {
  accessTokens,
  createAccessToken,
  revokeAccessToken,
  ROLES,
  type Role,
} from "../ledger/access-tokens.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import { say } from "../terminal/say.ts";
import { unknownAction } from "./flags/check.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "token", description: "Who may send calls to `ccbooks serve`, and read them" },
  args: {
    action: { type: "positional", required: false, description: "create, revoke; none: list them" },
    name: { type: "positional", required: false, description: "What it is called" },
    role: { type: "string", valueHint: "ROLE", description: "record (default), read or admin" },
    project: { type: "string", valueHint: "NAME", description: "Only calls of this project" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const action = args.action ?? "list";
    if (!isAction(action)) throw unknownAction("token", action, Object.keys(actions));
    if (action === "list" && (args.name ?? args.role ?? args.project) !== undefined) {
      throw new UsageError("`ccbooks token list` takes no name and no role; leave them out.");
    }
    if (action === "revoke" && (args.role ?? args.project) !== undefined) {
      throw new UsageError("`ccbooks token revoke` takes a name alone; leave the rest out.");
    }
    await actions[action](args);
  },
});

interface Flags {
  name?: string | undefined;
  role?: string | undefined;
  project?: string | undefined;
  db?: string | undefined;
  json?: boolean | undefined;
}

const actions = {
  async create({ name, role, project, db, json }: Flags): Promise<void> {
    const wanted = {
      ...{ name: nameOf(name, "create"), role: roleOf(role), project: project ?? null },
      at: new Date().toISOString(),
    };
    const token = await withBooks(databasePath(db), (books) => createAccessToken(books, wanted));
    if (json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ name: wanted.name, role: wanted.role, project: wanted.project, token });
      return;
    }
    // Alone on standard output, so that it can be put into a file.
    say(`The token "${printable(wanted.name)}" is shown this once:`);
    process.stdout.write(`${token}\n`);
  },
  async revoke({ name, db }: Flags): Promise<void> {
    const wanted = nameOf(name, "revoke");
    const isThere = await withBooks(existingDatabase(db), (books) =>
      revokeAccessToken(books, wanted, new Date().toISOString()),
    );
    if (!isThere) {
      throw new UserError(`There is no token "${wanted}"; \`ccbooks token\` lists them.`);
    }
    say(`The token "${printable(wanted)}" is revoked.`);
  },
  async list({ db, json }: Flags): Promise<void> {
    const tokens = await readBooks(existingDatabase(db), accessTokens);
    if (json) {
      const { printJson } = await import("../terminal/json.ts");
      printJson({ tokens });
      return;
    }
    const { tokenWords } = await import("../terminal/token-words.ts");
    process.stdout.write(`${tokenWords(tokens)}\n`);
  },
};

function isAction(text: string): text is keyof typeof actions {
  return Object.hasOwn(actions, text);
}

/** @throws UsageError when there is none, or it is none that can be seen. */
function nameOf(name: string | undefined, action: string): string {
  if (name === undefined) throw new UsageError(`Missing a name: \`ccbooks token ${action} NAME\`.`);
  if (/^[\w.-]{1,60}$/.test(name)) return name;
  throw new UsageError(
    `A token's name has letters, digits, ".", "_" and "-", at most 60, unlike ${JSON.stringify(name.slice(0, 60))}.`,
  );
}

/** @throws UsageError when there is no such role. */
function roleOf(text = "record"): Role {
  const role = ROLES.find((one) => one === text);
  if (role !== undefined) return role;
  throw new UsageError(`--role takes ${ROLES.join(", ")}, not "${text}".`);
}
