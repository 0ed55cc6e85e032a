import { readFileSync, writeSync } from "node:fs";

import { withBooks } from "../../src/ledger/open.ts";
import { loadPrior } from "../../src/ledger/prior.ts";
import { record, type Fetched } from "../../src/ledger/record.ts";

/**
 * Records what a fetch found, in a process of its own that can be killed: says so on stdout just before.
 * Arguments: the books, and a JSON file that holds what was found.
 */
const [books = "", found = ""] = process.argv.slice(2);
const fetched: Fetched = JSON.parse(readFileSync(found, "utf8"));
await withBooks(books, (open) => {
  const prior = loadPrior(open, fetched.run);
  writeSync(1, "now\n");
  record(open, fetched, prior);
});
