import { readdirSync, statSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

import { errorCode } from "../../errors.ts";

/** Says when something changed below the folders of transcripts. */
export interface FolderWatch {
  /** False where the system does not tell of changes: look yourself. */
  isTold(): boolean;
  close(): void;
}

/**
 * Watches the folders' `projects/` and every folder below. Node's own recursive watching takes a watch for each
 * file on Linux, of which a system has few; a folder's watch tells of the files in it.
 * @param onChange is called often while an agent is at work
 */
export function watchFolders(folders: readonly string[], onChange: () => void): FolderWatch {
  const roots = folders.map((folder) => join(folder, "projects"));
  const watches = isRecursive ? roots.map((root) => new TreeWatch(root, onChange)) : [];
  const all = isRecursive ? watches : roots.map((root) => new FoldersWatch(root, onChange));
  return {
    isTold: () => all.length > 0 && all.every((one) => one.isTold),
    close: () => {
      for (const one of all) one.close();
    },
  };
}

/** Where the system watches whole trees itself. */
const isRecursive = process.platform === "darwin" || process.platform === "win32";

class TreeWatch {
  isTold = true;
  #watcher: FSWatcher | undefined;

  constructor(root: string, onChange: () => void) {
    try {
      this.#watcher = watch(root, { recursive: true, persistent: false }, onChange);
      this.#watcher.on("error", () => (this.isTold = false));
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      this.isTold = false;
    }
  }

  close(): void {
    this.#watcher?.close();
  }
}

class FoldersWatch {
  isTold = true;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #onChange: () => void;

  constructor(root: string, onChange: () => void) {
    this.#onChange = onChange;
    this.#add(root);
    // One that is made later is found by looking.
    if (!this.#watchers.has(root)) this.isTold = false;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Watches a folder and those in it; what is gone meanwhile, or no folder, is passed over. */
  #add(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        if (event === "rename" && name !== null) this.#addIfFolder(join(folder, name));
        this.#onChange();
      });
      watcher.on("error", () => this.#remove(folder));
      this.#watchers.set(folder, watcher);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        // A link leads elsewhere: its folder is found by looking.
        if (entry.isDirectory()) this.#add(join(folder, entry.name));
      }
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      if (code !== "ENOENT" && code !== "ENOTDIR") this.isTold = false;
    }
  }

  #addIfFolder(path: string): void {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) this.#add(path);
    else this.#remove(path);
  }

  #remove(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
