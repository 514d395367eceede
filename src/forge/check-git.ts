import { explain } from "../domain/errors.ts";
import type { HealthCheck } from "../domain/health.ts";
import type { Git } from "./git.ts";

/** The first with GIT_CONFIG_GLOBAL; tokens go by GIT_CONFIG_COUNT, which is older. */
const oldestGit = [2, 32] as const;

/** Whether git works and is new enough. */
export async function checkGit(git: Git): Promise<HealthCheck> {
  const remedy = `Install git ${oldestGit.join(".")} or newer and make sure that it is on the PATH.`;
  try {
    const { stdout } = await git(["--version"], { signal: AbortSignal.timeout(10_000) });
    const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
    const ok = Number(major) > oldestGit[0] || (Number(major) === oldestGit[0] && Number(minor) >= oldestGit[1]);
    return { name: "git", ok, detail: stdout.trim(), ...(ok ? {} : { remedy }) };
  } catch (error) {
    return { name: "git", ok: false, detail: explain(error) };
  }
}
