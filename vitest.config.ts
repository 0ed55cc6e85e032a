import { defineConfig } from "vitest/config";

import { FaultsPage } from "./test/support/faults.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", new FaultsPage()],
    globalSetup: "test/support/build.ts",
    // Tests start real programs; on a busy machine that takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
