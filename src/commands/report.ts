import { resolve } from "node:path";

import { defineCommand } from "citty";

import { dayAt } from "../dates.ts";
import { UsageError, UserError } from "../errors.ts";
import { readBooks, type Books } from "../ledger/open.ts";
import { machineTimezone } from "../config/machine.ts";
import { existingDatabase, expandHome } from "../config/paths.ts";
import { readAsOf } from "../readers/as-of.ts";
import { readPageData, type PageData } from "../readers/page.ts";
import type { Selection } from "../readers/selection.ts";
import { fileSize } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { NOTHING_KNOWN } from "../terminal/summary-words.ts";
import { say, sayWarning } from "../terminal/say.ts";
import { planFlag, planOf } from "./flags/plan.ts";
import { rangeFlags, rangeOf } from "./flags/range.ts";
import { checkOwners, meantNames, selectionFlags, selectionOf } from "./flags/selection.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "report", description: "Draw it all: one HTML file with charts" },
  args: {
    db: dbFlag,
    out: {
      type: "string",
      valueHint: "PATH",
      description: "The file to write or replace (ccbooks-report.html)",
    },
    png: { type: "boolean", description: "A picture instead (ccbooks-report.png)" },
    open: { type: "boolean", description: "Open it in the browser" },
    ...rangeFlags,
    ...selectionFlags,
    plan: planFlag,
  },
  async run({ args }) {
    const timezone = machineTimezone();
    const { date: today } = dayAt(Date.now(), timezone);
    const range = rangeOf(args, today);
    const scope = selectionOf(args, range);
    const plan = await planOf(args.plan);
    const books = existingDatabase(args.db);
    if (args.png && /\.html?$/i.test(args.out ?? "")) {
      throw new UsageError(
        `--png writes a picture, not ${args.out}; name a .png, or leave one out.`,
      );
    }
    const path = resolve(expandHome(args.out ?? `ccbooks-report.${args.png ? "png" : "html"}`));
    const data = await readBooks(books, (open) => someData(open, scope, { today, timezone }));
    const { page } = await import("../page/page.ts");
    const { writeWhole } = await import("../system/output-file.ts");
    const drawn = page(data, plan);
    const whole = args.png ? await (await import("../system/picture.ts")).pictureOf(drawn) : drawn;
    const bytes = writeWhole(path, books, [whole], "page");
    say(`The page is in ${printable(path)} (${fileSize(bytes)}).`);
    if (args.open) {
      const { openInBrowser } = await import("../system/browser.ts");
      if (!(await openInBrowser(path))) {
        sayWarning("No browser could be opened from here; open the file yourself.");
      }
    }
  },
});

/** @throws UserError when there is nothing to draw. */
function someData(
  books: Books,
  scope: Selection,
  when: { today: string; timezone: string },
): PageData {
  const data = readPageData(books, scope, when);
  if (data !== null) return data;
  const always = { source: scope.source, machine: null };
  if (readAsOf(books, always, when.timezone).firstDate === null) {
    throw new UserError(NOTHING_KNOWN[scope.source]);
  }
  checkOwners(books, scope);
  const meant = meantNames(books, scope);
  if (meant.length > 0) throw new UserError(`No usage here; did you mean ${meant.join(" ")}?`);
  throw new UserError("No usage in this range; `ccbooks report` alone draws all there is.");
}
