import { once } from "node:events";
import { createReadStream, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { writeProblem, type Chunks } from "../system/output-file.ts";
import { printableLines } from "../format/printable.ts";

/**
 * How long a reader may let the books wait, in milliseconds. While they are read no fetch can write them,
 * and somebody may look at `ccbooks export … | less` for an hour.
 */
const PATIENCE = 1000;

/**
 * Writes to standard output as fast as it is read there. What a slow reader has not taken is put in a
 * temporary file.
 * @returns that rest, to be sent once the books are closed.
 */
export async function writeToStdout(chunks: Chunks): Promise<Rest | undefined> {
  let rest: Rest | undefined;
  for (const chunk of chunks) {
    const text = typeof chunk === "string" ? printableLines(chunk) : chunk;
    if (rest !== undefined) rest.add(text);
    else if (!process.stdout.write(text) && !(await isDrained())) rest = new Rest();
  }
  return rest;
}

async function isDrained(): Promise<boolean> {
  try {
    await once(process.stdout, "drain", { signal: AbortSignal.timeout(PATIENCE) });
    return true;
  } catch {
    return false;
  }
}

/** A temporary file without a name, so that it is gone however the program ends. */
export class Rest {
  private readonly path = join(tmpdir(), `ccbooks-export-${process.pid}`);
  private readonly file: number;

  constructor() {
    try {
      this.file = openSync(this.path, "wx+", 0o600);
      rmSync(this.path);
    } catch (error) {
      throw writeProblem(error, this.path, "export");
    }
  }

  add(chunk: string | Uint8Array): void {
    try {
      writeFileSync(this.file, chunk);
    } catch (error) {
      throw writeProblem(error, this.path, "export");
    }
  }

  async send(): Promise<void> {
    await pipeline(createReadStream(this.path, { fd: this.file, start: 0 }), process.stdout, {
      end: false,
    });
  }
}
