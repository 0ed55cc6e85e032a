import { inZone } from "../dates.ts";
import { count } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { Renamed } from "../ledger/rename-machine.ts";
import type { MachineSummary } from "../readers/machines.ts";
import { table } from "./table.ts";

/** What names may take of the 80 columns. */
const NAME_WIDTH = 18;
const ZONE_WIDTH = 14;

/**
 * A table of machines, this one with an asterisk.
 * @param timezone the zone that instants are shown in
 */
export function machineWords(
  machines: readonly (MachineSummary & { isThis: boolean })[],
  timezone: string,
): string {
  if (machines.length === 0) {
    return "The books know no machine so far; run `ccbooks fetch` on one.";
  }
  const rows = machines.map((machine) => [
    `${machine.isThis ? "*" : " "} ${endOf(printable(machine.label), NAME_WIDTH)}`,
    endOf(printable(machine.uid), 16),
    endOf(printable(machine.timezone), ZONE_WIDTH),
    count(machine.calls),
    count(machine.sessions),
    machine.lastFetchAt === null ? "never" : dateOf(machine.lastFetchAt, timezone),
  ]);
  const listed = table(
    [
      { title: "  Machine", align: "left" },
      { title: "Id", align: "left" },
      { title: "Zone", align: "left" },
      { title: "Calls kept" },
      { title: "Sessions" },
      { title: "Fetched", align: "left" },
    ],
    rows,
  );
  const hasThis = machines.some(({ isThis }) => isThis);
  return hasThis ? `${listed}\n\n* this machine` : listed;
}

function dateOf(instant: string, timezone: string): string {
  return inZone(timezone, (dayOf) => dayOf(new Date(instant)));
}

/** What came of a renaming, in sentences. */
export function renamedWords({ labelBefore, machine, namesakes }: Renamed): string {
  const before = printable(labelBefore);
  const name = printable(machine.name);
  if (namesakes.length === 0) {
    const isSame = labelBefore === machine.label;
    return isSame ? `The machine is called ${name} already.` : `${before} is now called ${name}.`;
  }
  const others = namesakes.map(printable).join(", ");
  return `${before} is now called ${name}, as another machine is; the tables show it as ${printable(machine.label)}, and the other as ${others}.`;
}
