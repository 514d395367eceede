import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { processProvider } from "../../src/sandbox/process/process-provider.ts";
import {
  aRequest,
  gone,
  openIn,
  outputOf,
  owner,
  providers,
  run,
  running,
  signal,
  until,
} from "../support/kept-shells.ts";

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a kept shell in a sandbox of the ${provider.name} provider`, () => {
    const open = () => openIn(provider);

    test("begins in the workspace, and tells output, exit code and time of each command", async () => {
      await using at = await open();
      expect(await run(at.shell, "pwd")).toEqual({
        exitCode: 0,
        timedOut: false,
        output: `${at.sandbox.workspace}\n`,
        durationMs: expect.any(Number),
        replaced: false,
        savedTo: undefined,
      });
      const mixed = "for i in 1 2; do echo out$i; echo err$i >&2; done; printf end; (exit 7)";
      expect(await run(at.shell, mixed)).toMatchObject({ exitCode: 7, output: "out1\nerr1\nout2\nerr2\nend" });
      expect(await run(at.shell, "")).toMatchObject({ exitCode: 0, output: "" });
    });

    test("keeps directory, variables, functions, arguments, options and the last exit code", async () => {
      await using at = await open();
      await run(at.shell, "mkdir -p 'a b'; cd 'a b'; plain=1; export exported=2; declare -A map=([k]=v)");
      await run(
        at.shell,
        "greet() { echo \"hi $1\"; }; set -- x 'y z'; shopt -s extglob; umask 027; trap 'echo no' USR1",
      );
      expect(await outputOf(at.shell, 'pwd; echo $plain; sh -c "echo \\$exported"; declare -p map; echo $2')).toBe(
        `${at.sandbox.workspace}/a b\n1\n2\ndeclare -A map=([k]="v" )\ny z\n`,
      );
      expect(await outputOf(at.shell, "greet you; shopt -q extglob && echo on; umask; kill -USR1 $$")).toBe(
        "hi you\non\n0027\nno\n",
      );
      await run(at.shell, "(exit 5)");
      expect(await outputOf(at.shell, "echo $?")).toBe("5\n");
    });

    test("has no input and no terminal: what waits for an answer reads the end", async () => {
      await using at = await open();
      const result = await run(at.shell, "[ -t 0 ] || echo none; cat; read -r x || echo unanswered; head -c1 | wc -c");
      expect(result).toMatchObject({ exitCode: 0, output: "none\nunanswered\n0\n", replaced: false });
    });

    test("answers a line that is no command with the shell's complaint, and goes on", async () => {
      await using at = await open();
      await run(at.shell, "here=still");
      for (const line of ["echo 'never closed", 'echo "open', "if true", "echo )", "case", "{"]) {
        const result = await run(at.shell, line);
        expect(result).toMatchObject({ replaced: false, timedOut: false });
        expect(result.exitCode).not.toBe(0);
        expect(result.output).toMatch(/syntax error|unexpected/i);
      }
      expect(await run(at.shell, "cat <<END\ntext\n")).toMatchObject({ output: expect.stringContaining("text\n") });
      expect(await run(at.shell, "not-a-program")).toMatchObject({ exitCode: 127, replaced: false });
      expect(await run(at.shell, "break; continue; return 4")).toMatchObject({ replaced: false });
      expect(await outputOf(at.shell, "echo $here")).toBe("still\n");
    });

    test("takes lines of any length, with any character, and several at once", async () => {
      await using at = await open();
      const text = `ü '"\`$HOME\\ 🚀 \t!! ${"x".repeat(200_000)}`;
      const line = `cat >file <<'END'\n${text}\nEND\nwc -c <file\nhead -c 8 file`;
      expect((await run(at.shell, line)).output.trim()).toBe(`${Buffer.byteLength(text) + 1}\nü '"\`$H`);
      await expect(run(at.shell, "echo \0")).rejects.toMatchObject({ code: "bad_input" });
    });

    test("lets what a command left in the background go on, until the shell is disposed of", async () => {
      await using at = await open();
      const server = "(until [ -s stop ]; do echo noise; sleep 0.01; done; echo 1 >stopped) & echo $! started";
      expect(await run(at.shell, server)).toMatchObject({ exitCode: 0, output: expect.stringContaining("started\n") });
      expect(await run(at.shell, `echo 1 >stop; ${until("stopped")}`)).toMatchObject({ exitCode: 0, timedOut: false });
      await run(at.shell, "sleep 300 & echo $! >pids; setsid sleep 300 & echo $! >>pids; (sleep 300 &)");
      await run(at.shell, "exit");
      await run(at.shell, "sleep 300 & echo $! >>pids");
      await at.shell[Symbol.asyncDispose]();
      const left = await running(at.sandbox, `for pid in $(cat pids); do ${gone("$pid")}; done; wc -l <pids`);
      expect(left.output.trim()).toBe("3");
    });

    test("runs one command at a time", async () => {
      await using at = await open();
      const first = run(at.shell, until("file"));
      await expect(run(at.shell, "true")).rejects.toThrow("one command at a time");
      await running(at.sandbox, "echo 1 >file");
      expect(await first).toMatchObject({ exitCode: 0 });
    });

    test("works beside others in the same sandbox, each with its own state", async () => {
      await using at = await open();
      await using other = await at.sandbox.openShell({ signal });
      await run(at.shell, 'mine=1; cd /; sleep 300 & echo $! >"$OLDPWD/pid"');
      expect(await outputOf(other, 'echo "[$mine]"; pwd')).toBe(`[]\n${at.sandbox.workspace}\n`);
      await run(other, "sleep 300", { timeoutMs: 300 });
      expect(await run(at.shell, 'kill -0 $(cat "$OLDPWD/pid"); echo $mine')).toMatchObject({ output: "1\n" });
    });
  });
}

describe("a kept shell on a machine without bash", () => {
  test("is a plain sh that keeps the same promises", async () => {
    const path = mkdtempSync(join(tmpdir(), "programs-"));
    for (const from of ["/bin", "/usr/bin"]) {
      for (const name of readdirSync(from)) {
        if (!/^r?bash$/.test(name) && !existsSync(join(path, name))) symlinkSync(join(from, name), join(path, name));
      }
    }
    try {
      await using sandbox = await processProvider({ owner, path }).create(aRequest(), { signal });
      await using shell = await sandbox.openShell({ signal });
      expect(await run(shell, 'kept=still; cd /usr; echo "[$BASH]"')).toMatchObject({ exitCode: 0, output: "[]\n" });
      for (const line of ["echo 'never closed", "if true", "echo )", "echo $("]) {
        expect(await run(shell, line)).toMatchObject({ exitCode: 2, replaced: false });
      }
      expect(await run(shell, "pwd; read -r x || echo $kept; (exit 4)")).toMatchObject({
        exitCode: 4,
        output: "/usr\nstill\n",
      });
      expect(await run(shell, "echo half; sleep 60", { timeoutMs: 500 })).toMatchObject({
        exitCode: null,
        output: "half\n",
        replaced: true,
      });
      expect(await run(shell, "exit 3")).toMatchObject({ exitCode: 3, replaced: true });
      expect(await run(shell, "pwd")).toMatchObject({ output: `${sandbox.workspace}\n`, replaced: false });
    } finally {
      rmSync(path, { recursive: true });
    }
  });
});
