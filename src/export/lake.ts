import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { UserError } from "../errors.ts";
import type { Dataset } from "../readers/lake.ts";
import { makeFolder } from "../system/folders.ts";
import { onDisk, writeDraft } from "../system/output-file.ts";
import { parquet } from "./parquet.ts";

/**
 * Writes datasets as a lake of Parquet, a file a day:
 * `<root>/curated/anthropic/<dataset>/year=2026/month=11/day=16/<dataset>_<timestamp>.parquet`. The file of a day that was
 * written before is replaced when the new one is whole.
 * @returns how many files were written
 * @throws UserError when they cannot be.
 */
export function writeLake(root: string, datasets: readonly Dataset[]): number {
  const timestamp = new Date().toISOString().replaceAll(/[-:.]/g, "");
  let files = 0;
  for (const { name, columns, rows } of datasets) {
    for (const [date, ofDay] of Map.groupBy(rows, ([day]) => String(day))) {
      const [year = "", month = "", day = ""] = date.split("-");
      const place = join(
        ...[root, "curated", "anthropic", name],
        ...[`year=${year}`, `month=${month}`, `day=${day}`],
      );
      const file = join(place, `${name}_${timestamp}.parquet`);
      onDisk(place, () => makeFolder(place));
      const draft = join(place, `.${name}_${timestamp}.draft`);
      try {
        writeDraft(draft, parquet(columns, ofDay), file);
        onDisk(file, () => renameSync(draft, file));
      } finally {
        rmSync(draft, { force: true });
      }
      onDisk(file, () => {
        for (const other of readdirSync(place)) {
          const isOlder = other.startsWith(`${name}_`) && join(place, other) !== file;
          if (isOlder) rmSync(join(place, other));
        }
      });
      files += 1;
    }
  }
  if (files === 0) {
    throw new UserError(
      "Nothing of Anthropic's reports is known in these days; run `ccbooks pull anthropic`.",
    );
  }
  return files;
}
