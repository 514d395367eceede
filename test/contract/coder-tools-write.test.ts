import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { onEveryMachine, signal } from "../support/coder-machines.ts";

onEveryMachine(({ sandbox, use, sh, at, put, bytes, text }) => {
  describe("edit_file", () => {
    test("replaces the one place where the passage stands", async () => {
      await put("edit.js", "let a = 1;\nlet b = 2;\nlet c = 3;\n");
      expect(
        await use("edit_file", { path: "edit.js", old_text: "let b = 2;\n", new_text: "let b = 20;\n// $& $1\n" }),
      ).toBe("Edited edit.js at line 2.\nnode --check: no syntax error.");
      expect(await text("edit.js")).toBe("let a = 1;\nlet b = 20;\n// $& $1\nlet c = 3;\n");
      await use("edit_file", { path: "edit.js", old_text: "let c = 3;\n", new_text: "" });
      expect(await text("edit.js")).toBe("let a = 1;\nlet b = 20;\n// $& $1\n");
    });

    test("changes nothing when the passage stands in several places, and names them", async () => {
      const content = "return 1;\nx\nreturn 1;\n";
      await put("twice.js", content);
      expect(await use("edit_file", { path: "twice.js", old_text: "return 1;", new_text: "return 2;" })).toBe(
        "! twice.js was not changed: old_text is there 2 times (lines 1, 3). Add the lines around the one you mean, or set replace_all.",
      );
      expect(await text("twice.js")).toBe(content);
    });

    test("says when the passage is not there, and where one like it is", async () => {
      await put("none.js", "function f() {\n\treturn 1;\n}\n");
      expect(await use("edit_file", { path: "none.js", old_text: "const price = 7;", new_text: "" })).toBe(
        "! none.js was not changed: old_text is not there, nor anything like it. Read the file again: it may have changed.",
      );
      expect(await use("edit_file", { path: "none.js", old_text: "function f() {\n  return 7;", new_text: "" })).toBe(
        "! none.js was not changed: old_text is not there. The nearest is:\n    1  function f() {\n    2  \treturn 1;\n    3  }\nCopy what is there exactly, without the numbers, or read more of the file.",
      );
      expect(await use("edit_file", { path: "gone.js", old_text: "x", new_text: "y" })).toBe(
        "! There is no file gone.js. Look for its name with search or `ls`.",
      );
      expect(await use("edit_file", { path: "none.js", old_text: "", new_text: "y" })).toMatch(/^! .*are wrong/);
    });

    test("keeps the line ends of Windows, in what stays and in what is new", async () => {
      await put("win.txt", "one\r\ntwo\r\nthree\r\n");
      expect(await use("edit_file", { path: "win.txt", old_text: "one\ntwo", new_text: "1\n2\n2.5" })).toBe(
        "Edited win.txt at line 1.",
      );
      expect(await text("win.txt")).toBe("1\r\n2\r\n2.5\r\nthree\r\n");
      await use("edit_file", { path: "win.txt", old_text: "2.5\r\nthree", new_text: "3" });
      expect(await text("win.txt")).toBe("1\r\n2\r\n3\r\n");
    });

    test("leaves a file of mixed line ends as mixed as it is", async () => {
      await put("mixed.txt", "one\r\ntwo\nthree\r\n");
      await use("edit_file", { path: "mixed.txt", old_text: "two\n", new_text: "2\n2.5\n" });
      expect(await text("mixed.txt")).toBe("one\r\n2\n2.5\nthree\r\n");
    });

    test("finds and writes Latin-1 in what is not UTF-8, and refuses letters that it has not", async () => {
      const before = Buffer.from("caf\xe9 = 1\nth\xe9 = 2\n\x81\n", "latin1");
      await put("latin1.txt", before);
      expect(await use("edit_file", { path: "latin1.txt", old_text: "thé = 2", new_text: "thé = €" })).toBe(
        "! latin1.txt was not changed: it is not UTF-8 but shown and edited as Latin-1, which has no `€`. Write it with letters of Latin-1, or change the file with bash in its own encoding (iconv).",
      );
      expect(await bytes("latin1.txt")).toEqual(before);
      await use("edit_file", { path: "latin1.txt", old_text: "thé = 2", new_text: "thé = zwölf" });
      expect(await bytes("latin1.txt")).toEqual(Buffer.from("caf\xe9 = 1\nth\xe9 = zw\xf6lf\n\x81\n", "latin1"));
    });

    test("finds and writes any letter", async () => {
      await put("letters.txt", "Grüße 日本 🚀\n");
      await use("edit_file", { path: "letters.txt", old_text: "日本 🚀", new_text: "Zürich €" });
      expect(await text("letters.txt")).toBe("Grüße Zürich €\n");
    });

    test("makes several edits in one call, each on what those before have left, or none of them", async () => {
      await put("several.txt", "one\ntwo\nthree\n");
      const edits = [
        { old_text: "two\n", new_text: "2\n2.5\n" },
        { old_text: "2.5\nthree", new_text: "3" },
      ];
      expect(await use("edit_file", { path: "several.txt", edits })).toBe("Edited several.txt at lines 2, 3.");
      expect(await text("several.txt")).toBe("one\n2\n3\n");
      const bad = [
        { old_text: "one", new_text: "1" },
        { old_text: "banana", new_text: "x" },
      ];
      expect(await use("edit_file", { path: "several.txt", edits: bad })).toBe(
        "! several.txt (edit 2 of 2, after those before it) was not changed: old_text is not there, nor anything like it. Read the file again: it may have changed.",
      );
      expect(await text("several.txt")).toBe("one\n2\n3\n");
      const all = [{ old_text: "\n", new_text: ";\n", replace_all: true }];
      expect(await use("edit_file", { path: "several.txt", edits: all })).toBe("Edited several.txt at lines 1, 2, 3.");
      expect(await text("several.txt")).toBe("one;\n2;\n3;\n");
    });

    test("takes a passage in another indentation for what it is, and keeps to the file's own", async () => {
      await put("tabs.txt", "a {\n\tb {\n\t\tc;\n\t}\n}\n");
      const loose = { old_text: "  b {\n    c;\n  }\n", new_text: "  b {\n    if (d) {\n      c;\n    }\n  }\n" };
      expect(await use("edit_file", { path: "tabs.txt", ...loose })).toBe(
        "Edited tabs.txt at line 2.\nold_text did not match to the letter; the file's own indentation, line ends and unchanged text were kept. There it reads now:\n\tb {\n\t\tif (d) {\n\t\t\tc;\n\t\t}\n\t}",
      );
      expect(await text("tabs.txt")).toBe("a {\n\tb {\n\t\tif (d) {\n\t\t\tc;\n\t\t}\n\t}\n}\n");
    });

    test("sends a large file whole", async () => {
      const many = Array.from({ length: 40_000 }, (_, n) => `${n} ${randomUUID()}\n`).join("");
      await put("large.txt", `${many}end\n`);
      expect(await use("edit_file", { path: "large.txt", old_text: "end\n", new_text: "END\n" })).toBe(
        "Edited large.txt at line 40001.",
      );
      expect(await text("large.txt")).toBe(`${many}END\n`);
    });

    test("leaves nothing beside what it writes", async () => {
      await sh("mkdir -p alone; echo a >alone/a.txt");
      await use("edit_file", { path: "alone/a.txt", old_text: "a", new_text: "b" });
      expect(await sh(`ls -A alone; ls -A ${sandbox().scratch}/.edits`)).toBe("a.txt\n");
    });

    test("keeps the mode", async () => {
      await sh("echo 'echo old' >run.sh; chmod 751 run.sh");
      await use("edit_file", { path: "run.sh", old_text: "old", new_text: "new" });
      expect(await sh("ls -l run.sh | cut -c1-10; ./run.sh")).toBe("-rwxr-x--x\nnew\n");
    });
  });

  describe("write_file", () => {
    test("writes a file, new or over the old one, and the folders that are missing", async () => {
      expect(await use("write_file", { path: "new/deep folder/ü.txt", content: "zwölf\n" })).toBe(
        "Wrote new/deep folder/ü.txt (7 bytes).",
      );
      expect(await text("new/deep folder/ü.txt")).toBe("zwölf\n");
      await use("write_file", { path: at("new/deep folder/ü.txt"), content: "" });
      expect(await bytes("new/deep folder/ü.txt")).toHaveLength(0);
    });

    test("keeps the line ends and the encoding of a file that it writes over", async () => {
      await put("windows.txt", "one\r\ntwo\r\n");
      expect(await use("write_file", { path: "windows.txt", content: "1\n2\n" })).toBe(
        "Wrote windows.txt (6 bytes).\nIts Windows line ends (CRLF) were kept.",
      );
      expect(await text("windows.txt")).toBe("1\r\n2\r\n");
      await put("latin1.txt", Buffer.from("caf\xe9\n", "latin1"));
      expect(await use("write_file", { path: "latin1.txt", content: "thé\n" })).toBe(
        "Wrote latin1.txt (4 bytes).\nIt was not UTF-8: written as Latin-1.",
      );
      expect(await bytes("latin1.txt")).toEqual(Buffer.from("th\xe9\n", "latin1"));
      expect(await use("write_file", { path: "latin1.txt", content: "€\n" })).toBe(
        "Wrote latin1.txt (4 bytes).\nIt was not UTF-8, and is now.",
      );
    });

    test("takes any name that a file can have, and no other", async () => {
      const path = "-x 'y' $HOME\nz\n";
      await use("write_file", { path, content: "odd" });
      expect(await text(path)).toBe("odd");
      expect(await use("read_file", { path })).toBe("    1  odd");
      expect(await use("write_file", { path: "zero\0", content: "" })).toMatch(/^! .*NUL/);
      await sh("mkdir -p folder; echo x >plain");
      for (const taken of ["folder", "plain/below", ".", "x".repeat(300)]) {
        expect(await use("write_file", { path: taken, content: "x" })).toMatch(/^! /);
      }
    });
  });

  describe("what was written is checked at once:", () => {
    test("JavaScript, by node", async () => {
      expect(await use("write_file", { path: "checked.js", content: "let a = 1;\n" })).toBe(
        "Wrote checked.js (11 bytes).\nnode --check: no syntax error.",
      );
      const said = await use("edit_file", { path: "checked.js", old_text: "1;", new_text: "(1;" });
      expect(said).toMatch(
        /^Edited checked\.js at line 1\.\nBut node --check finds an error in what checked\.js is now\. Mend it:\n\S*checked\.js:1\nlet a = \(1;\n.*SyntaxError: [^\n]*$/s,
      );
      expect(await text("checked.js")).toBe("let a = (1;\n");
      expect(await use("write_file", { path: "view.js", content: "export default () => <b>x</b>;\n" })).toBe(
        "Wrote view.js (31 bytes).",
      );
    });

    test("TypeScript, also what node does not run", async () => {
      const { exitCode } = await sandbox().run(
        { line: `node -e 'process.exit("stripTypeScriptTypes" in require("module") ? 0 : 1)'`, timeoutMs: 10_000 },
        { signal },
      );
      const known = exitCode === 0;
      expect(
        await use("write_file", {
          path: "checked.ts",
          content: "enum A { B }\nclass C { constructor(readonly a: A) {} }\n",
        }),
      ).toBe(`Wrote checked.ts (55 bytes).${known ? "\nTypeScript: no syntax error." : ""}`);
      expect(await use("write_file", { path: "checked.ts", content: "let a = 1;\nlet b: number = ;\n" })).toMatch(
        known
          ? /^Wrote.*\nBut TypeScript finds an error in what checked\.ts is now\. Mend it:\n:2\nlet a = 1;\nlet b: number = ;\n +\^\n\nSyntaxError.*Expression expected$/
          : /^Wrote checked\.ts \(29 bytes\)\.$/,
      );
    });

    test("Python, without writing", async () => {
      const { exitCode } = await sandbox().run({ line: "command -v python3", timeoutMs: 10_000 }, { signal });
      const known = exitCode === 0;
      expect(await use("write_file", { path: "py/ok.py", content: "x = 1\n" })).toBe(
        `Wrote py/ok.py (6 bytes).${known ? "\npython: no syntax error." : ""}`,
      );
      expect(await use("write_file", { path: "py/bad.py", content: "x = 1\ndef f(:\n" })).toMatch(
        known
          ? /^Wrote py\/bad\.py.*\nBut python finds an error in what py\/bad\.py is now\. Mend it:\nline 2: /
          : /^Wrote/,
      );
      expect(await sh("ls py")).toBe("bad.py\nok.py\n");
    });

    test("a script of bash", async () => {
      expect(await use("write_file", { path: "run.bash", content: "if true; then\n" })).toMatch(
        /^Wrote run\.bash \(14 bytes\)\.\nBut bash -n finds an error in what run\.bash is now\. Mend it:\n.*syntax error/s,
      );
      expect(await use("write_file", { path: "bin/tool", content: "#!/bin/bash\necho\n" })).toBe(
        "Wrote bin/tool (17 bytes).\nbash -n: no syntax error.",
      );
    });

    test("JSON and YAML", async () => {
      expect(await use("write_file", { path: "c.json", content: "{}" })).toBe(
        "Wrote c.json (2 bytes).\nJSON: no syntax error.",
      );
      expect(await use("edit_file", { path: "c.json", old_text: "}", new_text: "" })).toMatch(
        /^Edited c\.json at line 1\.\nBut c\.json is no JSON now\. Mend it:\n/,
      );
      expect(await use("edit_file", { path: "c.json", old_text: "{", new_text: "[" })).toBe("Edited c.json at line 1.");
      expect(await use("write_file", { path: "tsconfig.json", content: "{} // x" })).toBe(
        "Wrote tsconfig.json (7 bytes).",
      );
      expect(await use("write_file", { path: "c.yml", content: "a: [1\n" })).toMatch(
        /^Wrote c\.yml \(6 bytes\)\.\nBut c\.yml is no YAML now\. Mend it:\n.*line 2/s,
      );
      expect(await use("write_file", { path: "c.yaml", content: "a: 1\n---\nb: 2\n" })).toBe(
        "Wrote c.yaml (14 bytes).\nYAML: no syntax error.",
      );
    });
  });
});
