import type { Sandbox, Shell } from "../domain/sandbox.ts";

/** A kept shell of the sandbox that is opened by its first command: many an agent never needs one. */
export function lazyShell(sandbox: Sandbox): Shell {
  let shell: Shell | undefined;
  return {
    async run(command, options) {
      shell ??= await sandbox.openShell(options);
      return await shell.run(command, options);
    },
    async [Symbol.asyncDispose]() {
      await shell?.[Symbol.asyncDispose]();
    },
  };
}
