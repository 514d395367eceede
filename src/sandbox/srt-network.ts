import { BlockList, isIP } from "node:net";
import type { Refusal, SandboxNetwork } from "../domain/sandbox.ts";

/**
 * Addresses that a sandbox has no business with: private networks, and with them the machine's own neighbours. The runtime
 * adds loopback, link-local, metadata and this machine's own addresses to them for every name that it resolves.
 */
export const privateRanges = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "198.18.0.0/15",
  "240.0.0.0/4",
  "fc00::/7",
] as const;

/** What the runtime asks of names only; for an address that is written out we ask ourselves. */
const ownRanges = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "::/127",
  "fe80::/10",
  "ff00::/8",
] as const;

const forbidden = new BlockList();
for (const range of [...privateRanges, ...ownRanges]) {
  const [network = "", prefix] = range.split("/");
  forbidden.addSubnet(network, Number(prefix), network.includes(":") ? "ipv6" : "ipv4");
}

const ports: ReadonlySet<number> = new Set([80, 443]);

/** Why `host` is not let out, or `undefined` if it is. */
export function refusalOf(host: string, port: number, network: SandboxNetwork): Refusal["reason"] | undefined {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  if (network === "none") return "not_allowed";
  if (network !== "open" && !network.allow.some((pattern) => matches(name, pattern.toLowerCase())))
    return "not_allowed";
  if (name === "localhost" || name.endsWith(".localhost")) return "forbidden_address";
  const family = isIP(name);
  if (family !== 0 && forbidden.check(name, family === 6 ? "ipv6" : "ipv4")) return "forbidden_address";
  return ports.has(port) ? undefined : "forbidden_port";
}

function matches(name: string, pattern: string): boolean {
  return pattern === "*" || (pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern);
}

/** Reads the runtime's line about a name that resolved to an address it must not: `deny network-outbound HOST:PORT (…)`. */
export function refusedAddress(line: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^deny network-outbound (.+):(\d+) \(resolved to /.exec(line);
  return found?.[1] === undefined ? undefined : { host: found[1], port: Number(found[2]) };
}
