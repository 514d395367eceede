import type { RunEvent } from "../../domain/event.ts";
import { quoteCode } from "./quote-code.ts";

type Refused = Extract<RunEvent, { type: "egress_refused" }>;

const mostShown = 10;

/** What the egress guard did not let out, for the pull request, with the line of settings that would let it. */
export function refusalLines(events: readonly RunEvent[]): readonly string[] {
  const refused = events.filter((event) => event.type === "egress_refused");
  const byHost = new Map<string, Refused>();
  for (const event of refused) byHost.set(`${event.host}:${event.port}:${event.reason}`, event);
  const shown = [...byHost.values()];
  if (shown.length === 0) return [];
  const addable = [...new Set(shown.filter(({ reason }) => reason === "not_allowed").map(({ host }) => host))];
  return [
    "## Network",
    "",
    ...shown.slice(0, mostShown).map((event) => `- ${refusalText(event)}`),
    ...(shown.length > mostShown ? [`- and ${shown.length - mostShown} more`] : []),
    ...(addable.length === 0
      ? []
      : ["", `If that is wanted, the operator can add to \`nightshift.yaml\`: ${quoteCode(settingsLine(addable))}`]),
    "",
  ];
}

const reasons = {
  not_allowed: "",
  forbidden_port: ", whose port is neither 80 nor 443",
  forbidden_address: ", which leads to an address that no sandbox may reach",
  over_limit: ", since the run had used up `sandbox.network.max_mb`",
} as const satisfies Record<Refused["reason"], string>;

function refusalText({ host, port, reason, command }: Refused): string {
  const where = port === 80 || port === 443 ? host : `${host}:${port}`;
  return `blocked: ${quoteCode(where)}${command === null ? "" : `, by ${quoteCode(command)}`}${reasons[reason]}`;
}

function settingsLine(hosts: readonly string[]): string {
  return `sandbox: { network: { allow: [${hosts.slice(0, mostShown).join(", ")}] } }`;
}
