import { parentPort } from "node:worker_threads";

import { packResult, tryToScan, type ScanDone, type ScanTask } from "./scan-all.ts";

/** A thread that reads transcripts: see scan-all.ts. */
parentPort?.on("message", ({ batch, toScan, latest }: ScanTask) => {
  const results = JSON.stringify(toScan.map((one) => packResult(tryToScan(one, latest))));
  const done: ScanDone = { batch, results };
  parentPort?.postMessage(done);
});
