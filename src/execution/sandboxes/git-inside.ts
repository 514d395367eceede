import { NightshiftError } from "../../domain/errors.ts";
import type { CommandResult, Sandbox } from "../../domain/sandbox.ts";
import { lastLines } from "./set-up.ts";

type GitConfig = readonly (readonly [key: string, value: string])[];

// What was set up before, by husky say, must not have the repository's own programs run when a commit is checked out.
const always: GitConfig = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
];

/** Runs git in the sandbox, with `config` for this call and without hooks. @throws NightshiftError `sandbox_failed` with what git said. */
export async function git(
  sandbox: Sandbox,
  line: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
  config: GitConfig = [],
): Promise<CommandResult> {
  const settings = configEnvironment([...always, ...config]);
  const result = await sandbox.run({ line, env: { ...env, ...settings }, timeoutMs: 300_000 }, { signal });
  if (result.exitCode === 0) return result;
  throw new NightshiftError(
    "sandbox_failed",
    `git failed in the sandbox (exit code ${result.exitCode}): ${lastLines(result.output, 5)}`,
  );
}

function configEnvironment(config: GitConfig): Readonly<Record<string, string>> {
  const entries = config.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(config.length), ...Object.fromEntries(entries) };
}
