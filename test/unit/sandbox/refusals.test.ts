import { expect, test } from "vitest";
import type { Refusal } from "../../../src/domain/sandbox.ts";
import { refusals } from "../../../src/sandbox/guard/refusals.ts";

const refusal = { host: "example.com", port: 443, reason: "not_allowed" } as const;

test("a refusal is told once per host, port and command", () => {
  const told: Refusal[] = [];
  let command: string | undefined = "npm test";
  const record = refusals(
    () => command,
    (it) => told.push(it),
  );
  record(refusal);
  record(refusal);
  record({ ...refusal, port: 80 });
  command = undefined;
  record(refusal);
  expect(told).toEqual([
    { ...refusal, command: "npm test" },
    { ...refusal, port: 80, command: "npm test" },
    { ...refusal, command: undefined },
  ]);
});

test("a sandbox that asks for ever new hosts is heard a hundred times", () => {
  const told: Refusal[] = [];
  const record = refusals(
    () => undefined,
    (it) => told.push(it),
  );
  for (let n = 0; n < 1000; n += 1) record({ ...refusal, host: `${n}.example.com` });
  expect(told).toHaveLength(100);
});
