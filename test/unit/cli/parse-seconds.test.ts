import { expect, test } from "vitest";
import { parseSeconds } from "../../../src/cli/parse-seconds.ts";

test("seconds are read as people type them", () => {
  expect([parseSeconds("30"), parseSeconds("0.5"), parseSeconds("3600")]).toEqual([30, 0.5, 3600]);
});

test.each(["", " ", "0", "-1", "soon", "3601", "Infinity"])("anything else is refused: %j", (text) => {
  expect(() => parseSeconds(text)).toThrow("Give seconds");
});
