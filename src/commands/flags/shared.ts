/** Flags that several commands take. */

export const dbFlag = {
  type: "string",
  valueHint: "PATH",
  description: "The books (CCBOOKS_DB, else in your data folder)",
} as const;

export const jsonFlag = {
  type: "boolean",
  description: "Print one JSON object instead of words",
} as const;

export const quietFlag = {
  type: "boolean",
  description: "Say nothing unless something is wrong",
} as const;

export const ccusageFlag = {
  type: "string",
  valueHint: "PATH",
  description: "Another ccusage 20.x (CCBOOKS_CCUSAGE)",
} as const;

export const watchFlags = {
  watch: { type: "boolean", description: "Fetch and show again, until Ctrl-C" },
  every: { type: "string", valueHint: "SECONDS", description: "How often with --watch; 30" },
} as const;

export const offlineFlag = {
  type: "boolean",
  description: "Use the prices built into ccusage instead of today's",
} as const;

export const timeoutFlag = {
  type: "string",
  valueHint: "SECONDS",
  default: "600",
  description: "How long ccusage may take",
} as const;
