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
