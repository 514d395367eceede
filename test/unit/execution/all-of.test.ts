import { expect, test } from "vitest";
import { allOf } from "../../../src/execution/all-of.ts";

test("both are waited for, and given in their order", async () => {
  const second = Promise.withResolvers<string>();
  const both = allOf(Promise.resolve(1), second.promise);
  second.resolve("two");
  expect(await both).toEqual([1, "two"]);
});

test("when one fails the other is still waited for", async () => {
  const done: string[] = [];
  const second = Promise.withResolvers<void>();
  const both = allOf(
    Promise.reject(new Error("first")),
    second.promise.then(() => done.push("second")),
  ).catch((error: Error) => done.push(error.message));
  // Whatever the failure sets off has come to its end after this.
  await new Promise((next) => setImmediate(next));
  second.resolve();
  await both;
  expect(done).toEqual(["second", "first"]);
});

test("when both fail the first one in their order is told", async () => {
  const first = Promise.withResolvers<void>();
  const both = allOf(first.promise, Promise.reject(new Error("second")));
  first.reject(new Error("first"));
  await expect(both).rejects.toThrow("first");
});
