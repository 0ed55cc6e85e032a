import type { Alert, Message } from "./message.ts";

/** What programs are handed: the figures, and the words. The names are a promise. */
export function jsonOf(alert: Alert, { text }: Message): object {
  return { ...alert, text };
}
