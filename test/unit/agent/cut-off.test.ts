import { expect, test } from "vitest";
import { cutCall, nudge } from "../../../src/agent/cut-off.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import { aCall, calling, saying } from "../../support/played-model.ts";

const whole = aCall("bash", { command: "true" });
const open = aCall("write_file", '{"path": "x", "content": "one');

test("a call that was cut off is not to be sent again as it was", () => {
  const cut = { ...calling(whole, open), stopReason: "max_tokens" as const };
  expect(cutCall(open, cut, coderTools)).toMatch(/cut off.*nothing was done\. Send less at once/);
  const wrong = aCall("bash", {});
  expect(cutCall(wrong, { ...cut, content: [wrong, open] }, coderTools)).toBeUndefined();
  // With its end it is a call like others, and without the limit a mistake like others.
  expect(cutCall(whole, { ...calling(whole), stopReason: "max_tokens" }, coderTools)).toBeUndefined();
  expect(cutCall(open, calling(open), coderTools)).toBeUndefined();
});

test("words that were cut off are called that", () => {
  const usual = "You called no tool. Go on with the tools; when the work is done, hand it in with `submit`.";
  expect(nudge(saying("Well, "), coderTools)).toBe(usual);
  expect(nudge(saying("Well, ", "max_tokens"), coderTools)).toBe(
    `Your answer was longer than one may be and was cut off. ${usual}`,
  );
});
