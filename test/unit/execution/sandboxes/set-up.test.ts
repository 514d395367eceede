import { expect, test } from "vitest";
import { operatorSettings } from "../../../../src/domain/settings.ts";
import { explainSetUp, lastLines } from "../../../../src/execution/sandboxes/set-up.ts";

function told(output: string): string {
  const { sandbox } = operatorSettings.parse({ sandbox: { provider: "process" } });
  const result = { exitCode: 1, output, durationMs: 5, timedOut: false, diskFull: false };
  return explainSetUp({ command: "make", result }, sandbox);
}

test("of an output the last lines are shown", () => {
  expect(lastLines("one\ntwo\nthree\n\n", 2)).toBe("two\nthree");
  expect(lastLines("one", 2)).toBe("one");
  expect(lastLines("", 2)).toBe("");
});

test("of long lines the last four thousand characters are shown", () => {
  expect(lastLines(`${"x".repeat(9000)}end`, 1)).toBe(`${"x".repeat(3997)}end`);
  expect(lastLines(`a${"🚀".repeat(3000)}b`, 1).isWellFormed()).toBe(true);
});

test("colours and control characters are left out, tabs and indentation kept", () => {
  expect(lastLines("\u001b[31m✖ fails\u001b[39m\r\n\t10%\r  20%\u0000\u0007", 5)).toBe("✖ fails\n\t10%  20%");
});

test("no line ends the fence in which the output is shown", () => {
  expect(lastLines("```\n````text\n", 5)).toBe("'''\n'''`text");
});

test("a set-up that fails without a word is not shown as an empty block", () => {
  expect(told(" \n")).toBe("The set-up `make` failed with exit code 1, and printed nothing.");
  expect(told("No rule.\n")).toBe("The set-up `make` failed with exit code 1:\n\n```text\nNo rule.\n```");
});

test("a long output is shown by both its ends, since either may say what is wrong", () => {
  const lines = ["EUSAGE: the lock file is not in sync.", ...Array.from({ length: 60 }, (_, n) => `help ${n}`)];
  const shown = /```text\n([\s\S]*)\n```/.exec(told(lines.join("\n")))?.[1]?.split("\n");
  expect(shown).toEqual([...lines.slice(0, 12), "[… 29 lines …]", ...lines.slice(-20)]);
  for (const count of [20, 21, 32]) {
    expect(told(lines.slice(0, count).join("\n"))).toContain(
      `:\n\n\`\`\`text\n${lines.slice(0, count).join("\n")}\n\`\`\``,
    );
  }
});
