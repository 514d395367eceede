import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Sandbox, SandboxRequest, Shell, ShellCommand } from "../../src/domain/sandbox.ts";
import { dockerProvider } from "../../src/sandbox/docker-provider.ts";
import { processProvider } from "../../src/sandbox/process-provider.ts";
import { srtProvider } from "../../src/sandbox/srt-provider.ts";
import { bareMirror } from "../support/bare-mirror.ts";
import { dockerForTests, srtForTests } from "../support/sandbox-providers.ts";

const mirror = bareMirror({ "README.md": "hello\n" });
afterAll(() => mirror[Symbol.dispose]());

const owner = `test-${randomUUID()}`;
const limits = { memoryMb: 512, cpus: 1, processes: 100, diskMb: 2_000, openFiles: 4_096 };
const signal = new AbortController().signal;

function aRequest(processes = limits.processes): SandboxRequest {
  const ours = { ...limits, processes };
  return { runId: "run-1", lease: 1, purpose: "work", mirror: mirror.path, network: "none", limits: ours };
}

const hasDocker = await dockerForTests();
const hasSrt = await srtForTests();
const providers = [
  { provider: dockerProvider({ owner }), here: hasDocker },
  { provider: srtProvider({ owner }), here: hasSrt },
  { provider: processProvider({ owner }), here: true },
];

function run(shell: Shell, line: string, more: Partial<ShellCommand> = {}, until: AbortSignal = signal) {
  return shell.run({ line, timeoutMs: 30_000, ...more }, { signal: until });
}

async function outputOf(shell: Shell, line: string): Promise<string> {
  return (await run(shell, line)).output;
}

function running(sandbox: Sandbox, line: string) {
  return sandbox.run({ line, timeoutMs: 30_000 }, { signal });
}

/** Waits until the file is there and says something. */
const until = (file: string) => `until [ -s ${file} ]; do sleep 0.01; done`;
/** Dead ones may stay in the table until they are collected. */
const gone = (pid: string) => `while kill -0 ${pid} 2>/dev/null; do sleep 0.01; done`;
/** So that what comes next begins at another hundredth of a second. */
const nextTick = `read -r now _ </proc/uptime; while read -r then _ </proc/uptime; [ "$then" = "$now" ]; do :; done`;

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a kept shell in a sandbox of the ${provider.name} provider`, () => {
    async function open() {
      const sandbox = await provider.create(aRequest(), { signal });
      const shell = await sandbox.openShell({ signal });
      return { sandbox, shell, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
    }

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

    test("is replaced after a line that bash does not survive", async () => {
      await using at = await open();
      for (const line of ["echo $(", 'echo "$(date', "x=$(echo ')'"]) {
        const result = await run(at.shell, line);
        expect(result).toMatchObject({
          exitCode: 2,
          replaced: true,
          output: expect.stringContaining("unexpected EOF"),
        });
        for (const word of ["a", "b", "c"]) {
          expect(await run(at.shell, `echo ${word}`)).toMatchObject({ output: `${word}\n`, replaced: false });
        }
      }
      expect(await run(at.shell, "bash -c 'echo $('")).toMatchObject({ exitCode: 2, replaced: false });
    });

    test("takes lines of any length, with any character, and several at once", async () => {
      await using at = await open();
      const text = `ü '"\`$HOME\\ 🚀 \t!! ${"x".repeat(200_000)}`;
      const line = `cat >file <<'END'\n${text}\nEND\nwc -c <file\nhead -c 8 file`;
      expect((await run(at.shell, line)).output.trim()).toBe(`${Buffer.byteLength(text) + 1}\nü '"\`$H`);
      await expect(run(at.shell, "echo \0")).rejects.toMatchObject({ code: "bad_input" });
    });

    test("is replaced after an `exit`, whose code is told, and the new one is a new one", async () => {
      await using at = await open();
      await run(at.shell, "mkdir deep; cd deep; old=yes");
      expect(await run(at.shell, "echo before; exit 3")).toMatchObject({
        exitCode: 3,
        output: "before\n",
        replaced: true,
        timedOut: false,
      });
      expect(await run(at.shell, 'pwd; echo "[$old]"')).toMatchObject({
        output: `${at.sandbox.workspace}\n[]\n`,
        replaced: false,
      });
    });

    test("is replaced after a failure under `set -e`, after `exec` of a program, and when it is killed", async () => {
      await using at = await open();
      expect(await run(at.shell, "set -e; true")).toMatchObject({ exitCode: 0, replaced: false });
      expect(await run(at.shell, "echo one; false; echo two")).toMatchObject({
        exitCode: 1,
        output: "one\n",
        replaced: true,
      });
      expect(await run(at.shell, "exec sh -c 'echo instead; exit 6'")).toMatchObject({
        exitCode: 6,
        output: "instead\n",
        replaced: true,
      });
      expect(await run(at.shell, "kill -KILL $$")).toMatchObject({ exitCode: null, timedOut: false, replaced: true });
      expect(await run(at.shell, "echo well")).toMatchObject({ exitCode: 0, output: "well\n", replaced: false });
    });

    test("says so when it had died between two commands, and runs the next one all the same", async () => {
      await using at = await open();
      const pid = await outputOf(at.shell, "echo $$");
      await running(at.sandbox, `kill -KILL ${pid.trim()}; ${gone(pid.trim())}`);
      expect(await run(at.shell, "echo again >>file; cat file")).toMatchObject({ output: "again\n", replaced: true });
      expect(await run(at.shell, "true")).toMatchObject({ replaced: false });
    });

    test("is not put off by redirections, traps and tracing that a command leaves behind", async () => {
      await using at = await open();
      for (const line of ["exec >file 2>&1", "exec 8>&- 0<&-", "exec 1>&- 2>&-", "trap 'echo bye' EXIT DEBUG ERR"]) {
        expect(await run(at.shell, line)).toMatchObject({ replaced: false, exitCode: 0 });
      }
      await run(at.shell, "trap - DEBUG ERR; set -xv");
      expect(await outputOf(at.shell, "echo traced")).toMatch(/^echo traced\n\++ echo traced\ntraced\n$/);
      expect(await run(at.shell, "set +xv; set -u; IFS=0123456789abcdef; echo fine")).toMatchObject({
        output: /fine\n$/,
      });
      expect(await run(at.shell, "printf() { :; }; read() { :; }; eval() { :; }; echo fine")).toMatchObject({
        exitCode: 0,
        output: "fine\n",
      });
      expect(await run(at.shell, "echo still; exit 2")).toMatchObject({ exitCode: 2, output: "still\nbye\n" });
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

    test("kills at the time-out all that the command started, and nothing from before", async () => {
      await using at = await open();
      await run(
        at.shell,
        `sleep 300 & echo $! >before; (while :; do sleep 0.01; done) & echo $! >>before; ${nextTick}`,
      );
      const line = `sleep 301 & echo $! >pids; setsid sleep 302 & echo $! >>pids
        (while :; do :; done) & echo $! >>pids; env -i sleep 303 & echo $! >>pids
        echo half; sleep 304; echo never; touch never`;
      const result = await run(at.shell, line, { timeoutMs: 3_000 });
      expect(result).toMatchObject({ exitCode: null, timedOut: true, replaced: true, output: "half\n" });
      expect(result.durationMs).toBeLessThan(20_000);
      expect(await run(at.shell, "pwd")).toMatchObject({ output: `${at.sandbox.workspace}\n`, replaced: false });
      const left = await run(at.shell, `for pid in $(cat pids); do ${gone("$pid")}; done; wc -l <pids; ls never`);
      expect(left.output).toMatch(/^\s*4\n.*never/);
      expect(await run(at.shell, "for pid in $(cat before); do kill -0 $pid || exit 9; done")).toMatchObject({
        exitCode: 0,
      });
    });

    test("stops a command when the signal fires, and takes the next one", async () => {
      await using at = await open();
      const controller = new AbortController();
      const stopped = run(at.shell, "echo $$ >pid; sleep 300", {}, controller.signal);
      const outcome = expect(stopped).rejects.toMatchObject({ code: "cancelled" });
      await running(at.sandbox, until("pid"));
      controller.abort();
      await outcome;
      expect(await run(at.shell, gone("$(cat pid)"))).toMatchObject({ exitCode: 0, replaced: true });
      await expect(run(at.shell, "touch file", {}, controller.signal)).rejects.toMatchObject({ code: "cancelled" });
      expect(await outputOf(at.shell, "ls")).toBe("pid\n");
      await expect(at.sandbox.openShell({ signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
    });

    test("runs one command at a time", async () => {
      await using at = await open();
      const first = run(at.shell, until("file"));
      await expect(run(at.shell, "true")).rejects.toThrow("one command at a time");
      await running(at.sandbox, "echo 1 >file");
      expect(await first).toMatchObject({ exitCode: 0 });
    });

    test("tells of the output as it comes, in whole characters", async () => {
      await using at = await open();
      const heard: string[] = [];
      const { promise: first, resolve } = Promise.withResolvers<void>();
      const onOutput = (text: string) => {
        heard.push(text);
        resolve();
      };
      const whole = run(at.shell, `printf 'a\\342\\202'; ${until("go")}; printf '\\254b\\377'`, { onOutput });
      await first;
      expect(heard).toEqual(["a"]);
      await running(at.sandbox, "echo 1 >go");
      expect(await whole).toMatchObject({ output: "a€b\u{fffd}" });
      expect(heard.join("")).toBe("a€b\u{fffd}");
    });

    test("takes any bytes for output, also those that stand for its own protocol", async () => {
      await using at = await open();
      const bytes = await run(at.shell, "head -c 100000 /dev/urandom | tee file; exit_code=1");
      expect(bytes).toMatchObject({ exitCode: 0, replaced: false });
      expect(bytes.output).toBe((await at.sandbox.readFile(`${at.sandbox.workspace}/file`)).toString("utf8"));
      const forged = "set; declare -f; cat /proc/$$/cmdline; fc -l 2>&1; ps ww 2>&1; tr '\\0' '\\n' </proc/$$/environ";
      expect(await run(at.shell, `${forged}; echo last`)).toMatchObject({ output: /last\n$/, exitCode: 0 });
      expect(
        await run(at.shell, "for i in 1 2 3; do printf '%s\\n' 00112233445566778899aabbccddeeff\\ 0; done"),
      ).toMatchObject({ output: "00112233445566778899aabbccddeeff 0\n".repeat(3) });
    });

    test("keeps head and tail of a long output, and saves all of it where it can be read", async () => {
      await using at = await open();
      const result = await run(at.shell, "seq 1 300000; (exit 3)", { keepBytes: 1_000 });
      expect(result).toMatchObject({ exitCode: 3, replaced: false });
      expect(result.output).toMatch(/^1\n2\n[\d\n]*\n\[\.\.\. 1987895 bytes left out \.\.\.\]\n[\d\n]*\n300000\n$/);
      expect(result.output.length).toBeLessThan(1_100);
      expect(result.savedTo?.startsWith(`${at.sandbox.scratch}/`)).toBe(true);
      expect(await outputOf(at.shell, `seq 1 300000 | cmp - ${result.savedTo} && echo same`)).toBe("same\n");
      expect(await run(at.shell, "head -c 1000 /dev/zero", { keepBytes: 1_000 })).toMatchObject({ savedTo: undefined });
    });

    test("keeps a few saved outputs only", async () => {
      await using at = await open();
      const results = [];
      for (let n = 0; n < 10; n += 1) results.push(await run(at.shell, `seq ${n} 100`, { keepBytes: 100 }));
      const files = (await outputOf(at.shell, `ls ${at.sandbox.scratch}/*`)).trim().split("\n");
      expect(files.toSorted()).toEqual(
        results
          .slice(-8)
          .map(({ savedTo }) => savedTo)
          .toSorted(),
      );
    });

    test("bears an output without end: neither memory nor disk is filled", async () => {
      await using at = await open();
      let heard = 0;
      const before = process.memoryUsage().rss;
      const onOutput = (text: string) => {
        heard += text.length;
      };
      const result = await run(at.shell, "yes", { timeoutMs: 4_000, onOutput });
      expect(result).toMatchObject({ exitCode: null, timedOut: true, replaced: true });
      expect(result.output.length).toBeLessThan(1_001_000);
      expect(heard).toBeGreaterThan(50_000_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
      expect((await outputOf(at.shell, `wc -c <${result.savedTo}`)).trim()).toBe("50000000");
      expect(await run(at.shell, "yes & echo on")).toMatchObject({ exitCode: 0, timedOut: false });
      expect(await run(at.shell, "kill %1 || kill $!; echo well")).toMatchObject({
        output: /well\n$/,
        timedOut: false,
      });
    });

    test("goes on where a program has left the output in another mode", async () => {
      await using at = await open();
      const line = `node -e 'process.stdout.write("x".repeat(3000000))'; echo; node -e 'console.log(1)'`;
      for (let n = 0; n < 3; n += 1)
        expect(await run(at.shell, line)).toMatchObject({ exitCode: 0, output: /x\n1\n$/ });
    });

    test("works beside others in the same sandbox, each with its own state", async () => {
      await using at = await open();
      await using other = await at.sandbox.openShell({ signal });
      await run(at.shell, 'mine=1; cd /; sleep 300 & echo $! >"$OLDPWD/pid"');
      expect(await outputOf(other, 'echo "[$mine]"; pwd')).toBe(`[]\n${at.sandbox.workspace}\n`);
      await run(other, "sleep 300", { timeoutMs: 300 });
      expect(await run(at.shell, 'kill -0 $(cat "$OLDPWD/pid"); echo $mine')).toMatchObject({ output: "1\n" });
    });

    test("is lost with its sandbox, in a command and between two", async () => {
      const at = await open();
      const lost = { code: "sandbox_lost", retryable: true };
      const outcome = expect(run(at.shell, "echo 1 >file; sleep 300")).rejects.toMatchObject(lost);
      await running(at.sandbox, until("file"));
      await at.sandbox[Symbol.asyncDispose]();
      await outcome;
      await expect(run(at.shell, "true")).rejects.toMatchObject(lost);
      await expect(at.sandbox.openShell({ signal })).rejects.toMatchObject(lost);
      await at.shell[Symbol.asyncDispose]();
    });
  });
}

describe.skipIf(!hasDocker)("a kept shell in a sandbox of the docker provider", () => {
  test("is replaced, and the sandbox keeps its files, after a command that left no room for one more process", async () => {
    await using sandbox = await dockerProvider({ owner }).create(aRequest(40), { signal });
    await using shell = await sandbox.openShell({ signal });
    const program = `import os, signal
while True:
    try: os.fork()
    except OSError: signal.pause()`;
    const result = await run(shell, `echo kept >file; python3 -c '${program}'`, { timeoutMs: 2_000 });
    expect(result).toMatchObject({ exitCode: null, timedOut: true, replaced: true });
    expect(await outputOf(shell, "cat file; pgrep -c python3")).toBe("kept\n0\n");
  });

  test("is replaced when it is killed for its memory", async () => {
    await using sandbox = await dockerProvider({ owner }).create(aRequest(), { signal });
    await using shell = await sandbox.openShell({ signal });
    const result = await run(shell, "while :; do x=$x$x$(seq 100000); done");
    expect(result).toMatchObject({ exitCode: null, timedOut: false, replaced: true });
    expect(await outputOf(shell, "echo alive")).toBe("alive\n");
  });
});

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
