import { describe, expect, test } from "vitest";
import { nearestPassages } from "../../../../src/agent/tools/nearest-passages.ts";
import { replacePassage } from "../../../../src/agent/tools/replace-passage.ts";

const bytesOf = (text: string) => Buffer.from(text, "utf8").toString("latin1");

/** What the file is afterwards, and what is shown of it; or what is wrong. */
function edited(file: string, old_text: string, new_text: string) {
  const result = replacePassage(bytesOf(file), { old_text, new_text });
  if (!result.ok) return result.problem;
  return [Buffer.from(result.text, "latin1").toString("utf8"), result.reads];
}

describe("indentation that was given otherwise", () => {
  test("grows by the file's own steps, where these are wider", () => {
    const file = "class A:\n    def f(self):\n        return 1\n";
    const after = "    def f(self):\n        if x:\n            return 2\n        return 1";
    expect(
      edited(file, "  def f(self):\n    return 1", "  def f(self):\n    if x:\n      return 2\n    return 1"),
    ).toEqual([`class A:\n${after}\n`, after]);
  });

  test("and with less than there is, all lines get what the first one has", () => {
    expect(edited("if (a) {\n        go();\n}\n", "    go();", "    log();\n    go();")).toEqual([
      "if (a) {\n        log();\n        go();\n}\n",
      "        log();\n        go();",
    ]);
    expect(edited("  go();\n", "  go();", "  log();\n  go();")).toEqual(["  log();\n  go();\n", undefined]);
    // One line says nothing of others.
    expect(edited("\t\tgo(1);\n", "\tgo(1);", "\tgo(2);")).toEqual(["\t\tgo(2);\n", undefined]);
    expect(edited("a = 1;  // one\n", "  // one", "  // 1\nb = 2;")).toEqual(["a = 1;  // 1\nb = 2;\n", undefined]);
  });
});

test("letters with their marks apart are the same letters", () => {
  expect(edited("cafe\u0301 = 1\n", "caf\u00e9 = 1", "caf\u00e9 = 2")).toEqual(["café = 2\n", "café = 2"]);
});

describe("a passage that is not there is told", () => {
  test("with all places that are as like it, and what is around them", () => {
    const file = ["a {", "  return sum(x, 1);", "}", "", "", "", "", "b {", "  return sum(x, 2);", "}", ""];
    expect(nearestPassages(file, ["  return sum(x, 3);"])).toBe(
      [
        "    1  a {",
        "    2    return sum(x, 1);",
        "    3  }",
        "    4  ",
        "  ...",
        "    7  ",
        "    8  b {",
        "    9    return sum(x, 2);",
        "   10  }",
      ].join("\n"),
    );
  });

  test("by the place where the whole of it fits best, and there by the line that differs", () => {
    const lines = (of: string) => Array.from({ length: 30 }, (_, n) => `the ${of} line, number ${n}`);
    const file = [
      "the one and only, the longest line of all",
      ...lines("first"),
      "the one and only, the longest line of all",
      ...lines("other"),
    ];
    const wanted = [
      "the one and only, the longest line of all",
      ...lines("other").with(25, "the other line, number TWENTY-FIVE"),
    ];
    const shown = nearestPassages(file, wanted)?.split("\n") ?? [];
    expect(shown).toContain("   57  the other line, number 24");
    expect(shown).toContain("   58  the other line, number 25");
    expect(shown.length).toBeLessThanOrEqual(12);
  });

  test("with the line that is missing in it", () => {
    expect(nearestPassages(["a()", "", "b()", "c()"], ["a()", "b()"])).toBe(
      "    1  a()\n    2  \n    3  b()\n    4  c()",
    );
  });

  test.each([
    ["the numbers of lines", "    2  two\n    3  three", "Leave out the numbers"],
    ["what is left out", "one\n// ... the same as before\nthree", "Nothing can be left out"],
    ["line ends as letters", "one\\ntwo", "It holds a backslash and a letter"],
    ["a spread, which is code", "...two, ...four", "Copy what is there exactly"],
  ])("with what made it so: %s", (_, wanted, hint) => {
    expect(edited("one\ntwo\nthree\n...two, ...three\n", wanted, "x")).toContain(hint);
  });
});
