import type { Sandbox } from "../domain/sandbox.ts";

/** A sandbox that is touched only after `free`, and removed only after `done`. Neither may fail. */
export function heldSandbox(sandbox: Sandbox, free: Promise<void>, done: Promise<void>): Sandbox {
  const { id, provider, workspace, mirror, scratch } = sandbox;
  return {
    id,
    provider,
    workspace,
    mirror,
    scratch,
    run: async (command, options) => {
      await free;
      return await sandbox.run(command, options);
    },
    openShell: async (options) => {
      await free;
      return await sandbox.openShell(options);
    },
    readFile: async (path, options) => {
      await free;
      return await sandbox.readFile(path, options);
    },
    writeFile: async (path, content) => {
      await free;
      await sandbox.writeFile(path, content);
    },
    async [Symbol.asyncDispose]() {
      await done;
      await sandbox[Symbol.asyncDispose]();
    },
  };
}
