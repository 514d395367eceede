import type { Refusal } from "../../domain/sandbox.ts";

/** A sandbox can think of hosts for ever; nobody reads more than these. */
const mostTold = 100;

/** Tells of each refusal once per host, port and command. */
export function refusals(
  command: () => string | undefined,
  onRefusal: ((refusal: Refusal) => void) | undefined,
): (refusal: Omit<Refusal, "command">) => void {
  const told = new Set<string>();
  return (refusal) => {
    const line = command();
    const key = JSON.stringify([refusal.host, refusal.port, line]);
    if (told.has(key) || told.size >= mostTold) return;
    told.add(key);
    onRefusal?.({ ...refusal, host: refusal.host.slice(0, 253), command: line });
  };
}
