import type { Delivery } from "../alerts/deliver.ts";

/** What was sent to whom, or would be. */
export function deliveryWords({ channel, whereTo, message }: Delivery, dryRun: boolean): string {
  const text = message.text.replaceAll(/^/gm, "  ");
  return `${dryRun ? "Would be sent" : "Sent"} by ${channel} to ${whereTo}:\n${text}`;
}

/** One sentence. */
export function failedWords({ channel, whereTo, error }: Delivery): string {
  return `The alert by ${channel} to ${whereTo} was not delivered: ${error}. The next fetch tries again, for a day; \`ccbooks alert test ${channel}\` tries it now.`;
}
