import { UsageError } from "../../errors.ts";
import { keepSettings, readSettings } from "../../config/settings.ts";

/** The flag that says what the user's plan costs. */
export const planFlag = {
  type: "string",
  valueHint: "USD",
  description: "What your plan costs a month (kept); 0 forgets it",
} as const;

/**
 * What the plan costs, USD a month: as the flag says, which is kept, else as kept; null for none.
 * @throws UsageError when the flag is no sum of money.
 */
export async function planOf(flag: string | undefined): Promise<number | null> {
  if (flag === undefined) return (await readSettings()).planUsd;
  if (!/^\$?\d+(\.\d{1,2})?$/.test(flag)) {
    throw new UsageError(`--plan takes US dollars a month, such as 200, not "${flag}".`);
  }
  const planUsd = Number(flag.replace("$", "")) || null;
  await keepSettings({ planUsd });
  return planUsd;
}
