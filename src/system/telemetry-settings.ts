import * as z from "zod/mini";

import type { SettingsChange } from "../settings-change.ts";
import { changeClaudeSetting, claudeSettingsFile, readClaudeSettings } from "./claude-settings.ts";

/** The variables that have Claude Code send its events, in its own settings. */

const SETTING = "env";

const env = z.catch(z.record(z.string(), z.string()), {});

/** What is set for a receiver, by name. Only logs: of metrics and traces nothing is kept. */
export function telemetryVariables(url: string, token: string): Record<string, string> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: "1",
    OTEL_LOGS_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs`,
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: `Authorization=Bearer ${token}`,
  };
}

const NAMES = Object.keys(telemetryVariables("", ""));

/** Where a sender of somebody else's sends to; null where there is none, or it is ours. */
export function otherEndpoint(ours: string): string | null {
  const set = env.parse(readClaudeSettings(claudeSettingsFile())[SETTING]);
  const endpoint =
    set["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"] ?? set["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? null;
  const isOurs = (set["OTEL_EXPORTER_OTLP_LOGS_HEADERS"] ?? "").includes("Bearer ccb_");
  return endpoint === null || endpoint.startsWith(ours) || isOurs ? null : endpoint;
}

/** The variables of telemetry that Claude Code's settings have, without the token. */
export function telemetryInSettings(): Record<string, string> {
  const set = env.parse(readClaudeSettings(claudeSettingsFile())[SETTING]);
  return Object.fromEntries(
    NAMES.flatMap((name) => (set[name] === undefined ? [] : [[name, withoutToken(set[name])]])),
  );
}

/** Has Claude Code send its events, and leaves its other variables. */
export function turnTelemetryOn(variables: Record<string, string>): SettingsChange {
  return told(changeClaudeSetting(SETTING, (before) => ({ ...env.parse(before), ...variables })));
}

/** Takes our variables out again, and no other. */
export function turnTelemetryOff(): SettingsChange {
  return told(
    changeClaudeSetting(SETTING, (before) => {
      const rest = Object.entries(env.parse(before)).filter(([name]) => !NAMES.includes(name));
      return rest.length === 0 ? undefined : Object.fromEntries(rest);
    }),
  );
}

/** A change as it may be shown. */
function told({ before, after, ...change }: SettingsChange): SettingsChange {
  return {
    ...change,
    // Another token is a change, though neither is shown.
    before: before === null ? null : withoutToken(before).replace("Bearer …", "Bearer …(before)"),
    after: after === null ? null : withoutToken(after),
  };
}

function withoutToken(text: string): string {
  return text.replaceAll(/(Authorization=Bearer )[^",]+/g, "$1…");
}
