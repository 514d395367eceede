import { expect, test } from "vitest";
import { withoutControls } from "../../../src/domain/without-controls.ts";

test("what steers a terminal is taken out, of the second set of control characters too", () => {
  expect(withoutControls("a\tb\nc\r\0\u001b[31md\u009b1me\u007f é")).toBe("a\tb\nc[31md1me é");
});
