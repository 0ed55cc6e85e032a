import type { Project } from "../usage.ts";
import type { Books } from "./books.ts";

/**
 * Keeps where projects are, for when their transcripts are gone. A path once known stays; of two copies
 * of the books that disagree the same one wins in any order.
 */
export function projectKeeper(books: Books): (project: Project) => void {
  const write = books.prepare<Project>(`
    INSERT INTO project (slug, path, name) VALUES (@slug, @path, @name)
    ON CONFLICT DO UPDATE SET path = excluded.path, name = excluded.name
    WHERE excluded.path IS NOT NULL AND (path IS NULL OR excluded.path < path)`);
  const kept = new Set<Project>();
  return (project) => {
    if (!kept.has(project)) write.run(project);
    kept.add(project);
  };
}
