import type { Books } from "./books.ts";

/** The tables in which a name lives once. */
type NameTable = "model" | "branch" | "client_version" | "query_source";

/** Looks names up, and adds those that are new. */
export interface Names {
  /** @returns the name's row */
  idOf(name: string): number;
}

export function namesIn(books: Books, table: NameTable): Names {
  const known = new Map<string, number>();
  const find = books.prepare<[string], number>(`SELECT id FROM ${table} WHERE name = ?`).pluck();
  const add = books.prepare<[string]>(`INSERT INTO ${table} (name) VALUES (?)`);
  return {
    idOf(name) {
      const id = known.get(name) ?? find.get(name) ?? Number(add.run(name).lastInsertRowid);
      known.set(name, id);
      return id;
    },
  };
}
