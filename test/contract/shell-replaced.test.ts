import { describe, expect, test } from "vitest";
import { dockerProvider } from "../../src/sandbox/docker/docker-provider.ts";
import {
  aRequest,
  gone,
  hasDocker,
  nextTick,
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
