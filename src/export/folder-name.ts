import { createHash } from "node:crypto";

/** Longer names are cut: with what is put before and behind it, a name may have 255 bytes. */
const LONGEST = 120;

/**
 * What a table or view is called on disk, the same on every system and different for every name. Letters,
 * digits and what else is harmless stay; all other bytes become %XX, as Hive writes them.
 */
export function folderName(name: string): string {
  const escaped = name
    .replaceAll(/[^\w .-]/gu, percent)
    // Up and down the folders, hidden files, and what Windows drops from the end.
    .replace(/^[. ]/, percent)
    .replace(/[. ]$/, percent)
    .replace(DEVICE, (device) => percent(device.charAt(0)) + device.slice(1));
  if (escaped === "") return "%";
  if (escaped.length <= LONGEST) return escaped;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32);
  // No name has a ~ of its own.
  return `${escaped.slice(0, LONGEST - digest.length - 1)}~${digest}`;
}

/** Names that Windows keeps for devices, whatever comes behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d) *(?=\.|$)/i;

function percent(sign: string): string {
  return Buffer.from(sign)
    .toString("hex")
    .toUpperCase()
    .replaceAll(/../g, (byte) => `%${byte}`);
}
