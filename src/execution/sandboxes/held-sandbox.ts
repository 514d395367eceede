import { NightshiftError } from "../../domain/errors.ts";
import type { Sandbox } from "../../domain/sandbox.ts";

/**
 * A sandbox that is touched only after `free`, and removed only after `done`, or without waiting for it once `signal` fires.
 * Neither may fail.
 */
export function heldSandbox(sandbox: Sandbox, free: Promise<void>, done: Promise<void>, signal: AbortSignal): Sandbox {
  const { id, provider, workspace, mirror, scratch } = sandbox;
  return {
    id,
    provider,
    workspace,
    mirror,
    scratch,
    run: async (command, options) => {
      await until(free, options.signal);
      return await sandbox.run(command, options);
    },
    openShell: async (options) => {
      await until(free, options.signal);
      return await sandbox.openShell(options);
    },
    readFile: async (path, options) => {
      await until(free, signal);
      return await sandbox.readFile(path, options);
    },
    writeFile: async (path, content) => {
      await until(free, signal);
      await sandbox.writeFile(path, content);
    },
    async [Symbol.asyncDispose]() {
      // What is being kept is not torn away; that room is made for it can wait for the next time.
      await free;
      await until(done, signal).catch(() => undefined);
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

/** @throws NightshiftError `cancelled` when the signal fires first. */
async function until(done: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: fired, reject } = Promise.withResolvers<never>();
  const cancel = () =>
    reject(new NightshiftError("cancelled", "Waiting for a snapshot was cancelled.", { cause: signal.reason }));
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    await Promise.race([done, fired]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
