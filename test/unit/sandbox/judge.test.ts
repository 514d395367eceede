import { isIPv6 } from "node:net";
import { expect, test } from "vitest";
import { type GuardRules, judge } from "../../../src/sandbox/guard/judge.ts";

const rules: GuardRules = {
  allow: ["Registry.example.com", "*.cdn.example.com", "inside.example.com", "93.184.215.14", "10.0.0.9"],
  internal: ["inside.example.com", "10.0.0.9"],
  ports: [80, 443],
  loopback: false,
};

function judged(
  host: string,
  addresses: readonly string[] = ["93.184.215.14"],
  port = 443,
  changes: Partial<GuardRules> = {},
) {
  const resolve = async () => addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return judge({ host, port }, { ...rules, ...changes }, resolve);
}

const allowed = { allowed: true };
const refused = (reason: string) => ({ allowed: false, reason });

test.each(["registry.example.com", "REGISTRY.example.com.", "a.cdn.example.com", "b.a.cdn.example.com"])(
  "a host that is listed, or below one that is, is let through: %s",
  async (host) => {
    expect(await judged(host)).toEqual({ allowed: true, addresses: [{ address: "93.184.215.14", family: 4 }] });
  },
);

test("where every host is listed, one that leads into a closed network is refused all the same", async () => {
  const all = { allow: ["*"] };
  expect(await judged("any.example.org", undefined, 443, all)).toMatchObject(allowed);
  expect(await judged("any.example.org", ["169.254.169.254"], 443, all)).toEqual(refused("forbidden_address"));
  expect(await judged("10.1.2.3", ["10.1.2.3"], 443, all)).toEqual(refused("forbidden_address"));
  expect(await judged("any.example.org", undefined, 22, all)).toEqual(refused("forbidden_port"));
});

test.each([
  "example.com",
  "cdn.example.com",
  ".cdn.example.com",
  "xcdn.example.com",
  "evil-registry.example.com",
  "registry.example.com.evil.test",
  "0x5d.184.215.14",
  "1572395022",
  "",
])("a host that only looks like a listed one is not: %j", async (host) => {
  expect(await judged(host)).toEqual(refused("not_allowed"));
});

test("a name is not looked up before it is allowed: the question itself could carry something out", async () => {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return [];
  };
  await judge({ host: "secret.evil.test", port: 443 }, rules, resolve);
  await judge({ host: "registry.example.com", port: 22 }, rules, resolve);
  expect(asked).toEqual([]);
});

test.each([22, 25, 53, 8080, 0, 65_535])("port %i is refused", async (port) => {
  expect(await judged("registry.example.com", undefined, port)).toEqual(refused("forbidden_port"));
});

test.each(["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd12::1", "0.0.0.0", "::ffff:10.0.0.1"])(
  "an allowed name that leads to %s is refused",
  async (address) => {
    expect(await judged("registry.example.com", [address])).toEqual(refused("forbidden_address"));
    expect(await judged("registry.example.com", ["93.184.215.14", address])).toEqual(refused("forbidden_address"));
  },
);

test("a name that the operator lists exactly may lead into the operator's network, and nowhere worse", async () => {
  expect(await judged("inside.example.com", ["10.0.0.1"])).toMatchObject(allowed);
  expect(await judged("inside.example.com", ["127.0.0.1"])).toEqual(refused("forbidden_address"));
  expect(await judged("inside.example.com", ["169.254.169.254"])).toEqual(refused("forbidden_address"));
  expect(await judged("a.cdn.example.com", ["10.0.0.1"], 443, { internal: ["*.cdn.example.com"] })).toEqual(
    refused("forbidden_address"),
  );
});

test("an address in place of a name passes only when it is listed itself, and never a private one", async () => {
  expect(await judged("93.184.215.14")).toMatchObject(allowed);
  expect(await judged("93.184.215.15")).toEqual(refused("not_allowed"));
  expect(await judged("10.0.0.9")).toEqual(refused("forbidden_address"));
  expect(await judged("[::ffff:93.184.215.14]")).toEqual(refused("not_allowed"));
});
