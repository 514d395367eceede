import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools } from "../../src/agent/tools/coder-tools.ts";
import type { Sandbox } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { dockerForTests } from "../support/docker.ts";
import { aCall } from "../support/played-model.ts";

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
    });
    afterAll(() => sandbox?.[Symbol.asyncDispose]());

    /** What the model reads: the text, and `!` before an error. */
    async function use(name: string, args: unknown): Promise<string> {
      const { result } = await runTool(aCall(name, args), coderTools, { sandbox, signal });
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
        expect(await use("bash", { command: "printf half; exit 3" })).toBe("! half\n[exit code 3]");
        expect(await use("bash", { command: "true" })).toBe("[exit code 0]");
        expect(await use("bash", { command: "kill -KILL $$" })).toBe("! [exit code none: it was killed]");
      });

      test("runs in the workspace, and each call in a new shell", async () => {
        await use("bash", { command: "mkdir -p elsewhere; cd elsewhere; export LEFT=over" });
        expect(await use("bash", { command: 'pwd; echo "[$LEFT]"' })).toBe(`${sandbox.workspace}\n[]\n[exit code 0]`);
      });

      test("has no terminal, and nothing waits for an answer", async () => {
        expect(await use("bash", { command: "[ -t 0 ] || echo none; cat; read -r answer || echo unanswered" })).toBe(
          "none\nunanswered\n[exit code 0]",
        );
      });

      test("is stopped at its time, with what it had printed", async () => {
        expect(await use("bash", { command: "echo before; sleep 60", timeout_seconds: 1 })).toBe(
          "! before\n[Stopped after 1 s, with everything it had started. Give it more time, or run less at once.]",
        );
      });

      test("shows the beginning and the end of a long output", async () => {
        const said = await use("bash", { command: "echo first; seq 100000 | tr -d '\\n'; echo; echo last" });
        expect(said).toMatch(
          /^first\n123456\d+\n\[… 476907 characters left out; .*\]\n\d+100000\nlast\n\[exit code 0\]$/,
        );
        expect(said.length).toBeLessThan(12_200);
      });

      test("refuses a time that is none", async () => {
        for (const timeout_seconds of [0, 601, 1.5]) {
          expect(await use("bash", { command: "true", timeout_seconds })).toMatch(/^! The arguments of bash are wrong/);
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
          `    1  ${"x".repeat(2000)} [… 3 more characters]\n    2  short`,
        );
        await put("huge.txt", `${"y".repeat(2000)}\n`.repeat(500));
        const said = await use("read_file", { path: "huge.txt" });
        expect(said.length).toBeLessThan(52_000);
        expect(said).toMatch(/\n\[huge\.txt has 500 lines; go on with from_line 25\]$/);
      });

      test("shows no binary file, and says when one is empty", async () => {
        await put("logo.png", new Uint8Array([0x89, 0x50, 0, 1]));
        await put("empty.txt", "");
        expect(await use("read_file", { path: "logo.png" })).toBe("! logo.png is a binary file of 4 bytes.");
        expect(await use("read_file", { path: "empty.txt" })).toBe("empty.txt is empty.");
      });

      test("says what it cannot read", async () => {
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
        ).toBe("Edited edit.js at line 2.");
        expect(await text("edit.js")).toBe("let a = 1;\nlet b = 20;\n// $& $1\nlet c = 3;\n");
        await use("edit_file", { path: "edit.js", old_text: "let c = 3;\n", new_text: "" });
        expect(await text("edit.js")).toBe("let a = 1;\nlet b = 20;\n// $& $1\n");
      });

      test("changes nothing when the passage stands in several places, and names them", async () => {
        const content = "return 1;\nx\nreturn 1;\n";
        await put("twice.js", content);
        expect(await use("edit_file", { path: "twice.js", old_text: "return 1;", new_text: "return 2;" })).toBe(
          "! old_text is in twice.js 2 times (lines 1, 3). Add the lines around the one you mean.",
        );
        expect(await text("twice.js")).toBe(content);
      });

      test("says when the passage is not there, and where one like it is", async () => {
        await put("none.js", "function f() {\n\treturn 1;\n}\n");
        expect(await use("edit_file", { path: "none.js", old_text: "return 7;", new_text: "" })).toBe(
          "! old_text is not in none.js. Read the file again: it may have changed.",
        );
        expect(await use("edit_file", { path: "none.js", old_text: "  return 1;\n}", new_text: "" })).toBe(
          "! old_text is not in none.js. Its first line is there at line 2, but what follows or the whitespace differs. Read those lines and copy them exactly.",
        );
        expect(await use("edit_file", { path: "gone.js", old_text: "x", new_text: "y" })).toMatch(/^! .*gone\.js/);
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

      test("keeps bytes that are not UTF-8", async () => {
        await put("latin1.txt", Buffer.from("caf\xe9 = 1\nth\xe9 = 2\n", "latin1"));
        await use("edit_file", { path: "latin1.txt", old_text: " = 2", new_text: " = zwölf" });
        expect(await bytes("latin1.txt")).toEqual(
          Buffer.concat([Buffer.from("caf\xe9 = 1\nth\xe9", "latin1"), Buffer.from(" = zwölf\n", "utf8")]),
        );
      });

      test("finds and writes any letter", async () => {
        await put("letters.txt", "Grüße 日本 🚀\n");
        await use("edit_file", { path: "letters.txt", old_text: "日本 🚀", new_text: "Zürich €" });
        expect(await text("letters.txt")).toBe("Grüße Zürich €\n");
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
            "./.hidden:1:total",
            "./a.js:1:const total = 1;",
            "./a.js:2:return total;",
            "./b c/ü",
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
          "! no/such/folder is no folder of the workspace. Name one, or use read_file.",
        );
        expect(await use("search", { pattern: "total", path: "sought/a.js" })).toBe(
          "! sought/a.js is no folder of the workspace. Name one, or use read_file.",
        );
      });

      test.each([
        ["a pattern that looks like an option", "--total", "d.js:1:"],
        ["another one", "-e", "Nothing below sought matches -e."],
        ["an alternative", "ret(urn|ort) ", "./a.js:2:return total;"],
        ["escaped characters", "\\$1\\.00 \\(", "d.js:1:"],
        ["a shell's own characters", '\'; touch "$PWNED" `x` $(y)', "Nothing below sought matches"],
        ["the beginning of a line", "^return", "./a.js:2:return total;"],
      ])("takes %s for what it is", async (_, pattern, found) => {
        expect(await use("search", { pattern, path: "sought" })).toContain(found);
      });

      test("says what is wrong with a pattern", async () => {
        expect(await use("search", { pattern: "(", path: "sought" })).toMatch(/\(/);
        expect(await use("search", { pattern: "(", path: "sought" })).not.toMatch(/^Nothing/);
      });

      test("shows two hundred lines at most, each cut", async () => {
        await put("many/a.txt", "match\n".repeat(300));
        expect((await use("search", { pattern: "match", path: "many" })).trimEnd().split("\n")).toHaveLength(200);
        await put("wide/a.txt", `match${"x".repeat(5000)}\n`);
        expect(await use("search", { pattern: "match", path: "wide" })).toMatch(
          /^\.\/a\.txt:1:matchx{200,300}\b.{0,50}\n$/,
        );
      });

      test("looks below the whole workspace unless told where", async () => {
        await put("corner/of/it.txt", "needle in a haystack\n");
        expect(await use("search", { pattern: "needle in a" })).toBe("./corner/of/it.txt:1:needle in a haystack\n");
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
      const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up." };
      const { result, submitted } = await runTool(aCall("submit", change), coderTools, { sandbox, signal });
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
        await expect(runTool(call, coderTools, { sandbox: gone, signal })).rejects.toMatchObject({
          code: "sandbox_lost",
        });
      }
    });
  });
}
