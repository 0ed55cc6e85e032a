import { execa } from "execa";

import { root } from "./home.ts";

/** Tests run what is published, so it is built once before them all. */
export default async function build(): Promise<void> {
  await execa(process.execPath, ["build.ts"], { cwd: root });
}
