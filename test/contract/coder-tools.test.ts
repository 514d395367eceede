import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { lazyShell } from "../../src/agent/lazy-shell.ts";
import { runTool } from "../../src/agent/run-tool.ts";
import { coderTools, coderToolsFor } from "../../src/agent/tools/coder-tools.ts";
import { aRequest, onEveryMachine, signal } from "../support/coder-machines.ts";
import { aCall } from "../support/played-model.ts";

onEveryMachine(({ provider, context, sandbox, use, sh, put }) => {
  describe("bash", () => {
    test("tells both outputs and the exit code, and takes another than 0 for a failure", async () => {
      expect(await use("bash", { command: "echo out; echo err >&2" })).toBe("out\nerr\n[exit code 0]");
      expect(await use("bash", { command: "printf half; (exit 3)" })).toBe("! half\n[exit code 3]");
      expect(await use("bash", { command: "true" })).toBe("[exit code 0]");
      expect(await use("bash", { command: "sh -c 'kill -KILL $$'" })).toMatch(
        /^! .*\[exit code none: it was killed, perhaps for want of memory\]$/s,
      );
    });

    const told = "[The shell was replaced: the new one is in the workspace, without the old one's variables.]";

    test("keeps its shell from one call to the next, until it is replaced, which is told", async () => {
      await use("bash", { command: "mkdir -p elsewhere; cd elsewhere; left=over" });
      const look = { command: 'pwd; echo "[$left]"' };
      expect(await use("bash", look)).toBe(`${sandbox().workspace}/elsewhere\n[over]\n[exit code 0]`);
      expect(await use("bash", { command: "exit 4" })).toBe(`! [exit code 4]\n${told}`);
      expect(await use("bash", look)).toBe(`${sandbox().workspace}\n[]\n[exit code 0]`);
    });

    test("lets what is started in the background go on", async () => {
      expect(await use("bash", { command: "(until [ -e go ]; do sleep 0.01; done; touch went) & echo on" })).toBe(
        "on\n[exit code 0]",
      );
      expect(await use("bash", { command: "touch go; until [ -e went ]; do sleep 0.01; done" })).toBe("[exit code 0]");
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
      const hurried = { ...context(), commandSeconds: 1 };
      const { result } = await runTool(aCall("bash", { command: "sleep 60" }), coderTools, hurried);
      expect(result.text).toMatch(/^\[Stopped after 1 s, /);
    });

    test("refuses a time that is none", async () => {
      for (const seconds of [0, 601, 1.5]) {
        expect(await use("bash", { command: "true", seconds })).toMatch(/^! The arguments of bash are wrong/);
      }
    });
  });

  describe("apply_patch", () => {
    const patch = async (...lines: string[]) => {
      const input = ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
      const { result } = await runTool(aCall("apply_patch", { input }), coderToolsFor("openai/gpt-5"), context());
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
        "! patched/two is there already. Update it, or write all of it anew with write_file. Nothing was changed.",
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

  describe("a path out of the workspace", () => {
    const secret = () => `${sandbox().scratch}/secret`;
    beforeAll(async () => {
      await sandbox().writeFile(`${sandbox().scratch}/secret/key`, Buffer.from("open sesame\n"));
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
      `${sandbox().workspace}-other/key`,
      "link/key",
      "link/new/key",
      "key",
      "dangling",
      "relative/key",
      "inner/up/link/key",
    ];

    test("is refused for reading, writing, editing and searching, and nothing is touched", async () => {
      for (const path of ways()) {
        const refused = `! ${path} is outside the workspace. Give a path below ${sandbox().workspace}, or use bash to look elsewhere.`;
        expect(await use("read_file", { path })).toBe(refused);
        expect(await use("write_file", { path, content: "x" })).toBe(refused);
        expect(await use("edit_file", { path, old_text: "open", new_text: "shut" })).toBe(refused);
        expect(await use("search", { pattern: "sesame", path })).toBe(refused);
      }
      expect(await sh(`cd ${secret()} && find . -type f && cat key`)).toBe("./key\nopen sesame\n");
    });

    test("is not written through a link that is swapped in meanwhile", async () => {
      await sh(`mkdir -p swapped/real; echo harmless >swapped/real/key; cp swapped/real/key ${secret()}/copy`);
      const swap = `while [ ! -e ${sandbox().scratch}/stop ]; do ln -sfn real swapped/way; ln -sfn ${secret()} swapped/way; done`;
      await context().shell.run(
        { line: `(cd ${sandbox().workspace}; ${swap}) >/dev/null 2>&1 &`, timeoutMs: 10_000 },
        { signal },
      );
      for (let n = 0; n < 30; n += 1) await use("write_file", { path: "swapped/way/key", content: `${n}\n` });
      await sh(`touch ${sandbox().scratch}/stop`);
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
        [`../${sandbox().workspace.split("/").at(-1)}/five.txt`, "one"],
        ["..dots", "two"],
      ]) {
        expect(await use("read_file", { path })).toBe(`    1  ${line}`);
      }
    });
  });

  test("submit hands in what the model says of its change", async () => {
    const checked = [{ criterion: "Shares add up", how: "npm test passes with a test of it" }];
    const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up.", checked };
    const { result, submitted } = await runTool(aCall("submit", change), coderTools, context());
    expect(result.text).toBe("Submitted.");
    expect(submitted).toEqual(change);
    expect(await use("submit", { ...change, title: "x".repeat(121) })).toMatch(/^! .*are wrong:.*title/s);
  });

  test("a call in a sandbox that is gone is thrown, since no model can mend it", async () => {
    const gone = await provider.create(aRequest("run-2"), { signal });
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
