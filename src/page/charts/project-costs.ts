import type { RangeData } from "../../readers/page-range.ts";
import { money, percent } from "../../format/figures.ts";
import { printable } from "../../format/printable.ts";
import { endOf } from "../../format/width.ts";
import type { Figure } from "../figure.ts";
import { labelOf, projectsSummary, projectsTitle } from "./ranking.ts";
import { stackedDrawings } from "./stacks.ts";

/** What each project cost over time; nothing to tell apart where there is one. */
export function projectCostsFigure(data: RangeData): Figure | null {
  const { projects, projectSlugs } = data;
  const [first] = projects;
  if (first === undefined || first.projects < 2) return null;
  return {
    id: "project-costs",
    title: "Cost by project",
    summary: projectsSummary(projects, first.projects),
    ...stackedDrawings(data, {
      groups: projects.map((project) => ({
        key: project.slug,
        name: endOf(printable(labelOf(project, projects)), 40),
      })),
      groupsInAll: first.projects,
      rowsOf: (stacks) => stacks.projects,
      all: projectSlugs,
    }),
    // The rest of what is told of them is beside their ranking.
    figures: {
      title: projectsTitle(projects, first.projects),
      words: 1,
      heads: ["project", "cost", "share"],
      rows: projects.map((row) => [row.name, money(row), percent(row.share)]),
    },
    isHalf: false,
  };
}
