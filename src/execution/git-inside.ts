import { NightshiftError } from "../domain/errors.ts";
import type { CommandResult, Sandbox } from "../domain/sandbox.ts";
import { lastLines } from "./set-up.ts";

/** Runs git in the sandbox. @throws NightshiftError `sandbox_failed` with what git said. */
export async function git(
  sandbox: Sandbox,
  line: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<CommandResult> {
  const result = await sandbox.run({ line, env, timeoutMs: 300_000 }, { signal });
  if (result.exitCode === 0) return result;
  throw new NightshiftError(
    "sandbox_failed",
    `git failed in the sandbox (exit code ${result.exitCode}): ${lastLines(result.output, 5)}`,
  );
}
