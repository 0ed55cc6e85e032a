import { NO_SCOPE } from "../budget.ts";
import type { Alert } from "./message.ts";

/** What `ccbooks alert test` sends: like a real one, and marked as a test. */
export function testAlert(firedAt: string): Alert {
  return {
    type: "budget",
    ...{ budget: "storefront", level: "over", unit: "usd", limit: 10, spent: 10.42 },
    ...{ unpricedTokens: 0, percent: 104.2, period: "day", periodStart: firedAt.slice(0, 10) },
    scope: { ...NO_SCOPE, project: "storefront" },
    firedAt,
    rose: [{ by: "project", name: "storefront", rise: 9.2 }],
    isTest: true,
  };
}
