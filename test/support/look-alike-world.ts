import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { type GitHubLookAlike, type StartOptions, startGitHub } from "../../src/playground/github/start-github.ts";

export const shop = { owner: "acme", repo: "shop" };
export const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function appOctokit({ app, apiUrl }: GitHubLookAlike, auth: object = {}): Octokit {
  return new Octokit({
    authStrategy: createAppAuth,
    auth: { appId: app.id, privateKey: app.privateKey, ...auth },
    baseUrl: apiUrl,
    log: quiet,
  });
}

/** A GitHub with one repository, two people and an issue, and an Octokit that works as the App there. */
export async function arrange(options: StartOptions = {}) {
  const stack = new AsyncDisposableStack();
  const github = stack.use(await startGitHub(options));
  const repo = await github.addRepository({
    owner: "acme",
    name: "shop",
    files: { "README.md": "# Shop\n", "src/cart.js": "one\ntwo\n", "run.sh": "#!/bin/sh\necho hi\n" },
  });
  const mona = github.addUser("mona");
  github.setPermission(repo, "mona", "write");
  const { number: issue } = await github.openIssue(repo, { by: "mona", title: "Total is wrong", body: "See **cart**" });
  const octokit = appOctokit(github, { installationId: repo.installationId });
  const dir = await mkdtemp(join(tmpdir(), "look-alike-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  return { github, repo, mona, issue, octokit, dir, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type World = Awaited<ReturnType<typeof arrange>>;

/** A branch with one commit, pushed by a person. */
export async function pushBranch({ github, repo }: World, branch: string, text = "one\nthree\n"): Promise<string> {
  return await github.commit(repo, { branch, message: "Change the cart", files: { "src/cart.js": text }, by: "mona" });
}

export async function token({ github, repo }: World, permissions?: Record<string, string>): Promise<string> {
  const { data } = await appOctokit(github).rest.apps.createInstallationAccessToken({
    installation_id: repo.installationId,
    ...(permissions === undefined ? {} : { permissions }),
  });
  return data.token;
}

export async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=Robot", "-c", "user.email=robot@example.com"];
  const env = { PATH: process.env["PATH"], GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null", HOME: cwd };
  const { stdout } = await promisify(execFile)("git", [...identity, ...args], { cwd, env });
  return stdout.trim();
}

export function remote({ github }: World, secret: string): string {
  return `${github.url.replace("http://", `http://x-access-token:${secret}@`)}/acme/shop.git`;
}

export const refusal = (status: number, message: string) => ({ status, response: { data: { message } } });
