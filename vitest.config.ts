import { defineConfig } from "vitest/config";

import { FaultsPage } from "./test/support/faults.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: ["default", new FaultsPage()],
    globalSetup: ["test/support/temporary.ts", "test/support/build.ts"],
    // A worker mostly waits for programs it started, so the default of one core less wastes that one.
    maxWorkers: "100%",
    // Tests start real programs; on a busy machine that takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
