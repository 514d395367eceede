import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools, coderToolsFor } from "../../src/agent/tools/coder-tools.ts";
import type { Sandbox, Shell } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { aCall } from "../support/played-model.ts";
import { dockerForTests, srtForTests } from "../support/sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

const owner = `test-${randomUUID()}`;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 1024, openFiles: 1024 };
const signal = new AbortController().signal;

const hasDocker = await dockerForTests();
const withoutRipgrep = programsBut("rg");
afterAll(() => rmSync(withoutRipgrep, { recursive: true }));
const machines = [
  { name: "the docker provider", provider: dockerProvider({ owner }), here: hasDocker },
  { name: "the srt provider", provider: srtProvider({ owner }), here: await srtForTests() },
  { name: "the process provider", provider: processProvider({ owner }), here: true },
  { name: "a machine without ripgrep", provider: processProvider({ owner, path: withoutRipgrep }), here: true },
];

/** A folder of this machine's programs, without one of them. */
function programsBut(left: string): string {
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  for (const from of ["/bin", "/usr/bin"]) {
    for (const name of readdirSync(from)) {
      if (name !== left && !existsSync(join(folder, name))) symlinkSync(join(from, name), join(folder, name));
    }
  }
  return folder;
}

for (const { name: machine, provider, here } of machines) {
  describe.skipIf(!here)(`the coder's tools in a sandbox of ${machine}`, () => {
    // One for all tests, each with files of its own names: nothing here depends on an empty workspace.
    let sandbox: Sandbox;
    let shell: Shell;
    let files: Shell;
    beforeAll(async () => {
      const request = {
        runId: "run-1",
        lease: 1,
        purpose: "work",
        mirror: mirror.path,
        network: "none",
        limits,
      } as const;
      sandbox = await provider.create(request, { signal });
      shell = lazyShell(sandbox);
      files = lazyShell(sandbox);
    });
    afterAll(() => sandbox?.[Symbol.asyncDispose]());

    /** What the model reads: the text, and `!` before an error. */
    async function use(name: string, args: unknown): Promise<string> {
      const { result } = await runTool(aCall(name, args), coderTools, { sandbox, shell, files, signal });
      return `${result.isError ? "! " : ""}${result.text}`;
    }
    const sh = async (line: string) => (await sandbox.run({ line, timeoutMs: 30_000 }, { signal })).output;
    const at = (path: string) => `${sandbox.workspace}/${path}`;
    const put = (path: string, content: string | Uint8Array) => sandbox.writeFile(at(path), Buffer.from(content));
    const bytes = (path: string) => sandbox.readFile(at(path));
    const text = async (path: string) => (await bytes(path)).toString("utf8");

    describe("bash", () => {
      test("tells both outputs and the exit code, and takes another than 0 for a failure", async () => {
        expect(await use("bash", { command: "echo out; echo err >&2" })).toBe("out\nerr\n[exit code 0]");
        expect(await use("bash", { command: "printf half; (exit 3)" })).toBe("! half\n[exit code 3]");
        expect(await use("bash", { command: "true" })).toBe("[exit code 0]");
        expect(await use("bash", { command: "sh -c 'kill -KILL $$'" })).toMatch(
          /^! .*\[exit code none: it was killed\]$/s,
        );
      });

      const told = "[The shell was replaced: the new one is in the workspace, without the old one's variables.]";

      test("keeps its shell from one call to the next, until it is replaced, which is told", async () => {
        await use("bash", { command: "mkdir -p elsewhere; cd elsewhere; left=over" });
        const look = { command: 'pwd; echo "[$left]"' };
        expect(await use("bash", look)).toBe(`${sandbox.workspace}/elsewhere\n[over]\n[exit code 0]`);
        expect(await use("bash", { command: "exit 4" })).toBe(`! [exit code 4]\n${told}`);
        expect(await use("bash", look)).toBe(`${sandbox.workspace}\n[]\n[exit code 0]`);
      });

      test("lets what is started in the background go on", async () => {
        expect(await use("bash", { command: "(until [ -e go ]; do sleep 0.01; done; touch went) & echo on" })).toBe(
          "on\n[exit code 0]",
        );
        expect(await use("bash", { command: "touch go; until [ -e went ]; do sleep 0.01; done" })).toBe(
          "[exit code 0]",
        );
      });

      test("has no terminal, and nothing waits for an answer", async () => {
        expect(await use("bash", { command: "[ -t 0 ] || echo none; cat; read -r answer || echo unanswered" })).toBe(
          "none\nunanswered\n[exit code 0]",
        );
      });

      test("is stopped at its time, with what it had printed", async () => {
        expect(await use("bash", { command: "echo before; sleep 60", seconds: 1 })).toBe(
          "! before\n[Stopped after 1 s, with everything it had started. Give it more time with `seconds` (600 at most), run less at once, or start it with & and its output in a file.]\n" +
            told,
        );
      });

      test("shows the beginning and the end of a long output, and where to read all of it", async () => {
        const said = await use("bash", { command: "echo first; seq 100000 | tr -d '\\n'; echo; echo last" });
        const [, path = ""] =
          /^first\n123456\d+\n\[\.\.\. 476907 bytes left out \.\.\.\]\n\d+100000\nlast\n\[the whole output is in (\S+); .*\]\n\[exit code 0\]$/.exec(
            said,
          ) ?? [];
        expect(said.length).toBeLessThan(12_300);
        expect(await use("bash", { command: `tail -c 17 ${path}` })).toBe("99999100000\nlast\n[exit code 0]");
      });

      test("takes the operator's time where the call names none", async () => {
        const context = { sandbox, shell, files, commandSeconds: 1, signal };
        const { result } = await runTool(aCall("bash", { command: "sleep 60" }), coderTools, context);
        expect(result.text).toMatch(/^\[Stopped after 1 s, /);
      });

      test("refuses a time that is none", async () => {
        for (const seconds of [0, 601, 1.5]) {
          expect(await use("bash", { command: "true", seconds })).toMatch(/^! The arguments of bash are wrong/);
        }
      });
    });

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
        const { result } = await runTool(aCall("read_file", { path: "dot.png" }), coderTools, {
          sandbox,
          shell,
          files,
          signal,
        });
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
          "! none.js was not changed: old_text is not there. The nearest is:\n    1  function f() {\n    2  \treturn 1;\nCopy what is there exactly, or read more of the file.",
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
        expect(await use("edit_file", { path: "several.txt", edits: all })).toBe(
          "Edited several.txt at lines 1, 2, 3.",
        );
        expect(await text("several.txt")).toBe("one;\n2;\n3;\n");
      });

      test("takes a passage in another indentation for what it is, and keeps to the file's own", async () => {
        await put("tabs.txt", "a {\n\tb {\n\t\tc;\n\t}\n}\n");
        const loose = { old_text: "  b {\n    c;\n  }\n", new_text: "  b {\n    if (d) {\n      c;\n    }\n  }\n" };
        expect(await use("edit_file", { path: "tabs.txt", ...loose })).toBe(
          "Edited tabs.txt at line 2.\nold_text did not match to the letter; the file's own indentation, line ends and unchanged text were kept. Look at the result if whitespace matters.",
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
        expect(await sh(`ls -A alone; ls -A ${sandbox.scratch}/.edits`)).toBe("a.txt\n");
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
        const { exitCode } = await sandbox.run(
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
        const { exitCode } = await sandbox.run({ line: "command -v python3", timeoutMs: 10_000 }, { signal });
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
        expect(await use("edit_file", { path: "c.json", old_text: "{", new_text: "[" })).toBe(
          "Edited c.json at line 1.",
        );
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

    describe("apply_patch", () => {
      const patch = async (...lines: string[]) => {
        const input = ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
        const { result } = await runTool(aCall("apply_patch", { input }), coderToolsFor("openai/gpt-5"), {
          sandbox,
          shell,
          files,
          signal,
        });
        return `${result.isError ? "! " : ""}${result.text}`;
      };
      const tree = () =>
        sh("cd patched && find . -type f | sort | while read -r f; do echo \"$f: $(tr '\\n' '/' <$f)\"; done");
      beforeEach(async () => {
        await sh(
          "rm -rf patched; mkdir patched; cd patched; printf 'a\\nb\\nc\\n' >one; printf 'x\\ny\\n' >two; chmod 755 two; echo z >three",
        );
      });

      test("changes, adds, removes and moves several files", async () => {
        expect(
          await patch(
            "*** Update File: patched/one",
            "@@",
            " a",
            "-b",
            "+B",
            " c",
            "*** Add File: patched/new/four.js",
            "+let four = 4;",
            "*** Delete File: patched/three",
            "*** Update File: patched/two",
            "*** Move to: patched/moved/2",
            "@@ x",
            "-y",
            "+Y",
          ),
        ).toBe(
          "Updated patched/one.\nAdded patched/new/four.js.\nnode --check: no syntax error.\nDeleted patched/three.\nMoved patched/two to patched/moved/2.",
        );
        expect(await tree()).toBe("./moved/2: x/Y/\n./new/four.js: let four = 4;/\n./one: a/B/c/\n");
        expect(await sh("ls -l patched/moved/2 | cut -c1-10")).toBe("-rwxr-xr-x\n");
      });

      test("gives back what was there when a later file cannot be put in its place", async () => {
        const before = await tree();
        // Where what is to be one file is a folder for another: found out only when the second is put in place.
        expect(
          await patch(
            "*** Update File: patched/one",
            "-a",
            "+A",
            "*** Delete File: patched/three",
            "*** Add File: patched/new",
            "+x",
            "*** Add File: patched/new/below",
            "+y",
          ),
        ).toMatch(/^! patched\/new\/below cannot be written, and nothing was changed: /);
        expect(await tree()).toBe(before);
        expect(await sh("ls -l patched/two | cut -c1-10")).toBe("-rwxr-xr-x\n");
      });

      test("changes nothing when one part does not fit", async () => {
        const before = await tree();
        const first = ["*** Update File: patched/one", "-a", "+A"];
        expect(await patch(...first, "*** Update File: patched/two", "-q", "+Q")).toBe(
          "! Hunk 1 of 1 for patched/two: its lines are not there. Nothing was changed. Nothing there is like it. Read the file again: it may have changed.",
        );
        expect(await patch(...first, "*** Add File: patched/two", "+x")).toBe(
          "! patched/two is there already. Update it, or delete it first. Nothing was changed.",
        );
        expect(await patch(...first, "*** Delete File: patched/none")).toBe(
          "! There is no file patched/none. Look for its name with search or `ls`.",
        );
        expect(await patch(...first, "*** Update File: patched/two", "*** Move to: patched/three")).toBe(
          "! patched/three is there already, so patched/two cannot be moved to it. Nothing was changed.",
        );
        expect(await patch(...first, "*** Delete File: patched/../patched/one")).toBe(
          "! The patch names patched/../patched/one twice. Put all that changes in it into one part. Nothing was changed.",
        );
        expect(await patch(...first, "*** Add File: ../out", "+x")).toMatch(/^! \.\.\/out is outside the workspace/);
        expect(await patch(...first, "*** Add File: patched/two/below", "+x")).toMatch(
          /^! patched\/two\/below cannot be written, and nothing was changed: /,
        );
        expect(await tree()).toBe(before);
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
        expect(said.slice(199)).toEqual([
          "many/a.txt:200:match",
          "[100 more; narrow the pattern, the path or the glob]",
        ]);
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

    describe("a path out of the workspace", () => {
      const secret = () => `${sandbox.scratch}/secret`;
      beforeAll(async () => {
        await sandbox.writeFile(`${sandbox.scratch}/secret/key`, Buffer.from("open sesame\n"));
        await sh(`ln -sfn ${secret()} link; ln -sfn ${secret()}/key key; ln -sfn ${secret()}/unborn dangling;
          # A neighbour whose name begins like the workspace's, where one can be made.
          mkdir -p "$PWD-other" 2>/dev/null && echo open sesame >"$PWD-other/key"
          ln -sfn ../scratch/secret relative; mkdir -p inner; ln -sfn .. inner/up; ln -sfn ../five.txt inner/five`);
      });

      const ways = () => [
        "../scratch/secret/key",
        "inner/../../scratch/secret/key",
        `${secret()}/key`,
        "/etc/passwd",
        "/",
        "..",
        `${sandbox.workspace}-other/key`,
        "link/key",
        "link/new/key",
        "key",
        "dangling",
        "relative/key",
        "inner/up/link/key",
      ];

      test("is refused for reading, writing, editing and searching, and nothing is touched", async () => {
        for (const path of ways()) {
          const refused = `! ${path} is outside the workspace. Give a path below ${sandbox.workspace}, or use bash to look elsewhere.`;
          expect(await use("read_file", { path })).toBe(refused);
          expect(await use("write_file", { path, content: "x" })).toBe(refused);
          expect(await use("edit_file", { path, old_text: "open", new_text: "shut" })).toBe(refused);
          expect(await use("search", { pattern: "sesame", path })).toBe(refused);
        }
        expect(await sh(`cd ${secret()} && find . -type f && cat key`)).toBe("./key\nopen sesame\n");
      });

      test("is not written through a link that is swapped in meanwhile", async () => {
        await sh(`mkdir -p swapped/real; echo harmless >swapped/real/key; cp swapped/real/key ${secret()}/copy`);
        const swap = `while [ ! -e ${sandbox.scratch}/stop ]; do ln -sfn real swapped/way; ln -sfn ${secret()} swapped/way; done`;
        await shell.run(
          { line: `(cd ${sandbox.workspace}; ${swap}) >/dev/null 2>&1 &`, timeoutMs: 10_000 },
          { signal },
        );
        for (let n = 0; n < 30; n += 1) await use("write_file", { path: "swapped/way/key", content: `${n}\n` });
        await sh(`touch ${sandbox.scratch}/stop`);
        expect(await sh(`cat ${secret()}/key ${secret()}/copy; rm ${secret()}/copy`)).toBe("open sesame\nharmless\n");
      });

      test("is not found by a search either, through a link", async () => {
        expect(await use("search", { pattern: "open sesame" })).toBe("Nothing below . matches open sesame.");
      });

      test("is no path that only looks like one", async () => {
        await put("five.txt", "one\n");
        await put("..dots", "two\n");
        for (const [path, line] of [
          ["inner/five", "one"],
          ["inner/up/five.txt", "one"],
          ["link/../five.txt", "one"],
          [`../${sandbox.workspace.split("/").at(-1)}/five.txt`, "one"],
          ["..dots", "two"],
        ]) {
          expect(await use("read_file", { path })).toBe(`    1  ${line}`);
        }
      });
    });

    test("submit hands in what the model says of its change", async () => {
      const checked = [{ criterion: "Shares add up", how: "npm test passes with a test of it" }];
      const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up.", checked };
      const { result, submitted } = await runTool(aCall("submit", change), coderTools, {
        sandbox,
        shell,
        files,
        signal,
      });
      expect(result.text).toBe("Submitted.");
      expect(submitted).toEqual(change);
      expect(await use("submit", { ...change, title: "x".repeat(121) })).toMatch(/^! .*are wrong:.*title/s);
    });

    test("a call in a sandbox that is gone is thrown, since no model can mend it", async () => {
      const request = {
        runId: "run-2",
        lease: 1,
        purpose: "work",
        mirror: mirror.path,
        network: "none",
        limits,
      } as const;
      const gone = await provider.create(request, { signal });
      await gone[Symbol.asyncDispose]();
      for (const call of [aCall("bash", { command: "true" }), aCall("read_file", { path: "x" })]) {
        await expect(
          runTool(call, coderTools, { sandbox: gone, shell: lazyShell(gone), files: lazyShell(gone), signal }),
        ).rejects.toMatchObject({
          code: "sandbox_lost",
        });
      }
    });
  });
}
