import { expect, test } from "vitest";
import { fitted, forTerminal } from "../../../src/cli/for-terminal.ts";
import { timelineLine } from "../../../src/cli/timeline.ts";

const steering = "\u001b[2J\u001b]0;ours\u0007\u009b31mred\r\u0008";

test("what others have written does not steer the terminal, and its lines stay lines", () => {
  expect(forTerminal(`one${steering}\n\ttwo`)).toBe("onered\n\ttwo");
});

test("nor does it in the timeline", () => {
  const queued = { type: "ticket_queued", ticket: "acme/shop#1", title: `Mend it${steering}`, by: "ada" } as const;
  expect(timelineLine(queued)).toBe('ticket    acme/shop#1 "Mend itred", asked for by @ada');
});

test("lines are cut to the width of the terminal, those that fit are not", () => {
  expect(fitted("123456\n12345\n1234😀6", 5)).toBe("1234…\n12345\n1234…");
});
