import { closeSync, openSync, readSync } from "node:fs";

import { errorCode } from "../errors.ts";

/**
 * A look at a SQLite file before SQLite opens it. It reads the whole schema first, from pages that refer to
 * pages; in a file that was made to harm they refer to one another so often that it never comes to an end.
 * See https://sqlite.org/fileformat2.html.
 */

/** What a file looks like from outside. */
export type Looks = "as it should" | "in WAL mode" | "endless";

/** Our schema takes 30 pages. */
const MOST_PAGES = 1000;

const HEADER_SIZE = 100;
const INTERIOR = 5;

/** Files that may not be read, are no SQLite, or damaged otherwise, are left to SQLite to judge. */
export function lookAt(path: string): Looks {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return "as it should";
  }
  try {
    const header = read(fd, 0, HEADER_SIZE);
    if (header.length < HEADER_SIZE || !header.toString("latin1").startsWith("SQLite format 3\0")) {
      return "as it should";
    }
    const READ_VERSION = 19;
    if (header[READ_VERSION] === 2) return "in WAL mode";
    const size = header.readUInt16BE(16);
    const pageSize = size === 1 ? 65_536 : size;
    return isEndless(fd, pageSize) ? "endless" : "as it should";
  } finally {
    closeSync(fd);
  }
}

/** Whether a page of the schema is reached twice. */
function isEndless(fd: number, pageSize: number): boolean {
  const seen = new Set<number>([1]);
  const left = [1];
  for (let number = left.pop(); number !== undefined; number = left.pop()) {
    const page = read(fd, (number - 1) * pageSize, pageSize);
    for (const child of childrenIn(page, number === 1 ? HEADER_SIZE : 0)) {
      if (seen.has(child) || seen.size > MOST_PAGES) return true;
      seen.add(child);
      left.push(child);
    }
  }
  return false;
}

/** @param start where the page's own header begins */
function childrenIn(page: Buffer, start: number): number[] {
  if (page[start] !== INTERIOR) return [];
  const cells = page.readUInt16BE(start + 3);
  const pointers = start + 12;
  const at = (offset: number): number =>
    offset + 4 <= page.length ? page.readUInt32BE(offset) : 0;
  const children = Array.from({ length: cells }, (_, cell) => {
    const pointer = pointers + 2 * cell;
    return pointer + 2 <= page.length ? at(page.readUInt16BE(pointer)) : 0;
  });
  return [...children, at(start + 8)].filter((child) => child > 0);
}

function read(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}
