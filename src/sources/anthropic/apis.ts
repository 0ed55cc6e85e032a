/** The two generations of the usage and cost reports. */
export const APIS = ["legacy", "analytics"] as const;

export type Api = (typeof APIS)[number];
