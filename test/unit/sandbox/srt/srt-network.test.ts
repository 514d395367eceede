import { expect, test } from "vitest";
import { refusalOf, refusedAddress } from "../../../../src/sandbox/srt/srt-network.ts";

const network = { allow: ["registry.example", "*.below.example", "10.0.0.1"] };

const all = { allow: ["*"] };

test("only the hosts that are named are let out, exactly or below a suffix, whatever the case", () => {
  expect(refusalOf("registry.example", 443, network)).toBeUndefined();
  expect(refusalOf("Registry.Example.", 80, network)).toBeUndefined();
  expect(refusalOf("a.b.below.example", 443, network)).toBeUndefined();
  for (const host of ["below.example", "xbelow.example", "evil-registry.example", "registry.example.evil", ""]) {
    expect(refusalOf(host, 443, network)).toBe("not_allowed");
  }
});

test("only the ports of the web are let out", () => {
  expect(refusalOf("registry.example", 22, network)).toBe("forbidden_port");
  expect(refusalOf("registry.example", 22, all)).toBe("forbidden_port");
});

test("this machine and private networks are refused, even by name of the settings or with everything open", () => {
  const inner = [
    "localhost",
    "a.localhost",
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
  ];
  for (const host of [
    ...inner,
    "[::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[::ffff:10.0.0.1]",
    "0.0.0.0",
    "168.63.129.16",
    "192.0.0.192",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
  ]) {
    expect([host, refusalOf(host, 80, all)]).toEqual([host, "forbidden_address"]);
  }
  expect(refusalOf("10.0.0.1", 80, network)).toBe("forbidden_address");
  expect(refusalOf("anything.example", 443, all)).toBeUndefined();
});

test("nothing is let out without a network", () => {
  expect(refusalOf("registry.example", 443, "none")).toBe("not_allowed");
});

test("the runtime's line about an address that a name led to is understood, and no other", () => {
  expect(refusedAddress("deny network-outbound inner.example:443 (resolved to a loopback address)")).toEqual({
    host: "inner.example",
    port: 443,
  });
  expect(refusedAddress("deny network-outbound inner.example:443 (host is not on the allow list)")).toBeUndefined();
});
