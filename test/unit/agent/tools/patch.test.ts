import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyHunks } from "../../../../src/agent/tools/apply-hunks.ts";
import { type FilePatch, parsePatch } from "../../../../src/agent/tools/parse-patch.ts";
import { NightshiftError } from "../../../../src/domain/errors.ts";

const patch = (...lines: readonly string[]) => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");

/** The file after an update of these lines. */
function updated(file: string, ...lines: readonly string[]): string {
  const [first] = parsePatch(patch("*** Update File: a", ...lines));
  if (first?.act !== "update") return expect.unreachable();
  return Buffer.from(applyHunks("a", Buffer.from(file).toString("latin1"), first.hunks), "latin1").toString("utf8");
}

function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "bad_input") return error.message;
    throw error;
  }
  return expect.unreachable();
}

const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, ""));
const path = fc.stringMatching(/^[a-z]+(\/[a-z]+){0,2}\.[a-z]{1,3}$/);

describe("a patch is read as it was written:", () => {
  test("any files, any lines", () => {
    const hunk = fc
      .record({
        anchors: fc.array(fc.stringMatching(/^[a-z]+ \w+$/), { maxLength: 2 }),
        same: line,
        gone: fc.array(line, { maxLength: 3 }),
        come: fc.array(line, { maxLength: 3 }),
        atEnd: fc.boolean(),
      })
      .map(({ same, gone, come, anchors, atEnd }) => ({
        anchors,
        before: [same, ...gone],
        after: [same, ...come],
        atEnd,
      }));
    const file = fc.oneof(
      fc.record({ act: fc.constant("add" as const), path, lines: fc.array(line) }),
      fc.record({ act: fc.constant("delete" as const), path }),
      fc.record({
        act: fc.constant("update" as const),
        path,
        moveTo: fc.option(path, { nil: undefined }),
        hunks: fc.array(hunk, { minLength: 1, maxLength: 3 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 4 }), (files) => {
        expect(parsePatch(patch(...files.flatMap(written)))).toEqual(files);
      }),
    );
  });

  function written(file: FilePatch): readonly string[] {
    if (file.act === "add") return [`*** Add File: ${file.path}`, ...file.lines.map((it) => `+${it}`)];
    if (file.act === "delete") return [`*** Delete File: ${file.path}`];
    const hunks = file.hunks.flatMap(({ anchors, before, after, atEnd }) => [
      ...(anchors.length === 0 ? ["@@"] : anchors.map((it) => `@@ ${it}`)),
      ` ${before[0]}`,
      ...before.slice(1).map((it) => `-${it}`),
      ...after.slice(1).map((it) => `+${it}`),
      ...(atEnd ? ["*** End of File"] : []),
    ]);
    return [
      `*** Update File: ${file.path}`,
      ...(file.moveTo === undefined ? [] : [`*** Move to: ${file.moveTo}`]),
      ...hunks,
    ];
  }

  test("what is none says why, whatever it is", () => {
    const piece = fc.constantFrom(
      "*** Begin Patch",
      "*** End Patch",
      "*** Update File: a",
      "*** Add File: b",
      "@@",
      "@@ x",
      "+",
      "-y",
      " z",
      "",
      "*** End of File",
      "*** Move to: c",
      "x",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((lines) => lines.join("\n")),
        ),
        (text) => {
          try {
            parsePatch(text);
          } catch (error) {
            expect(error).toMatchObject({ code: "bad_input" });
          }
        },
      ),
    );
  });

  test.each([
    ["no beginning", "x", "The patch is wrong in its line 1, `x`. The first line has to be `*** Begin Patch`."],
    [
      "no end",
      "*** Begin Patch\n*** Delete File: a",
      "The patch is wrong in its line 2, `*** Delete File: a`. The last line has to be `*** End Patch`.",
    ],
    ["no file", patch(), "The patch names no file."],
    [
      "a line before the first file",
      patch("+x"),
      "The patch is wrong in its line 2, `+x`. Here begins a file: `*** Add File: `, `*** Update File: ` or `*** Delete File: ` and its path.",
    ],
    [
      "an added line without its sign",
      patch("*** Add File: a", "+x", "y"),
      "The patch is wrong in its line 4, `y`. Each line of a new file begins with `+`.",
    ],
    [
      "lines of a file to delete",
      patch("*** Delete File: a", "-x"),
      "The patch is wrong in its line 3, `-x`. Nothing follows the name of a file to delete.",
    ],
    [
      "an update of nothing",
      patch("*** Update File: a"),
      "The patch is wrong in its line 3, ``. The update of a changes nothing. Give lines with `-` and `+`, or a `*** Move to: `.",
    ],
    [
      "an update's line without a sign",
      patch("*** Update File: a", "@@", "x"),
      "The patch is wrong in its line 4, `x`. Each line begins with a space (stays), `-` (goes) or `+` (comes), or is `@@` and a line above.",
    ],
  ])("%s", (_, text, message) => {
    expect(problem(() => parsePatch(text))).toBe(message);
  });
});

describe("a hunk", () => {
  test("makes of any file what it says, and leaves the rest", () => {
    const lines = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(
        lines,
        fc.nat(),
        fc.array(line, { maxLength: 3 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        (file, pick, come, end, ended) => {
          const at = 1 + (pick % (file.length - 2));
          const text = (some: readonly string[]) => some.join(end) + (ended ? end : "");
          const after = file.toSpliced(at, 1, ...come);
          expect(
            updated(text(file), ` ${file[at - 1]}`, `-${file[at]}`, ...come.map((it) => `+${it}`), ` ${file[at + 1]}`),
          ).toBe(text(after));
        },
      ),
    );
  });

  test("comes after those before it, and below the line that is named", () => {
    const file = "def a:\n  x\ndef b:\n  x\ndef c:\n  x\n";
    expect(updated(file, "@@ def b:", "-  x", "+  y")).toBe("def a:\n  x\ndef b:\n  y\ndef c:\n  x\n");
    expect(updated(file, "@@", " def b:", "-  x", "+  y", "@@", "-  x", "+  z")).toBe(
      "def a:\n  x\ndef b:\n  y\ndef c:\n  z\n",
    );
    expect(updated(file, "-  x", "+  z", "*** End of File")).toBe("def a:\n  x\ndef b:\n  x\ndef c:\n  z\n");
  });

  test("of new lines only goes below the line that is named, else to the end", () => {
    expect(updated("a\nb\n", "@@ a", "+x")).toBe("a\nx\nb\n");
    expect(updated("a\nb\n", "+x")).toBe("a\nb\nx\n");
    expect(updated("a\r\nb\r\n", "+x")).toBe("a\r\nb\r\nx\r\n");
    expect(updated("", "+x")).toBe("x\n");
  });

  test("takes other whitespace for the same, and keeps the file's", () => {
    expect(updated("\tif (a) {\n\t\tb\n\t}\n", " if (a) {", "-    b", "+    c", " }")).toBe("\tif (a) {\n\t\tc\n\t}\n");
  });

  test("in several places is refused with them", () => {
    expect(problem(() => updated("x\ny\nx\n", "-x", "+z"))).toBe(
      "Hunk 1 of 1 for a fits in 2 places (lines 1, 3), and nothing was changed. Add lines around it, or name the function above with `@@`.",
    );
  });

  test("that fits nowhere is refused with what is most like it", () => {
    expect(problem(() => updated("const total = 1;\n", "-const totals = 2;", "+x"))).toBe(
      "Hunk 1 of 1 for a: its lines are not there. Nothing was changed. The nearest is:\n    1  const total = 1;",
    );
    expect(problem(() => updated("a\n", "@@ class Missing", "-a", "+b"))).toBe(
      "Hunk 1 of 1 for a: the line after `@@` is not there: `class Missing`. Nothing was changed. Nothing there is like it. Read the file again: it may have changed.",
    );
  });
});
