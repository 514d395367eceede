import { isIP } from "node:net";
import { hostAllowed, plainHost } from "../../domain/host-rules.ts";
import type { Refusal, SandboxNetwork } from "../../domain/sandbox.ts";
import { addressReach } from "../guard/address-rules.ts";

const ports: ReadonlySet<number> = new Set([80, 443]);

/** Why `host` is not let out, or `undefined` if it is. */
export function refusalOf(host: string, port: number, network: SandboxNetwork): Refusal["reason"] | undefined {
  const name = plainHost(host);
  if (network === "none" || !hostAllowed(name, network.allow)) return "not_allowed";
  if (name === "localhost" || name.endsWith(".localhost")) return "forbidden_address";
  // What a name leads to the runtime judges, by the same list.
  if (isIP(name) !== 0 && addressReach(name) !== "public") return "forbidden_address";
  return ports.has(port) ? undefined : "forbidden_port";
}

/** Reads the runtime's line about a name that resolved to an address it must not: `deny network-outbound HOST:PORT (…)`. */
export function refusedAddress(line: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^deny network-outbound (.+):(\d+) \(resolved to /.exec(line);
  return found?.[1] === undefined ? undefined : { host: found[1], port: Number(found[2]) };
}
