import { expect, test } from "vitest";
import type { RunEvent } from "../../../../src/domain/event.ts";
import { missingLines } from "../../../../src/execution/wording/missing-lines.ts";

const missing = (message: string): RunEvent => ({ type: "warned", message, about: "checkout" });

test("where nothing is missing nothing is said of it", () => {
  expect(missingLines([{ type: "warned", message: "something else" }])).toEqual([]);
});

test("what could not be had is one line, each thing once, and calls nobody", () => {
  const told = [missing("The submodule a is not fetched."), missing("The submodule @bob\nis\nnot fetched.")];
  expect(missingLines([...told, ...told])).toEqual([
    "Missing in the sandboxes: The submodule a is not fetched. The submodule @\u200bbob is not fetched.",
    "",
  ]);
});

test("of very much the first is shown, and how much more there is", () => {
  const [line] = missingLines(Array.from({ length: 50 }, (_, n) => missing(`No ${n}.`)));
  expect(line).toBe("Missing in the sandboxes: No 0. No 1. No 2. No 3. No 4. And 45 more, in the run's events.");
});
