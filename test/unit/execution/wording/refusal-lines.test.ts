import { expect, test } from "vitest";
import type { RunEvent } from "../../../../src/domain/event.ts";
import { refusalLines } from "../../../../src/execution/wording/refusal-lines.ts";

const refused = (host: string, more: object = {}): RunEvent => ({
  type: "egress_refused",
  host,
  port: 443,
  reason: "not_allowed",
  command: "npm test",
  ...more,
});

test("a run that was refused nothing says nothing of the network", () => {
  expect(refusalLines([{ type: "warned", message: "something else" }])).toEqual([]);
});

test("each refused host is told with its command, and the line that would let it through", () => {
  expect(refusalLines([refused("example.com"), refused("example.com"), refused("b.test", { command: null })])).toEqual([
    "## Network",
    "",
    "- blocked: `example.com`, by `npm test`",
    "- blocked: `b.test`",
    "",
    "If that is wanted, the operator can add to `nightshift.yaml`: `sandbox: { network: { allow: [example.com, b.test] } }`",
    "",
  ]);
});

test("what no setting lets through is told with its reason and no line", () => {
  const lines = refusalLines([
    refused("a.test", { reason: "forbidden_address" }),
    refused("a.test", { reason: "forbidden_port", port: 22 }),
    refused("a.test", { reason: "over_limit" }),
  ]);
  expect(lines).toEqual([
    "## Network",
    "",
    "- blocked: `a.test`, by `npm test`, which leads to an address that no sandbox may reach",
    "- blocked: `a.test:22`, by `npm test`, whose port is neither 80 nor 443",
    "- blocked: `a.test`, by `npm test`, since the run had used up `sandbox.network.max_mb`",
    "",
  ]);
});

test("a host or command that a sandbox made up breaks out of nothing and fills no page", () => {
  const lines = refusalLines([refused("a`b.test", { command: "x`\n# @everyone" })]);
  expect(lines[2]).toBe("- blocked: `a'b.test`, by `x' # @everyone`");
  expect(
    refusalLines(Array.from({ length: 30 }, (_, n) => refused(`${n}.test`))).filter((it) => it.startsWith("- ")),
  ).toHaveLength(11);
});
