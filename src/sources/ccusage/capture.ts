import {
  closeSync,
  createWriteStream,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  type WriteStream,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { errorCode, UserError } from "../../errors.ts";
import { makeTemporaryFolder } from "../../system/temporary-folder.ts";

/**
 * A nameless file for a program to print into. A report of 20,000 sessions comes in 2,000 pieces, and
 * taking each through a pipe costs more than parsing them all; a file takes them without us.
 */
export interface Capture {
  /** To be given to the program as its standard output, which it then writes without us. */
  stream: WriteStream;
  /** What was printed so far, in bytes. */
  size(): number;
  read(): string;
  close(): void;
}

function makeFile(): { folder: string; fd: number } {
  try {
    const folder = makeTemporaryFolder();
    return { folder, fd: openSync(join(folder, "report"), "wx+", 0o600) };
  } catch (error) {
    throw new UserError(
      `ccusage has nowhere to print to: the temporary folder ${tmpdir()} cannot be written (${errorCode(error)}); make room in it, or name another with TMPDIR.`,
      { cause: error },
    );
  }
}

/** Makes the file, readable by its owner alone and, where the system allows it, gone when we are. */
export function openCapture(): Capture {
  const { folder, fd } = makeFile();
  // Windows keeps a name as long as the file is open.
  const isNameless = process.platform !== "win32";
  if (isNameless) rmSync(folder, { recursive: true });
  const size = (): number => fstatSync(fd).size;
  return {
    stream: createWriteStream("", { fd, autoClose: false }),
    size,
    read: () => {
      const bytes = Buffer.allocUnsafe(size());
      let at = 0;
      while (at < bytes.length) {
        const count = readSync(fd, bytes, at, bytes.length - at, at);
        if (count === 0) break;
        at += count;
      }
      return bytes.toString("utf8", 0, at);
    },
    close: () => {
      closeSync(fd);
      if (!isNameless) rmSync(folder, { recursive: true, force: true });
    },
  };
}
