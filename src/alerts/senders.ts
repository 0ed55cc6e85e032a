import type { Channel, ChannelType } from "../config/channels.ts";
import type { Alert, Message } from "./message.ts";

type ChannelOf<Type extends ChannelType> = Extract<Channel, { type: Type }>;

/** How a type of channel tells somebody. To add one: write the
 * file, add its lines here and in config/channels.ts. */
export interface Sender<Type extends ChannelType> {
  /** Who hears it, without secrets. */
  whereTo(channel: ChannelOf<Type>): string;
  /** @throws UserError with the end of a sentence about what was in the way. */
  send(channel: ChannelOf<Type>, what: Sent): Promise<void>;
}

/** What is sent: the figures, and the words. `signal` ends a try that takes too long. */
export interface Sent {
  alert: Alert;
  message: Message;
  signal: AbortSignal;
}

/** A channel with what sends to it. */
export interface Ready {
  whereTo(): string;
  send(what: Sent): Promise<void>;
}

/** What sends to a channel, loaded when it is needed. */
export async function readySender(channel: Channel): Promise<Ready> {
  switch (channel.type) {
    case "desktop":
      return ready((await import("./channels/desktop.ts")).desktop, channel);
    case "webhook":
      return ready((await import("./channels/webhook.ts")).webhook, channel);
    case "email":
      return ready((await import("./channels/email.ts")).email, channel);
    case "command":
      return ready((await import("./channels/command.ts")).command, channel);
  }
}

function ready<Type extends ChannelType>(sender: Sender<Type>, channel: ChannelOf<Type>): Ready {
  return { whereTo: () => sender.whereTo(channel), send: (what) => sender.send(channel, what) };
}
