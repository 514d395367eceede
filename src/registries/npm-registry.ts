import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";

/**
 * The registry that npm itself would ask, by its own configuration: the user's, the machine's, or its default. Asked once.
 * `undefined` where there is no npm.
 */
export function npmRegistry(): () => Promise<string | undefined> {
  let asked: Promise<string | undefined> | undefined;
  return () => {
    asked ??= promisify(execFile)("npm", ["config", "get", "registry"], { cwd: homedir(), timeout: 30_000 }).then(
      ({ stdout }) => stdout.trim() || undefined,
      () => undefined,
    );
    return asked;
  };
}
