import { beforeAll, describe, expect, test } from "vitest";
import { onEveryMachine } from "../support/coder-machines.ts";

onEveryMachine(({ use, sh, put }) => {
  describe("search", () => {
    beforeAll(async () => {
      await put("found/a.js", "function Total(x) {\n  return x[12];\n}\n// a(b\n");
    });
    const found = (args: object) => use("search", { path: "found", ...args });

    test("takes code that is no expression to the letter, and tells", async () => {
      const note = "[the pattern is no regular expression; these lines hold it to the letter]\n";
      expect(await found({ pattern: "// a(b" })).toBe(`${note}found/a.js:4:// a(b\n`);
      expect(await found({ pattern: "x[12" })).toBe(`${note}found/a.js:2:  return x[12];\n`);
      expect(await found({ pattern: "a(b", glob: "*.js" })).toBe(`${note}found/a.js:4:// a(b\n`);
    });

    test("says what to do with a pattern that is neither", async () => {
      expect(await found({ pattern: "nowhere(" })).toMatch(
        /^! The pattern is not understood: .*\nNo line holds it to the letter either\. Escape what stands for itself/s,
      );
    });

    test("knows digits and words, and leaves case aside where it is told to", async () => {
      expect(await found({ pattern: "\\[\\d+\\]" })).toBe("found/a.js:2:  return x[12];\n");
      expect(await found({ pattern: "(?i)\\btotal\\b" })).toBe("found/a.js:1:function Total(x) {\n");
      expect(await found({ pattern: "total" })).toBe("Nothing below found matches total.");
    });
  });

  describe("a file that is not there", () => {
    test("is told with those of its name", async () => {
      await put("one/deep/names*ke.ts", "a\n");
      await sh("mkdir -p two/node_modules && touch two/namesXke.ts two/node_modules/'names*ke.ts'");
      const there = "! There is no file src/names*ke.ts. Of that name there is one/deep/names*ke.ts.";
      expect(await use("read_file", { path: "src/names*ke.ts" })).toBe(there);
      expect(await use("edit_file", { path: "src/names*ke.ts", old_text: "a", new_text: "b" })).toBe(there);
    });
  });

  describe("of a large file", () => {
    test("the first lines are shown by their end alone, and the last ones as that", async () => {
      await sh("seq 1000000 >large.log");
      expect(await use("read_file", { path: "large.log", to_line: 2 })).toBe(
        "    1  1\n    2  2\n[large.log has 6888896 bytes; go on with from_line 3]",
      );
      expect(await use("read_file", { path: "large.log", from_line: 1_000_000 })).toBe(
        "1000000  1000000\n[large.log has 6888896 bytes; this is its end]",
      );
    });

    test("that is no text nothing is shown", async () => {
      await sh("head -c 6000000 /dev/zero >large.bin");
      expect(await use("read_file", { path: "large.bin", from_line: 1 })).toBe(
        "! large.bin is a binary file of 6000000 bytes. Look into it with bash, by a program that knows its format.",
      );
    });
  });

  describe("bash", () => {
    test("tells what a terminal would show in the end", async () => {
      expect(await use("bash", { command: "printf '\\r10%%\\r100%%\\n\\033[32mdone\\033[0m\\n'" })).toBe(
        "100%\ndone\n[exit code 0]",
      );
    });
  });
});
