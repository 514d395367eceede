import { beforeAll, describe, expect, test } from "vitest";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import { onEveryMachine } from "../support/coder-machines.ts";
import { aCall } from "../support/played-model.ts";

onEveryMachine(({ context, use, sh, at, put }) => {
  describe("read_file", () => {
    test("shows lines with their numbers, all or some of them", async () => {
      await put("five.txt", "one\ntwo\nthree\nfour\nfive\n");
      expect(await use("read_file", { path: "five.txt" })).toBe(
        "    1  one\n    2  two\n    3  three\n    4  four\n    5  five",
      );
      expect(await use("read_file", { path: "five.txt", from_line: 2, to_line: 3 })).toBe(
        "    2  two\n    3  three\n[five.txt has 5 lines; go on with from_line 4]",
      );
      expect(await use("read_file", { path: "five.txt", from_line: 5, to_line: 99 })).toBe("    5  five");
      expect(await use("read_file", { path: at("five.txt"), from_line: 5 })).toBe("    5  five");
    });

    test("says what is wrong with a range", async () => {
      await put("five.txt", "one\ntwo\nthree\nfour\nfive\n");
      expect(await use("read_file", { path: "five.txt", from_line: 6 })).toBe(
        "! five.txt has 5 lines; from_line 6 is past its end.",
      );
      expect(await use("read_file", { path: "five.txt", from_line: 3, to_line: 2 })).toBe(
        "! to_line 2 is before from_line 3.",
      );
      expect(await use("read_file", { path: "five.txt", from_line: 0 })).toMatch(/^! .*are wrong/);
    });

    test("shows a last line without its end, and empty lines", async () => {
      await put("end.txt", "\n\nx");
      expect(await use("read_file", { path: "end.txt" })).toBe("    1  \n    2  \n    3  x");
    });

    test("shows a thousand lines at once and how to go on", async () => {
      await put("long.txt", `${Array.from({ length: 2500 }, (_, index) => `line ${index + 1}`).join("\n")}\n`);
      const first = (await use("read_file", { path: "long.txt" })).split("\n");
      expect([first.length, first[999], first[1000]]).toEqual([
        1001,
        " 1000  line 1000",
        "[long.txt has 2500 lines; go on with from_line 1001]",
      ]);
      const last = (await use("read_file", { path: "long.txt", from_line: 2001 })).split("\n");
      expect([last.length, last[0], last.at(-1)]).toEqual([500, " 2001  line 2001", " 2500  line 2500"]);
    });

    test("shortens long lines, and shows no more of them than a conversation bears", async () => {
      await put("wide.txt", `${"x".repeat(2003)}\nshort\n`);
      expect(await use("read_file", { path: "wide.txt" })).toBe(
        `    1  ${"x".repeat(2000)} [… 3 more characters]\n    2  short\n[of a line that is cut, see other columns with bash: sed -n LINEp FILE | cut -c FROM-TO]`,
      );
      await put("huge.txt", `${"y".repeat(2000)}\n`.repeat(500));
      const said = await use("read_file", { path: "huge.txt" });
      expect(said.length).toBeLessThan(52_000);
      expect(said).toMatch(/\n\[huge\.txt has 500 lines; go on with from_line 25\]$/);
    });

    test("shows no binary file, and says when one is empty", async () => {
      await put("logo.png", new Uint8Array([0x89, 0x50, 0, 1]));
      await put("empty.txt", "");
      expect(await use("read_file", { path: "logo.png" })).toBe(
        "! logo.png is a binary file of 4 bytes. Look into it with bash, by a program that knows its format.",
      );
      expect(await use("read_file", { path: "empty.txt" })).toBe("empty.txt is empty.");
    });

    test("shows a picture, when it is one and not too large", async () => {
      const png = Buffer.from(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "base64",
      );
      await put("dot.png", png);
      const { result } = await runTool(aCall("read_file", { path: "dot.png" }), coderTools, context());
      expect(result).toMatchObject({
        isError: false,
        text: "dot.png is a picture (image/png, 70 bytes), shown here.",
      });
      expect(result.images).toEqual([{ mediaType: "image/png", base64: png.toString("base64") }]);
      for (const [name, begin] of [
        ["a.jpg", "\xff\xd8\xff"],
        ["b.gif", "GIF89a"],
        ["c.webp", "RIFF1234WEBP"],
      ] as const) {
        await put(name, Buffer.from(begin, "latin1"));
        expect(await use("read_file", { path: name })).toMatch(/is a picture \(image\/(jpeg|gif|webp), \d+ bytes\)/);
      }
      await put("big.png", Buffer.concat([png, Buffer.alloc(3_932_160)]));
      expect(await use("read_file", { path: "big.png" })).toBe(
        "! big.png is a picture of 3932230 bytes; 3932160 can be shown. Make a smaller one with bash, outside of the repository's files.",
      );
    });

    test("shows what is no UTF-8 as Latin-1, and tells", async () => {
      await put("old.txt", Buffer.from("caf\xe9\n", "latin1"));
      expect(await use("read_file", { path: "old.txt" })).toBe(
        "    1  café\n[old.txt is not UTF-8; it is shown as Latin-1, and an edit is written so and keeps all other bytes]",
      );
      await put("wide.utf16", Buffer.from("\ufeffhello", "utf16le"));
      expect(await use("read_file", { path: "wide.utf16" })).toBe(
        "! wide.utf16 is text in UTF-16. Read it with bash: iconv -f UTF-16 -t UTF-8.",
      );
    });

    test("wants a range of a huge file", async () => {
      await sh("seq 1000000 >huge.log");
      expect(await use("read_file", { path: "huge.log" })).toBe(
        "! huge.log has 6888896 bytes, too many to be read whole. Give from_line and to_line, or look for what you need with search.",
      );
      expect(await use("read_file", { path: "huge.log", from_line: 900_000, to_line: 900_001 })).toBe(
        "900000  900000\n900001  900001\n[huge.log has 6888896 bytes; go on with from_line 900002]",
      );
      expect(await use("read_file", { path: "huge.log", from_line: 1_000_001 })).toBe(
        "! huge.log (6888896 bytes) has no line 1000001, or takes too long to get there.",
      );
      expect(await use("edit_file", { path: "huge.log", old_text: "77777\n", new_text: "" })).toBe(
        "! huge.log has 6888896 bytes, which is too much to be edited here. Change it with bash, by sed or a script.",
      );
    });

    test("cuts a line of a megabyte", async () => {
      await put("one-line.js", "z".repeat(1_000_000));
      expect(await use("read_file", { path: "one-line.js" })).toMatch(
        /^ {4}1 {2}z{2000} \[… 998000 more characters\]\n\[of a line that is cut, .*\]$/,
      );
    });

    test("says what it cannot read", async () => {
      await sh("rm -f pipe; mkfifo pipe");
      expect(await use("read_file", { path: "pipe" })).toBe(
        "! pipe is no plain file but a pipe, a socket or a device.",
      );
      await sh("mkdir -p folder");
      for (const path of ["missing.txt", "folder", "no/such/folder"]) {
        expect(await use("read_file", { path })).toMatch(/^! .*(missing\.txt|folder)/);
      }
    });
  });

  describe("search", () => {
    beforeAll(async () => {
      await put("sought/a.js", "const total = 1;\nreturn total;\n");
      await put("sought/b c/ü\nd.js", 'const price = "$1.00 (total)"; // --total\n');
      await put("sought/.hidden", "total\n");
      await put("sought/data.bin", new Uint8Array([0, 1, ...Buffer.from("total")]));
      await sh("mkdir -p sought/.git && echo total >sought/.git/config");
    });
    const lines = async (pattern: string, path = "sought") =>
      (await use("search", { pattern, path })).split("\n").toSorted().join("\n");

    test("shows file, line and text of every match, hidden files too, binary ones and .git not", async () => {
      expect(await lines("total", "sought")).toBe(
        [
          "sought/.hidden:1:total",
          "sought/a.js:1:const total = 1;",
          "sought/a.js:2:return total;",
          "sought/b c/ü",
          'd.js:1:const price = "$1.00 (total)"; // --total',
          "",
        ]
          .toSorted()
          .join("\n"),
      );
    });

    test("says when nothing matches, and when there is nowhere to search", async () => {
      expect(await use("search", { pattern: "subtotal", path: "sought" })).toBe(
        "Nothing below sought matches subtotal.",
      );
      expect(await use("search", { pattern: "total", path: "no/such/folder" })).toBe(
        "! There is no no/such/folder. List what there is with a glob, like *.",
      );
      expect(await use("search", { path: "sought" })).toBe(
        "! Give a pattern to search for, a glob of files to list, or both.",
      );
    });

    test("looks in one file, in files of a glob, and lists such files", async () => {
      expect(await use("search", { pattern: "return", path: "sought/a.js" })).toBe("sought/a.js:2:return total;\n");
      await put("globs/src/deep/one.ts", "needle\n");
      await put("globs/src/two.js", "needle\n");
      await put("globs/three.ts", "needle\n");
      const found = (args: object) => use("search", { path: "globs", ...args });
      const both = "globs/src/deep/one.ts:1:needle\nglobs/three.ts:1:needle\n";
      expect(await found({ pattern: "needle", glob: "*.ts" })).toBe(both);
      expect(await found({ glob: "*.{ts,js}" })).toBe("globs/src/deep/one.ts\nglobs/src/two.js\nglobs/three.ts\n");
      expect(await found({ glob: "src/**/*.?s" })).toBe("globs/src/deep/one.ts\nglobs/src/two.js\n");
      expect(await found({ glob: "src/*.ts" })).toBe("Nothing below globs matches files like src/*.ts.");
      expect(await found({ pattern: "x", glob: "*.ts" })).toBe("Nothing below globs matches x in files like *.ts.");
    });

    test.each([
      ["a pattern that looks like an option", "--total", "d.js:1:"],
      ["another one", "-e", "Nothing below sought matches -e."],
      ["an alternative", "ret(urn|ort) ", "sought/a.js:2:return total;"],
      ["escaped characters", "\\$1\\.00 \\(", "d.js:1:"],
      ["a shell's own characters", '\'; touch "$PWNED" `x` $(y)', "Nothing below sought matches"],
      ["the beginning of a line", "^return", "sought/a.js:2:return total;"],
    ])("takes %s for what it is", async (_, pattern, found) => {
      expect(await use("search", { pattern, path: "sought" })).toContain(found);
    });

    test("says what is wrong with a pattern", async () => {
      expect(await use("search", { pattern: "(", path: "sought" })).toMatch(/\(/);
      expect(await use("search", { pattern: "(", path: "sought" })).not.toMatch(/^Nothing/);
    });

    test("shows two hundred lines at most, each cut", async () => {
      await put("many/a.txt", "match\n".repeat(300));
      const said = (await use("search", { pattern: "match", path: "many" })).split("\n");
      expect(said.slice(199)).toEqual(["many/a.txt:200:match", "[100 more; narrow the pattern, the path or the glob]"]);
      await put("wide/a.txt", `match${"x".repeat(5000)}\n`);
      expect(await use("search", { pattern: "match", path: "wide" })).toMatch(
        /^wide\/a\.txt:1:matchx{200,300} \[\.\.\. omitted end of long line\]\n\[of a line that is cut, see what matches with bash: .*\]$/,
      );
    });

    test("lists everything but .git and what is ignored", async () => {
      await sh(
        "mkdir -p all/.git all/deep all/node_modules && cd all && touch .git/config deep/b.txt node_modules/c.txt && echo node_modules >.gitignore",
      );
      for (const glob of ["*", "**", "**/*"]) {
        expect(await use("search", { path: "all", glob })).toBe("all/.gitignore\nall/deep/b.txt\n");
      }
      expect(await use("search", { path: "all", glob: "con*" })).toBe("Nothing below all matches files like con*.");
    });

    test("looks below the whole workspace unless told where", async () => {
      await put("corner/of/it.txt", "needle in a haystack\n");
      expect(await use("search", { pattern: "needle in a" })).toBe("corner/of/it.txt:1:needle in a haystack\n");
    });
  });
});
