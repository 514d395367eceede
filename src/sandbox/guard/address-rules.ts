import { BlockList, isIPv6 } from "node:net";

/** How far an address reaches: anybody's, the operator's own network, this machine, or nothing that a sandbox may ever talk to. */
export type AddressReach = "public" | "private" | "loopback" | "never";

/**
 * Where `address` leads (https://www.iana.org/assignments/iana-ipv4-special-registry/ and its IPv6 sibling).
 * An IPv4 address written as an IPv6 one is judged as what it is.
 */
export function addressReach(address: string): AddressReach {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  if (loopback.check(address, family)) return "loopback";
  if (never.check(address, family)) return "never";
  if (private_.check(address, family)) return "private";
  return "public";
}

// A list of IPv4 networks also finds their IPv4-mapped form (::ffff:a.b.c.d), of whichever spelling.
const loopback = networks("127.0.0.0/8", "::1/128");
const privateRanges = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"],
  // For documentation and measurements: nobody's on the internet, somebody's in a closed network.
  ...["192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
];
const neverRanges = [
  "0.0.0.0/8",
  "169.254.0.0/16", // link-local, with the metadata service of most clouds
  "168.63.129.16/32", // Azure's
  "100.100.100.200/32", // Alibaba's
  "192.0.0.0/24", // protocol assignments, with Oracle's 192.0.0.192
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::/96", // IPv4-compatible, long out of use
  "64:ff9b::/96", // These five carry an IPv4 address inside, which somebody else would unpack.
  "64:ff9b:1::/48",
  "2001::/32",
  "2002::/16",
  "100::/64",
  "2001:db8::/32",
  "fd00:ec2::254/128", // Amazon's metadata service
  "fd20:ce::254/128", // Google's
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];
const private_ = networks(...privateRanges);
const never = networks(...neverRanges);

/** All that is not public, but for this machine itself. */
export const closedRanges: readonly string[] = [...privateRanges, ...neverRanges];

function networks(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = "", prefix = ""] = subnet.split("/");
    list.addSubnet(network, Number(prefix), isIPv6(network) ? "ipv6" : "ipv4");
  }
  return list;
}
