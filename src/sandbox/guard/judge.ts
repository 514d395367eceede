import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { hostAllowed, plainHost } from "../../domain/host-rules.ts";
import type { Refusal } from "../../domain/sandbox.ts";
import { type AddressReach, addressReach } from "./address-rules.ts";

export interface GuardRules {
  /** Exact names, `*.example.com` for what is below, and `*` for all. */
  readonly allow: readonly string[];
  /** Of those, exact names that the operator has listed: they may lead into the operator's own network. */
  readonly internal: readonly string[];
  readonly ports: readonly number[];
  /** Whether an internal name may even lead to this machine. Never by a setting: tests listen there. */
  readonly loopback: boolean;
}

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export type Verdict =
  | { readonly allowed: true; readonly addresses: readonly LookupAddress[] }
  | { readonly allowed: false; readonly reason: Exclude<Refusal["reason"], "over_limit"> };

/**
 * Whether a sandbox may connect to this host and port, and to which addresses then: the caller connects to one of them and
 * looks nothing up again, since a name may mean another address a moment later.
 * @throws what `resolve` throws when the name cannot be found.
 */
export async function judge(
  target: { host: string; port: number },
  rules: GuardRules,
  resolve: Resolve,
): Promise<Verdict> {
  const host = plainHost(target.host);
  if (!hostAllowed(host, rules.allow)) return { allowed: false, reason: "not_allowed" };
  if (!rules.ports.includes(target.port)) return { allowed: false, reason: "forbidden_port" };
  const family = isIP(host);
  const internal = family === 0 && rules.internal.some((rule) => plainHost(rule) === host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  // One bad address among good ones is a name that somebody plays with.
  const harmless = addresses.every(({ address }) => mayReach(addressReach(address), internal, rules.loopback));
  return harmless ? { allowed: true, addresses } : { allowed: false, reason: "forbidden_address" };
}

function mayReach(reach: AddressReach, internal: boolean, loopback: boolean): boolean {
  switch (reach) {
    case "public":
      return true;
    case "private":
      return internal;
    case "loopback":
      return internal && loopback;
    case "never":
      return false;
    default:
      return reach satisfies never;
  }
}
