import type { Books } from "../ledger/open.ts";
import type { Column, Row } from "./export-rows.ts";
import { query } from "./query.ts";

/** What is curated of the organisation's usage for other tools: a row for each day and thing. */
export interface Dataset {
  name: string;
  columns: Column[];
  /** In the order of their days. */
  rows: Row[];
}

interface Counts {
  date: string;
  inputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  estimatedCost: number | null;
  unpricedTokens: number;
}

type UsageRow = Counts & {
  workspaceId: string;
  workspace: string;
  apiKeyId: string;
  apiKey: string;
  webSearches: number;
};

type ModelRow = Counts & { model: string; billedCost: number | null };

function column(name: string, declaredType: string): Column {
  return { name, declaredType, isNullable: declaredType === "REAL" };
}

const COUNTS = ["input_tokens", "cache_creation_tokens", "cache_read_tokens", "output_tokens"].map(
  (name) => column(name, "INTEGER"),
);

/** @param days of UTC, both included */
export function readLake(books: Books, days: { since: string; until: string }): Dataset[] {
  const usage = query<UsageRow>(books, "bill/lake_usage.sql", { ...days });
  const models = query<ModelRow>(books, "bill/lake_models.sql", { ...days });
  const texts = (...names: string[]): Column[] => names.map((name) => column(name, "TEXT"));
  const costs = [column("estimated_cost", "REAL"), column("unpriced_tokens", "INTEGER")];
  return [
    {
      name: "usage_daily",
      columns: [
        ...texts("date", "workspace_id", "workspace", "api_key_id", "api_key"),
        ...[...COUNTS, column("web_searches", "INTEGER"), ...costs],
      ],
      rows: usage.map((row) => [
        ...[row.date, row.workspaceId, row.workspace, row.apiKeyId, row.apiKey],
        ...[row.inputTokens, row.cacheCreationTokens, row.cacheReadTokens, row.outputTokens],
        ...[row.webSearches, row.estimatedCost, row.unpricedTokens],
      ]),
    },
    {
      name: "model_daily",
      columns: [...texts("date", "model"), ...COUNTS, ...costs, column("billed_cost", "REAL")],
      rows: models.map((row) => [
        ...[row.date, row.model],
        ...[row.inputTokens, row.cacheCreationTokens, row.cacheReadTokens, row.outputTokens],
        ...[row.estimatedCost, row.unpricedTokens, row.billedCost],
      ]),
    },
  ];
}
