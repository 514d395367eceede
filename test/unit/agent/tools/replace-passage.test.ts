import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Edit, replacePassage } from "../../../../src/agent/tools/replace-passage.ts";

const bytesOf = (text: string) => Buffer.from(text, "utf8").toString("latin1");
const textOf = (bytes: string) => Buffer.from(bytes, "latin1").toString("utf8");

/** The text after the edit, or what is wrong with it. */
function replaced(text: string, old_text: string, new_text: string, more: Partial<Edit> = {}): string {
  const result = replacePassage(bytesOf(text), { old_text, new_text, ...more });
  return result.ok ? textOf(result.text) : result.problem;
}

describe("a passage that stands there to the letter", () => {
  test("is replaced, and every byte around it stays", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.string(), (before, after, fresh) => {
        const [head = "", tail = ""] = [before, after].map((it) =>
          Buffer.from(it).toString("latin1").replaceAll(/[<\r]/g, ""),
        );
        const result = replacePassage(`${head}<!-->${tail}`, {
          old_text: "<!-->",
          new_text: `${fresh.replaceAll("\r", "")}.`,
        });
        expect(result).toMatchObject({
          ok: true,
          text: `${head}${bytesOf(`${fresh.replaceAll("\r", "")}.`)}${tail}`,
        });
      }),
    );
  });

  test("in several places is one too many, unless all are meant", () => {
    const file = "x = 1\n".repeat(12);
    expect(replaced(file, "x = 1", "y")).toBe(
      "old_text is there 12 times (lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more). Add the lines around the one you mean, or set replace_all.",
    );
    expect(replaced(file, "x = 1", "y", { replace_all: true })).toBe("y\n".repeat(12));
  });

  test("is not replaced by itself", () => {
    expect(replaced("a\n", "a", "a")).toBe("old_text and new_text are the same.");
  });
});

describe("a passage in another form is found where it is the only one:", () => {
  test.each([
    ["other quotes", "say(“it’s old”);\n", 'say("it\'s old");', 'say("it\'s new");', "say(“it’s new”);\n"],
    ["a dash and a hard space", "a – b\u00a0c\n", "a - b c", "a - b c d", "a – b\u00a0c d\n"],
    ["trailing whitespace", "a  \nb\t\nc\n", "a\nb\n", "a\nB\n", "a  \nB\nc\n"],
    ["no indentation", "  if x:\n    y\n", "if x:\n  y\n", "if x:\n  y\n  z\n", "  if x:\n    y\n    z\n"],
    ["too much of it", "a:\n  b\n", "    a:\n      b\n", "    a:\n      c\n        d\n", "a:\n  c\n    d\n"],
    [
      "spaces for tabs",
      "\ta {\n\t\tb\n\t}\n",
      "    a {\n        b\n    }",
      "    a {\n        b\n        if (c) {\n            d\n        }\n    }",
      "\ta {\n\t\tb\n\t\tif (c) {\n\t\t\td\n\t\t}\n\t}\n",
    ],
    [
      "tabs for spaces",
      "  a {\n    b\n  }\n",
      "\ta {\n\t\tb\n\t}",
      "\ta {\n\t\tc {\n\t\t\td\n\t\t}\n\t}",
      "  a {\n    c {\n      d\n    }\n  }\n",
    ],
    ["inner whitespace", "call(a,  b);\nnext\n", "call(a, b);\nnext", "call(a, c);\nnext", "call(a, c);\nnext\n"],
    ["Windows' line ends", "  a\r\n  b\r\nc\r\n", "a\nb\n", "a\nB\nB2\n", "  a\r\n  B\r\n  B2\r\nc\r\n"],
    ["a last line without an end", "x\n  a\n  b", "a\nb\n", "a\nc\n", "x\n  a\n  c"],
    ["lines that only go", "  a\n  b \n  c\n", "a\nb\n", "a\n", "  a\n  c\n"],
  ])("%s", (_, file, old_text, new_text, after) => {
    expect(replaced(file, old_text, new_text)).toBe(after);
  });

  test("what is not changed of it stays to the byte, whatever its indentation was given as", () => {
    const word = fc.stringMatching(/^[a-z]{3,8}$/);
    const line = fc.record({ depth: fc.nat(3), word, trail: fc.constantFrom("", " ", "\t") });
    fc.assert(
      fc.property(
        fc.uniqueArray(line, { minLength: 3, maxLength: 20, selector: ({ word }) => word }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.nat(),
        fc.constantFrom("", "  ", "    "),
        (lines, end, ended, pick, shift) => {
          const at = pick % (lines.length - 1);
          const inFile = lines.map(
            ({ depth, word, trail }, n) => `${"\t".repeat(depth)}${word}${n === at + 1 ? "" : trail}`,
          );
          const given = lines.slice(at, at + 2).map(({ depth, word }) => `${shift}${"    ".repeat(depth)}${word}`);
          const [first = "", second = ""] = given;
          const wanted = inFile.with(at + 1, `${"\t".repeat(lines[at + 1]?.depth ?? 0)}CHANGED`);
          const text = (some: readonly string[]) => some.join(end) + (ended ? end : "");
          const fresh = `${first}\n${second.replace(/\w+/, "CHANGED")}`;
          expect(replaced(text(inFile), `${first}\n${second}`, fresh)).toBe(text(wanted));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("not where it could be two", () => {
    expect(replaced("  a\n  b\n\ta\n\tb\n", "a\nb\n", "c\n")).toBe(
      "old_text is not there as it is given, but with other whitespace or quotes 2 times (lines 1, 3). Copy the one you mean exactly, with lines around it.",
    );
    expect(replaced("‘x’ ‘x’\n", "'x'", "y")).toBe(
      "old_text is not there as it is given, but with other whitespace or quotes 2 times (lines 1, 1). Copy the one you mean exactly, with lines around it.",
    );
  });

  test("bytes that are no UTF-8 stay around it", () => {
    const file = Buffer.from("caf\xe9\n\tb\n\tc\n", "latin1").toString("latin1");
    const result = replacePassage(file, { old_text: "b\nc", new_text: "b\nd" });
    expect(result).toEqual({ ok: true, text: "caf\xe9\n\tb\n\td\n", lines: [2], reads: "\tb\n\td" });
  });
});

describe("a passage that is not there", () => {
  test("is told with what is most like it", () => {
    const file = "import a\n\nfunction total(items) {\n  return items.length;\n}\n";
    expect(replaced(file, "function total(item) {\n  return item.size;", "x")).toBe(
      "old_text is not there. The nearest is:\n    1  import a\n    2  \n    3  function total(items) {\n    4    return items.length;\n    5  }\nCopy what is there exactly, without the numbers, or read more of the file.",
    );
  });

  test("or with the advice to look again", () => {
    expect(replaced("a\nb\n", "something else", "x")).toBe(
      "old_text is not there, nor anything like it. Read the file again: it may have changed.",
    );
    expect(replaced("", "\n\n", "x")).toContain("nor anything like it");
  });

  test("is never replaced, whatever the file holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.string({ minLength: 1 }), (bytes, fresh) => {
        const file = Buffer.from(bytes).toString("latin1").replaceAll("@", "");
        expect(replacePassage(file, { old_text: "@no@such@", new_text: fresh }).ok).toBe(false);
      }),
    );
  });
});
