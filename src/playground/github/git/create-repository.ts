import { mkdir } from "node:fs/promises";
import { runGit } from "./run-git.ts";

/** Makes a bare repository at `path` whose HEAD is `defaultBranch`. */
export async function createRepository(path: string, defaultBranch: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await runGit(path, ["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`]);
  await runGit(path, ["config", "http.receivepack", "true"]);
  // Like GitHub: any commit that can be reached may be fetched by its SHA.
  await runGit(path, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
}
