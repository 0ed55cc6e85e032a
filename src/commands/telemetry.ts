import { randomBytes } from "node:crypto";

import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { databasePath, existingDatabase } from "../config/paths.ts";
import { addDays, dayAt } from "../dates.ts";
import { UsageError, UserError } from "../errors.ts";
import { createAccessToken, revokeAccessToken } from "../ledger/access-tokens.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import {
  otherEndpoint,
  telemetryInSettings,
  telemetryVariables,
  turnTelemetryOff,
  turnTelemetryOn,
} from "../system/telemetry-settings.ts";
import { claudeSettingsWords } from "../terminal/claude-settings-words.ts";
import { say } from "../terminal/say.ts";
import { unknownAction } from "./flags/check.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "telemetry", description: "Have Claude Code tell `ccbooks serve` of its calls" },
  args: {
    action: { type: "positional", required: false, description: "on, off; none: how it stands" },
    url: {
      type: "string",
      valueHint: "URL",
      description: "Where `ccbooks serve` is (http://127.0.0.1:8050)",
    },
    print: { type: "boolean", description: "With on: print the variables, change no settings" },
    db: dbFlag,
  },
  async run({ args }) {
    const { action = "show" } = args;
    if (!isAction(action)) throw unknownAction("telemetry", action, Object.keys(actions));
    if (action !== "on" && (args.url !== undefined || args.print)) {
      throw new UsageError("--url and --print go with `ccbooks telemetry on`; leave them out.");
    }
    await actions[action](args);
  },
});

interface Flags {
  url?: string | undefined;
  print?: boolean | undefined;
  db?: string | undefined;
}

/** The token that Claude Code has. */
const TOKEN = "claude-code";

const actions = {
  async on({ url, print, db }: Flags): Promise<void> {
    const endpoint = urlOf(url);
    const other = print ? null : otherEndpoint(endpoint);
    if (other !== null) {
      throw new UserError(
        `Claude Code sends its telemetry to ${other} already, which was left; take that out of its settings first.`,
      );
    }
    const at = new Date().toISOString();
    const token = await withBooks(databasePath(db), (books) => {
      // What is printed is for another machine, and has a token of its own. Here, who has the one before is to have none.
      const name = print ? `${TOKEN}-${randomBytes(3).toString("hex")}` : TOKEN;
      if (!print) revokeAccessToken(books, name, at);
      return createAccessToken(books, { name, role: "record", project: null, at });
    });
    const variables = telemetryVariables(endpoint, token);
    if (print) {
      const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
      process.stdout.write(`${lines.join("\n")}\n`);
      return;
    }
    say(claudeSettingsWords(turnTelemetryOn(variables), "telemetry"));
    say(
      `Sessions that begin now send to ${endpoint}, where \`ccbooks serve\` has to run; running ones go on as they are.`,
    );
  },
  async off({ db }: Flags): Promise<void> {
    say(claudeSettingsWords(turnTelemetryOff(), "telemetry"));
    await withBooks(existingDatabase(db), (books) =>
      revokeAccessToken(books, TOKEN, new Date().toISOString()),
    );
    say("Running sessions keep their variables, and are turned away from now on.");
  },
  async show({ db }: Flags): Promise<void> {
    const { telemetryWords } = await import("../terminal/telemetry-words.ts");
    const { readCoverage } = await import("../readers/coverage.ts");
    const { date } = dayAt(Date.now(), machineTimezone());
    const coverage = await readBooks(existingDatabase(db), (books) =>
      readCoverage(books, addDays(date, -6)),
    );
    process.stdout.write(`${telemetryWords(telemetryInSettings(), coverage)}\n`);
  },
};

function isAction(text: string): text is keyof typeof actions {
  return Object.hasOwn(actions, text);
}

/** @throws UsageError when it is none that a receiver can be at. */
function urlOf(text = "http://127.0.0.1:8050"): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && url.username === "" && url.password === "";
  if (isPlain && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "") {
    return url.href.replace(/\/$/, "");
  }
  throw new UsageError(`--url takes an address such as http://127.0.0.1:8050, not "${text}".`);
}
