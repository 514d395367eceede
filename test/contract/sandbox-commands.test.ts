import { describe, expect, test } from "vitest";
import type { SandboxRequest } from "../../src/domain/sandbox.ts";
import { never, outputOf, providers, request, run } from "../support/sandboxes.ts";

for (const { provider, here } of providers) {
  describe.skipIf(!here)(`a sandbox of the ${provider.name} provider`, () => {
    const create = (changes: Partial<SandboxRequest> = {}) => provider.create(request(changes), { signal: never });
    test("tells the exit code, and both outputs in the order in which they came", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "for i in 1 2 3; do echo out$i; echo err$i >&2; done; exit 7");
      expect(result).toMatchObject({ exitCode: 7, output: "out1\nerr1\nout2\nerr2\nout3\nerr3\n" });
    });

    test("runs lines for bash, in the folder and with the variables that are asked for", async () => {
      await using sandbox = await create();
      await run(sandbox, "mkdir -p 'a folder'");
      const line = '[[ "$GREETING" =~ ^h ]] && echo "$GREETING" && pwd';
      const result = await run(sandbox, line, { cwd: "a folder", env: { GREETING: "hé $HOME\n!" } });
      expect(result.output).toBe(`hé $HOME\n!\n${sandbox.workspace}/a folder\n`);
    });

    test("tells of a folder that is not there as a failed command", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "echo never", { cwd: "/not/there" });
      expect(result.exitCode).toBe(1);
      expect(result.output).toContain("/not/there");
    });

    test("kills all of a command at its time-out, and nothing else", async () => {
      await using sandbox = await create();
      await run(sandbox, "sleep 300 >/dev/null 2>&1 & echo $! >bystander");
      const detached = `require("node:child_process").spawn("sleep", ["60"], { detached: true })`;
      const line = `sleep 60 & echo $! >pids; node -e 'console.log((${detached}).pid)' >>pids & touch ready; sleep 60`;
      const result = await run(sandbox, line, { timeoutMs: 1_500 });
      expect(result).toMatchObject({ exitCode: null, timedOut: true });
      expect(result.durationMs).toBeLessThan(20_000);
      // Dead ones may stay in the table until they are collected.
      const gone = await run(sandbox, 'for pid in $(cat pids); do while kill -0 "$pid"; do :; done; done; wc -l <pids');
      expect(gone).toMatchObject({ exitCode: 0 });
      expect(gone.output.trim().endsWith("2")).toBe(true);
      expect(await run(sandbox, "kill -0 $(cat bystander)")).toMatchObject({ exitCode: 0 });
    });

    test("keeps what was printed before the time-out", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "echo before; sleep 60", { timeoutMs: 1_000 });
      expect(result.output).toBe("before\n");
    });

    test("stops a command when the signal fires and lives on", async () => {
      await using sandbox = await create();
      const controller = new AbortController();
      const running = run(sandbox, "echo $$ >pid; sleep 60", {}, controller.signal);
      await run(sandbox, "until [ -s pid ]; do :; done");
      controller.abort();
      await expect(running).rejects.toMatchObject({ code: "cancelled" });
      expect(await run(sandbox, "while kill -0 $(cat pid); do :; done")).toMatchObject({ exitCode: 0 });
    });

    test("starts nothing once the signal has fired", async () => {
      const gone = AbortSignal.abort();
      await expect(provider.create(request(), { signal: gone })).rejects.toMatchObject({ code: "cancelled" });
      await using sandbox = await create();
      await expect(run(sandbox, "touch file", {}, gone)).rejects.toMatchObject({ code: "cancelled" });
      expect(await outputOf(sandbox, "ls")).toBe("");
    });

    test("lets a process that a command left behind go on, until disposal", async () => {
      await using sandbox = await create();
      const first = await run(sandbox, "(until [ -e stop ]; do sleep 0.02; done; touch stopped) & echo started");
      expect(first).toMatchObject({ exitCode: 0, output: "started\n" });
      const second = await run(sandbox, "touch stop; until [ -e stopped ]; do sleep 0.02; done");
      expect(second).toMatchObject({ exitCode: 0, timedOut: false });
    });

    test("says null for the exit code of a command that was killed", async () => {
      await using sandbox = await create();
      expect(await run(sandbox, "kill -KILL $$")).toMatchObject({ exitCode: null, timedOut: false });
    });

    test("keeps the beginning and the end of a huge output and says how much is left out", async () => {
      await using sandbox = await create();
      const result = await run(sandbox, "echo first; head -c 5000000 /dev/zero | tr '\\0' x; echo last; exit 3");
      expect(result.exitCode).toBe(3);
      expect(result.output.length).toBeLessThan(1_001_000);
      expect(result.output).toMatch(/^first\nx+\n\[\.\.\. 4000011 bytes left out \.\.\.\]\nx+last\n$/);
    });

    test("replaces what is not UTF-8", async () => {
      await using sandbox = await create();
      expect((await run(sandbox, "printf 'a\\377b'")).output).toBe("a\u{fffd}b");
    });

    test("refuses a line that no system would take", async () => {
      await using sandbox = await create();
      await expect(run(sandbox, `: ${"x".repeat(200_000)}`)).rejects.toMatchObject({ code: "bad_input" });
      await expect(run(sandbox, "echo \0")).rejects.toMatchObject({ code: "bad_input" });
      expect(await run(sandbox, `: ${"x".repeat(120_000)}`)).toMatchObject({ exitCode: 0 });
    });
  });
}
