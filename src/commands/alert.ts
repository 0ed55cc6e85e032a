import { defineCommand } from "citty";

import { deliverAlerts, triedToSend, type Delivery } from "../alerts/deliver.ts";
import { messageOf } from "../alerts/message.ts";
import { readySender } from "../alerts/senders.ts";
import { testAlert } from "../alerts/test-alert.ts";
import type { Channel, Channels } from "../config/channels.ts";
import { configFile } from "../config/files.ts";
import { machineTimezone } from "../config/machine.ts";
import { databasePath, existingDatabase } from "../config/paths.ts";
import { readSettings } from "../config/settings.ts";
import { UsageError, UserError } from "../errors.ts";
import { withBooks } from "../ledger/open.ts";
import { deliveryWords, failedWords } from "../terminal/alert-words.ts";
import { say, sayWarning } from "../terminal/say.ts";
import { table } from "../terminal/table.ts";
import { insteadOf, unknownAction } from "./flags/check.ts";
import { dbFlag, jsonFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "alert", description: "Who hears of budgets: list, try, or send again" },
  args: {
    action: {
      type: "positional",
      required: false,
      description: "list (default), test, or send: what could not be delivered",
    },
    channel: { type: "positional", required: false, description: "Which one to test" },
    "dry-run": { type: "boolean", description: "Show what would be sent to whom" },
    db: dbFlag,
    json: jsonFlag,
  },
  async run({ args }) {
    const { action = "list", channel, db } = args;
    const dryRun = args["dry-run"] === true;
    if (channel !== undefined && action !== "test") {
      throw new UsageError(`A channel is for \`ccbooks alert test\`; leave "${channel}" out.`);
    }
    if (dryRun && action === "list") {
      throw new UsageError("--dry-run is for `ccbooks alert test` and `send`; leave it out.");
    }
    if (action === "list") await list(args.json === true);
    else if (action === "test") await test(channel, { dryRun, asJson: args.json === true });
    else if (action === "send") await sendNow(db, { dryRun, asJson: args.json === true });
    else throw unknownAction("alert", action, ACTIONS);
  },
});

const ACTIONS = ["list", "test", "send"];

/** Sends what is to be told, and says what could not be: at the end of a fetch. */
export async function sendAlerts(db: string | undefined): Promise<void> {
  for (const delivery of await deliver(databasePath(db), false)) {
    if (delivery.error !== null) sayWarning(failedWords(delivery));
  }
}

async function deliver(path: string, dryRun: boolean): Promise<Delivery[]> {
  const { channels } = await readSettings();
  return withBooks(path, (books) =>
    deliverAlerts(books, channels, { timezone: machineTimezone(), dryRun }),
  );
}

async function list(asJson: boolean): Promise<void> {
  const { channels } = await readSettings();
  const known = await Promise.all(
    Object.entries(channels).map(async ([name, channel]) => {
      const sender = await readySender(channel);
      return { name, type: channel.type, whereTo: sender.whereTo() };
    }),
  );
  if (asJson) {
    const { printJson } = await import("../terminal/json.ts");
    printJson({ channels: known });
  } else if (known.length === 0) {
    process.stdout.write(
      `Nobody is told of budgets but those who see a fetch; name channels in ${configFile("settings.json")}.\n`,
    );
  } else {
    const heads = ["Channel", "Type", "Who hears it"].map((title) => ({
      title,
      align: "left" as const,
    }));
    const rows = known.map(({ name, type, whereTo }) => [name, type, whereTo]);
    process.stdout.write(`${table(heads, rows)}\n`);
  }
}

interface Way {
  dryRun: boolean;
  asJson: boolean;
}

async function test(name: string | undefined, { dryRun, asJson }: Way): Promise<void> {
  if (name === undefined)
    throw new UsageError("Missing the channel: `ccbooks alert test CHANNEL`.");
  const { channels } = await readSettings();
  const sender = await readySender(channelOf(channels, name));
  const alert = testAlert(new Date().toISOString());
  const message = messageOf(alert);
  const error = dryRun ? null : await triedToSend(sender, alert, message);
  const delivery = { channel: name, whereTo: sender.whereTo(), message, error };
  await report([delivery], { dryRun, asJson });
  if (error !== null) process.exitCode = 1;
}

/** @throws UserError when the settings have no such channel. */
function channelOf(channels: Channels, name: string): Channel {
  const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
  if (channel !== undefined) return channel;
  const instead = insteadOf(name, Object.keys(channels));
  throw new UserError(`The settings have no channel "${name}"; ${instead}`);
}

async function sendNow(db: string | undefined, { dryRun, asJson }: Way): Promise<void> {
  const deliveries = await deliver(existingDatabase(db), dryRun);
  await report(deliveries, { dryRun, asJson });
  if (deliveries.some(({ error }) => error !== null)) process.exitCode = 1;
}

async function report(deliveries: readonly Delivery[], { dryRun, asJson }: Way): Promise<void> {
  if (asJson) {
    const { printJson } = await import("../terminal/json.ts");
    printJson({
      dryRun,
      deliveries: deliveries.map(({ message, ...delivery }) => ({
        ...delivery,
        text: message.text,
      })),
    });
    return;
  }
  if (deliveries.length === 0) say("There is nothing to send.");
  for (const delivery of deliveries) {
    if (delivery.error === null) say(deliveryWords(delivery, dryRun));
    else sayWarning(failedWords(delivery));
  }
}
