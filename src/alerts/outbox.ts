import type { Channels } from "../config/channels.ts";
import { triedToSend, type Delivery } from "./deliver.ts";
import { messageOf, type Alert } from "./message.ts";
import { readySender } from "./senders.ts";

/** How long it is tried to deliver an alert, in milliseconds. */
const PATIENCE = 24 * 3_600_000;

interface Due {
  alert: Alert;
  channel: string;
}

/** Alerts of a program that goes on: what could not be delivered is tried again the next time. */
export class Outbox {
  #due: Due[] = [];

  /** Whether anything is still to be delivered. */
  get isWaiting(): boolean {
    return this.#due.length > 0;
  }

  /** Delivers some alerts to every channel, and those that could not be delivered before. */
  async send(alerts: readonly Alert[], channels: Channels): Promise<Delivery[]> {
    const oldest = Date.now() - PATIENCE;
    const added = alerts.flatMap((alert) =>
      Object.keys(channels).map((channel) => ({ alert, channel })),
    );
    const due = [...this.#due, ...added].filter(({ alert }) => Date.parse(alert.firedAt) > oldest);
    const tried = await Promise.all(
      due.map(async (one) => ({ one, delivery: await tryOne(one, channels) })),
    );
    this.#due = tried.flatMap(({ one, delivery }) => (delivery?.error == null ? [] : [one]));
    return tried.flatMap(({ delivery }) => delivery ?? []);
  }
}

/** @returns nothing where the settings have the channel no longer */
async function tryOne(
  { alert, channel: name }: Due,
  channels: Channels,
): Promise<Delivery | undefined> {
  const channel = channels[name];
  if (channel === undefined) return undefined;
  const sender = await readySender(channel);
  const message = messageOf(alert);
  const error = await triedToSend(sender, alert, message);
  return { channel: name, whereTo: sender.whereTo(), message, error };
}
