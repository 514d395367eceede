import { describe, expect, test } from "vitest";
import { applyHunks } from "../../../../src/agent/tools/apply-hunks.ts";
import { parsePatch } from "../../../../src/agent/tools/parse-patch.ts";
import { explain } from "../../../../src/domain/errors.ts";

const file = "def a(x):\n    y = 1\n    return y\n\ndef b(x):\n    y = 1\n    return y\n";
const inB = file.replace(/1(?=[^1]*$)/, "2");

/** The file after a patch of these lines, or what is wrong with it. */
function patched(...hunks: readonly string[]): string {
  return applied(["*** Begin Patch", "*** Update File: f.py", ...hunks, "*** End Patch"].join("\n"));
}

function applied(patch: string): string {
  try {
    const [part] = parsePatch(patch);
    return part?.act === "update" ? applyHunks(part.path, file, part.hunks) : "";
  } catch (error) {
    return explain(error);
  }
}

describe("a patch as models write it is understood:", () => {
  test.each([
    ["with the line numbers of other patches", ["@@ -5,3 +5,3 @@ def b(x):", " def b(x):", "-    y = 1", "+    y = 2"]],
    ["with the beginning of the function's line", ["@@ def b", "-    y = 1", "+    y = 2"]],
    ["with that line once more below it", ["@@ def b(x):", " def b(x):", "-    y = 1", "+    y = 2"]],
    ["with a blank line before what follows", ["@@ def b(x):", "-    y = 1", "+    y = 2", ""]],
    [
      "with a word on the end of the file",
      ["@@ def b(x):", "-    y = 1", "+    y = 2", "     return y", "\\ No newline at end of file"],
    ],
  ])("%s", (_, hunks) => {
    expect(patched(...hunks)).toBe(inB);
  });

  test.each([
    ["a fence", "```diff", "```"],
    ["a command of the shell", "apply_patch <<'EOF'", "EOF"],
  ])("in %s", (_, first, last) => {
    const lines = [
      "*** Begin Patch",
      "*** Update File: f.py",
      "@@ def b(x):",
      "-    y = 1",
      "+    y = 2",
      "*** End Patch",
    ];
    expect(applied([first, ...lines, last].join("\n"))).toBe(inB);
    expect(applied(["And now:", ...lines].join("\n"))).toMatch(/first line has to be/);
  });
});

describe("a hunk is refused", () => {
  test("that names a line by a beginning which several have", () => {
    expect(patched("@@ def", "-    y = 1", "+    y = 2")).toMatch(/the line after `@@` is not there: `def`/);
  });

  test("above the one before it, which is told", () => {
    expect(patched("@@ def b(x):", "-    y = 1", "+    y = 2", "@@ def a(x):", "-    y = 1", "+    y = 2")).toMatch(
      /^Hunk 2 of 2 .* not there below line 6, and hunks follow each other from the top of the file: `def a\(x\):`/,
    );
  });

  test("with a blank line inside that the file has not", () => {
    expect(patched(" def b(x):", "", "-    y = 1", "+    y = 2")).toMatch(/its lines are not there/);
  });
});
