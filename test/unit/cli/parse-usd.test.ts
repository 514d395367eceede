import { expect, test } from "vitest";
import { parseUsd } from "../../../src/cli/parse-usd.ts";

test("dollars are read as people type them", () => {
  expect(["2.50", "$3", "0"].map(parseUsd)).toEqual([2.5, 3, 0]);
});

test("anything else is refused", () => {
  for (const text of ["", "two", "-1", "1e3", "Infinity", "1,50"]) expect(() => parseUsd(text)).toThrow("US dollars");
});
