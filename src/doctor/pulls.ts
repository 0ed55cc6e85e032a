import { addDays } from "../dates.ts";
import { printable } from "../format/printable.ts";
import type { PullHealth } from "../readers/bill.ts";
import type { Check } from "./check.ts";

/** After so many days without a pull somebody should look. */
const DAYS = 7;

/** Whether the organisation's reports are up to date; no check where nothing was ever pulled. */
export function checkPulls(health: PullHealth | null, now: Date): Check[] {
  if (health === null) return [];
  const name = "pulls";
  const { pulledUntil, lastError } = health;
  const until = `Anthropic's reports are known up to ${pulledUntil} (UTC)`;
  if (lastError !== null) {
    const message = `${until}; the last pull failed: ${printable(lastError)}`;
    return [{ name, status: "warn", message }];
  }
  const isOld = pulledUntil < addDays(now.toISOString().slice(0, 10), -DAYS);
  return [
    isOld
      ? {
          name,
          status: "warn",
          message: `${until}; \`ccbooks pull anthropic\` goes on from there.`,
        }
      : { name, status: "ok", message: `${until}.` },
  ];
}
