import type { Route } from "../route.ts";
import { admin } from "./admin.ts";
import { logs, skipped } from "./telemetry.ts";
import { list, record } from "./usage.ts";

/** Everything that may be asked. To add a route: write it, add it. */
export const routes: readonly Route[] = [logs, ...skipped, record, list, ...admin];
