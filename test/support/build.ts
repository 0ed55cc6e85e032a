import { join } from "node:path";

import { execa } from "execa";

/** Tests run what is published, so it is built once before them all. */
export default async function build(): Promise<void> {
  await execa(process.execPath, ["build.ts"], { cwd: join(import.meta.dirname, "..", "..") });
}
