import { UsageError } from "../../errors.ts";
import {
  isFigure,
  questions,
  tables,
  type Order,
  type TableColumn,
  type TableName,
} from "../../readers/tables.ts";
import { ALL, tells, type Selection } from "../../readers/selection.ts";
import { closest } from "./check.ts";

/** Which table of `stats` is meant, and how it is sorted. */

const names = [
  ...["daily", "weekly", "monthly"],
  ...["models", "projects", "sessions", "branches", "machines"],
  ...["hours", "blocks", "cache", "limits"],
] as const;

/** What `--by` divides usage by, one thing or two. */
const groupings: Record<string, TableName> = {
  day: "daily",
  week: "weekly",
  month: "monthly",
  model: "models",
  project: "projects",
  session: "sessions",
  branch: "branches",
  machine: "machines",
  agent: "agents",
  hour: "hours",
  "model,project": "projectModels",
  "branch,project": "projectBranches",
  "branch,model": "branchModels",
  "machine,model": "machineModels",
  "machine,project": "machineProjects",
  "branch,machine": "machineBranches",
};

const cacheTables = {
  day: "cacheByDay",
  model: "cacheByModel",
  project: "cacheByProject",
} as const;

/** @throws UsageError when there is no such table, or `--by` does not go with it. */
export function tableNamed(name: string | undefined, by: string | undefined): TableName {
  if (name === undefined) return groupedBy(by ?? "");
  const known = names.find((one) => one === name);
  if (known === undefined) {
    const near = closest(name, [...names, "compare", "reconcile"]);
    throw new UsageError(
      `There is no table "${name}"; ${near ? `did you mean \`ccbooks stats ${near}\`?` : `there are ${names.join(", ")}, compare and reconcile.`}`,
    );
  }
  if (known !== "cache") {
    if (by === undefined) return known;
    throw new UsageError(
      `--by goes with \`ccbooks stats cache\`, or with no table; leave one out.`,
    );
  }
  if (by === undefined) return cacheTables.day;
  if (by === "day" || by === "model" || by === "project") return cacheTables[by];
  throw new UsageError(`Of the cache, --by takes day, model or project, not "${by}".`);
}

function groupedBy(by: string): TableName {
  const table = groupings[by.toLowerCase().split(",").toSorted().join(",")];
  if (table !== undefined) return table;
  const single = Object.keys(groupings).filter((one) => !one.includes(","));
  throw new UsageError(
    `--by takes ${single.join(", ")}, or two of project, model, branch and machine as in project,model; not "${by}".`,
  );
}

/** What only transcripts tell. */
const OF_TRANSCRIPTS = new Set(["sessions", "machines", "agents", "blocks", "limits"]);

/** @throws UsageError when a table is limited to something that it does not tell apart. */
export function checkLimits(table: TableName, selection: Selection): void {
  const { source } = selection;
  const isTold = tells(source, questions[table].by) && !table.startsWith("machine");
  const isOfTranscripts = OF_TRANSCRIPTS.has(table) || table.startsWith("cache");
  if (source !== ALL.source && (!isTold || isOfTranscripts)) {
    const [whose, projects] =
      source === "apps"
        ? ["What apps record tells", "projects"]
        : ["Anthropic's reports tell", "workspaces (projects)"];
    throw new UsageError(
      `${whose} of days, weeks, months, models and ${projects}; choose one of those tables.`,
    );
  }
  if (table !== "limits") return;
  const { source: _source, since: _, until: __, machine: ___, ...others } = selection;
  const wrong = Object.entries(others).find(([, value]) => value !== null)?.[0];
  if (wrong === undefined) return;
  throw new UsageError(
    `The limits of the plan are of all that is used on a machine; leave --${wrong} out.`,
  );
}

/** @throws UsageError when the table has no such column. */
export function orderOf(sort: string, table: TableName): Order {
  const [, column = "", direction] = sort.match(/^([^:]*)(?::(asc|desc))?$/) ?? [];
  const columns: TableColumn[] = [...tables[table].columns];
  // SQL and CSV write total_cost where JSON has totalCost; people say cost.
  const wanted = column.replaceAll("_", "").toLowerCase();
  const named = (test: (name: string) => boolean): TableColumn | undefined =>
    wanted === "" ? undefined : columns.find(({ name }) => test(name.toLowerCase()));
  const found =
    named((one) => one === wanted) ??
    named((one) => one === `total${wanted}`) ??
    named((one) => one.includes(wanted));
  if (found === undefined) {
    throw new UsageError(
      `--sort takes one of ${columns.map(({ name }) => name).join(", ")}, with :asc or :desc behind it or not; not "${sort}".`,
    );
  }
  const descending = direction === undefined ? isFigure(found.kind) : direction === "desc";
  return { by: found, descending };
}
