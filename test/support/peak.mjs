import { writeFileSync } from "node:fs";

// Imported into a program under test: says how much memory it took at most, in kB.
process.on("exit", () => {
  writeFileSync(process.env.CCBOOKS_TEST_PEAK, String(process.resourceUsage().maxRSS));
});
