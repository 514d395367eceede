import fc from "fast-check";
import { expect, test } from "vitest";
import { openCircuits } from "../../../src/models/circuits.ts";

function setUp() {
  let time = 0;
  const circuits = openCircuits({ now: () => time, failures: 3, coolMs: 1000 });
  const fail = (times: number) => {
    for (let n = 0; n < times; n += 1) circuits.failed("m");
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { circuits, fail, pass };
}

test("a circuit opens at the third failure in a row, and each model has its own", () => {
  const { circuits, fail } = setUp();
  fail(2);
  expect(circuits.admit("m")).toBe("closed");
  fail(1);
  expect(circuits.admit("m")).toBe("open");
  expect(circuits.admit("other")).toBe("closed");
});

test("an answer between makes the count begin anew", () => {
  const { circuits, fail } = setUp();
  fail(2);
  circuits.succeeded("m");
  fail(2);
  expect(circuits.admit("m")).toBe("closed");
});

test("after a time one call may try, and nobody else until it has ended", () => {
  const { circuits, fail, pass } = setUp();
  fail(3);
  pass(999);
  expect(circuits.admit("m")).toBe("open");
  pass(1);
  expect(["half-open", "open"]).toEqual([circuits.admit("m"), circuits.admit("m")]);
  circuits.succeeded("m");
  expect(circuits.admit("m")).toBe("closed");
});

test("a try that fails opens it for another while; one that says nothing leaves it to the next", () => {
  const { circuits, fail, pass } = setUp();
  fail(3);
  pass(1000);
  circuits.admit("m");
  circuits.released("m");
  expect(circuits.admit("m")).toBe("half-open");
  circuits.failed("m");
  expect(circuits.admit("m")).toBe("open");
  pass(1000);
  expect(circuits.admit("m")).toBe("half-open");
});

test("whatever happened, it closes by itself once the model answers again", () => {
  const step = fc.constantFrom("failed", "succeeded", "admit", "pass", "released");
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { circuits, pass } = setUp();
      for (const name of steps) name === "pass" ? pass(400) : circuits[name]("m");
      // Whoever was asking has come to an end.
      circuits.released("m");
      pass(1000);
      expect(circuits.admit("m")).not.toBe("open");
      circuits.succeeded("m");
      expect(circuits.admit("m")).toBe("closed");
    }),
  );
});
