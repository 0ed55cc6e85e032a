import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { execaSync } from "execa";
import { onTestFinished } from "vitest";

/** A disk of the given size in bytes, or undefined where one may not be made. */
export function smallDisk(folder: string, size: number): string | undefined {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const { failed } = execaSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk], {
    reject: false,
  });
  if (failed) return undefined;
  onTestFinished(() => void execaSync("umount", [disk], { reject: false }));
  return disk;
}
