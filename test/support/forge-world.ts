import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { githubForge } from "../../src/forge/github/github-forge.ts";
import { type GitHubLookAlike, type StartOptions, startGitHub } from "../../src/playground/github/start-github.ts";

export const { signal } = new AbortController();

/** A GitHub with one repository and an issue, and the forge that talks to it. */
export async function arrange(options: StartOptions & { readonly installed?: boolean } = {}) {
  const stack = new AsyncDisposableStack();
  const github = stack.use(await startGitHub(options));
  const dataDir = await mkdtemp(join(tmpdir(), "nightshift-forge-"));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const repo = await github.addRepository({
    owner: "acme",
    name: "shop",
    files: {
      "cart.js": "export const total = 0;\n",
      ".github/nightshift.yml": "test: npm test\n",
      "läden/é.txt": "é\n",
    },
    installed: options.installed ?? true,
  });
  const ada = github.addUser("ada");
  github.setPermission(repo, "ada", "write");
  const { number: issue } = await github.openIssue(repo, { by: "ada", title: "Total is wrong", body: "" });
  const told: string[] = [];
  const forge = githubForge({ ...connection(github), dataDir, log: (message) => told.push(message) });
  return { github, repo, ada, issue, forge, dataDir, told, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

export function connection({ app, apiUrl, url }: GitHubLookAlike) {
  return { appId: app.id, privateKey: app.privateKey, apiUrl, webUrl: url, secondMs: 1 };
}

type Arranged = Awaited<ReturnType<typeof arrange>>;

/** A branch with a commit on it, and what to ask for. */
export async function branchFor({ github, repo }: Arranged, branch = "fix/1-total") {
  await github.commit(repo, { branch, message: "Fix", files: { "cart.js": "fixed\n" }, by: "ada" });
  return { repo, branch, base: "main", title: "Fix the total", body: "Closes #1", draft: true };
}

export const asked = ({ github }: Arranged, method: string, path: RegExp) =>
  github.requests().filter((request) => request.method === method && path.test(request.path)).length;

/** A commit on top of `base`, made in the bare repository and bundled as a sandbox would. */
export async function changeOn(path: string, base: string, folder: string) {
  const work = join(folder, "work");
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", work, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args])
      .toString()
      .trim();
  execFileSync("git", ["clone", "--quiet", "--shared", path, work]);
  git("commit", "--quiet", "--allow-empty", "--message", "Fix");
  git("update-ref", "refs/heads/change", "HEAD");
  git("bundle", "create", "--quiet", join(folder, "out.bundle"), "refs/heads/change", `^${base}`);
  const headSha = git("rev-parse", "HEAD");
  return { headSha, change: { baseSha: base, headSha, bundle: await readFile(join(folder, "out.bundle")) } };
}
