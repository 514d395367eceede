import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { killShell, startShellProcess } from "../../../../src/sandbox/process/process-shell.ts";
import { openKeptShell } from "../../../../src/sandbox/shell/kept-shell.ts";
import type { ShellHost } from "../../../../src/sandbox/shell/shell-process.ts";

const signal = new AbortController().signal;
const env = { PATH: process.env["PATH"] ?? "" };

/** Shells of this machine; each of the first `dying` ends when it is given its first command, which it does not run. */
function aHost(dying: number): ShellHost & { readonly started: () => number } {
  let started = 0;
  const groups = new Set<number>();
  const untilAsked = 'while read -r line; do case $line in "__nightshift_begin "*) exit 1 ;; esac; done';
  return {
    workspace: tmpdir(),
    scratch: tmpdir(),
    started: () => started,
    async start(argv) {
      started += 1;
      const shell = await startShellProcess(started <= dying ? ["sh", "-c", untilAsked] : argv, env);
      groups.add(shell.pid);
      return shell;
    },
    kill: (tag, since) => killShell(tag, since, groups),
  };
}

test("a command that a dying shell did not begin is run by the next one, and this is told", async () => {
  const host = aHost(1);
  await using shell = await openKeptShell(host, { signal });
  const command = { line: "echo once", timeoutMs: 20_000 };
  expect(await shell.run(command, { signal })).toMatchObject({ exitCode: 0, output: "once\n", replaced: true });
  expect(await shell.run(command, { signal })).toMatchObject({ exitCode: 0, output: "once\n", replaced: false });
  expect(host.started()).toBe(2);
});

test("a sandbox in which no shell begins anything is a failure, not an endless trial", async () => {
  await using shell = await openKeptShell(aHost(9), { signal });
  const run = shell.run({ line: "echo never", timeoutMs: 20_000 }, { signal });
  await expect(run).rejects.toMatchObject({ code: "sandbox_failed" });
});
