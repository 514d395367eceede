import { expect, test } from "vitest";
import { addressReach } from "../../../src/sandbox/guard/address-rules.ts";

test.each([
  [
    "public",
    ["93.184.215.14", "2606:2800:21f:cb07::1", "172.32.0.1", "100.128.0.1", "11.0.0.1", "::ffff:93.184.215.14"],
  ],
  ["private", ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "fd12::1"]],
  ["loopback", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]],
  ["never", ["0.0.0.0", "::", "169.254.169.254", "169.254.0.1", "fe80::1", "fd00:ec2::254", "fd20:ce::254"]],
  ["never", ["168.63.129.16", "100.100.100.200", "192.0.0.192", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"]],
  ["never", ["224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "ff02::1"]],
  ["never", ["64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001:0:a00:1::", "::7f00:1", "fec0::1"]],
] as const)("addresses are told apart: %s %j", (reach, addresses) => {
  expect(addresses.map((address) => [address, addressReach(address)])).toEqual(
    addresses.map((address) => [address, reach]),
  );
});

test("a private address stays one in whichever way IPv6 spells it", () => {
  expect(["::ffff:10.0.0.1", "::ffff:a00:1", "0:0:0:0:0:ffff:0a00:0001"].map(addressReach)).toEqual([
    "private",
    "private",
    "private",
  ]);
});
