import {
  accessSync,
  constants,
  readdirSync,
  realpathSync,
  statSync,
  type Dirent,
  type Stats,
} from "node:fs";
import { basename, dirname, join, sep } from "node:path";

import { errorCode } from "../../errors.ts";
import { UNKNOWN_PROJECT } from "../../usage.ts";

/** A transcript file, and whose it is by its place. */
export interface Transcript {
  path: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** The project's folder: Claude Code's name for the working directory. */
  slug: string;
  /** The session, by the name of its transcript or of the folder its subagents are in. */
  sessionId: string;
  /** Null for the conversation itself. */
  subagent: string | null;
}

/** What there is below the folders' `projects/`. */
export interface Listing {
  /** In the order of their paths: a call in several transcripts belongs to the one that sorts first. */
  transcripts: Transcript[];
  /** Files and folders that may not be read. */
  unreadable: string[];
  /** Named like transcripts, but pipes, devices or sockets: never opened. */
  notFiles: string[];
  /** Links that were followed. */
  links: string[];
}

/**
 * Every transcript below the folders' `projects/`: `*.jsonl` at any depth. Links that lead out of them are
 * followed once, so a loop of them ends; what others lead to is found in its own place. Synchronous on purpose: with thousands of files it is 2 to 4 times faster.
 */
export function listTranscripts(folders: readonly string[]): Listing {
  const listing: Listing = { transcripts: [], unreadable: [], notFiles: [], links: [] };
  const roots = folders.map((folder) => join(folder, "projects"));
  const real = roots.map((root) => tolerant(root, listing, (path) => realpathSync(path)) ?? root);
  const walk: Walk = { listing, roots: real, followed: new Set() };
  for (const root of roots) walkFolder(walk, root, []);
  listing.transcripts.sort((a, b) => (a.path < b.path ? -1 : 1));
  return listing;
}

/** The transcript of a conversation, if it is there, and those of its subagents. */
export function listConversation(path: string): Transcript[] {
  const folder = path.replace(/\.jsonl$/, "");
  const listing: Listing = { transcripts: [], unreadable: [], notFiles: [], links: [] };
  const walk: Walk = { listing, roots: [dirname(path)], followed: new Set() };
  const slug = basename(dirname(path));
  const stat = tolerant(path, listing, (file) => statSync(file));
  if (stat?.isFile())
    listing.transcripts.push({ path, ...described(basename(path), stat, [slug]) });
  walkFolder(walk, folder, [slug, basename(folder)]);
  return listing.transcripts;
}

interface Walk {
  listing: Listing;
  /** The real folders that the walk begins in. */
  roots: readonly string[];
  /** The real files and folders that links led to. */
  followed: Set<string>;
}

/** @param places the names of the folders below `projects/` that lead to this one */
function walkFolder(walk: Walk, folder: string, places: readonly string[]): void {
  const entries = tolerant(folder, walk.listing, (path) =>
    readdirSync(path, { withFileTypes: true }),
  );
  for (const entry of entries ?? []) walkEntry(walk, folder, entry, places);
}

function walkEntry(walk: Walk, folder: string, entry: Dirent, places: readonly string[]): void {
  const { listing } = walk;
  const path = `${folder}/${entry.name}`;
  if (entry.isDirectory()) {
    walkFolder(walk, path, [...places, entry.name]);
    return;
  }
  const isLink = entry.isSymbolicLink();
  const isNamedLikeOne = entry.name.endsWith(".jsonl");
  if (!isLink && !isNamedLikeOne) return;
  if (!isLink && !entry.isFile()) {
    listing.notFiles.push(path);
    return;
  }
  const stat = tolerant(path, listing, (file) => statSync(file));
  if (stat === undefined || (!stat.isDirectory() && !isNamedLikeOne)) return;
  if (isLink && !isToFollow(walk, path, stat)) return;
  if (isLink) listing.links.push(path);
  if (stat.isDirectory()) {
    walkFolder(walk, path, [...places, entry.name]);
  } else {
    if (!stat.isFile()) listing.notFiles.push(path);
    else if (!mayRead(path, stat)) listing.unreadable.push(path);
    else listing.transcripts.push({ path, ...described(entry.name, stat, places) });
  }
}

/** Whether a link leads to something that would not be found otherwise. */
function isToFollow({ listing, roots, followed }: Walk, link: string, target: Stats): boolean {
  const real = tolerant(link, listing, (path) => realpathSync(path));
  if (real === undefined || followed.has(real)) return false;
  followed.add(real);
  const isInside = roots.some((root) => real === root || real.startsWith(`${root}${sep}`));
  return !isInside || (target.isFile() && !real.endsWith(".jsonl"));
}

/** Whose a transcript is: `<slug>/<session>.jsonl`, or anything below `<slug>/<session>/`. */
function described(name: string, { size, mtimeMs }: Stats, places: readonly string[]) {
  const stem = basename(name, ".jsonl");
  const [slug = UNKNOWN_PROJECT, session] = places;
  return {
    size,
    modifiedAt: mtimeMs,
    slug,
    sessionId: session ?? stem,
    subagent: session === undefined ? null : stem,
  };
}

/** Does it, unless Claude Code deletes what it is done to meanwhile, or it may not be done. */
function tolerant<T>(path: string, listing: Listing, work: (path: string) => T): T | undefined {
  try {
    return work(path);
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (code === "EACCES" || code === "EPERM" || code === "ELOOP") listing.unreadable.push(path);
    else if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    return undefined;
  }
}

/** Undefined on Windows, whose files have no such modes. */
const me = process.getuid?.();
const ROOT = 0;
const OWNER_READS = 0o400;

/** Whether a file's contents may be read, which most modes tell without asking the system again. */
function mayRead(path: string, { uid, mode }: Stats): boolean {
  if (me === undefined || me === ROOT) return true;
  if (uid === me) return (mode & OWNER_READS) !== 0;
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
