/** What the help of each command ends with: how it is usually called. */
export const examples: Record<string, readonly string[]> = {
  fetch: ["ccbooks fetch", "ccbooks fetch --offline --quiet", "ccbooks fetch --full --json"],
  stats: [
    "ccbooks stats --fetch",
    "ccbooks stats daily --since 7d --project storefront",
    "ccbooks stats compare --days 7",
  ],
  report: [
    "ccbooks report --open",
    "ccbooks report --days 90 --project storefront",
    "ccbooks report --png",
  ],
  session: ["ccbooks session 0efb0e4d", "ccbooks session 0efb0e4d --json"],
  budget: [
    "ccbooks budget init",
    "ccbooks budget set storefront --amount 10 --project storefront",
    "ccbooks budget check",
  ],
  alert: ["ccbooks alert", "ccbooks alert test me", "ccbooks alert send --dry-run"],
  schedule: [
    "ccbooks schedule install",
    "ccbooks schedule install --every day --at 07:15",
    "ccbooks schedule install --print",
  ],
  watch: ["ccbooks watch", "ccbooks watch --burn 20 --session-max 10", "ccbooks watch --json"],
  guard: ["ccbooks guard install", "ccbooks guard off 30m", "ccbooks guard"],
  statusline: ["ccbooks statusline install", "ccbooks statusline --format today,five_hour,week"],
  why: ["ccbooks why 2026-11-20", "ccbooks why 0efb0e4d"],
  merge: [
    "ccbooks merge laptop.db",
    "ccbooks merge /mnt/old-laptop/.claude --machine old-laptop",
    "ccbooks merge daily.json --timezone Europe/Berlin",
  ],
  pull: [
    "ccbooks pull anthropic",
    "ccbooks pull anthropic --since 2026-10-01 --type cost",
    "ccbooks pull anthropic --raw raw",
  ],
  label: ["ccbooks label", "ccbooks label apikey_01abc ci", "ccbooks label ci-runner --remove"],
  recount: ["ccbooks recount --since 7d", "ccbooks recount --reprice"],
  audit: ["ccbooks audit", "ccbooks audit --json"],
  runs: ["ccbooks runs", "ccbooks runs --failed", "ccbooks runs --limit 100 --json"],
  machine: ["ccbooks machine", "ccbooks machine rename old-name new-name"],
  backup: ["ccbooks backup usage-backup.db"],
  export: [
    "ccbooks export daily_usage --out daily.csv",
    "ccbooks export call_usage --since 30d --out calls.parquet",
  ],
  doctor: ["ccbooks doctor", "ccbooks doctor --json"],
  db: ["ccbooks db", "ccbooks db --port 8002 --no-open", "ccbooks db -- --cors"],
  demo: ["ccbooks demo", "ccbooks demo --keep"],
};
