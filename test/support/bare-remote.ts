import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Change } from "../../src/domain/forge.ts";
import type { Repository } from "../../src/domain/repository.ts";

const run = promisify(execFile);

interface Commit {
  readonly onto: string;
  readonly files: Readonly<Record<string, string>>;
  /** Where it goes; by default it stays in the working copy. */
  readonly push?: string;
}

/** A real bare repository in a folder that stands for a forge, and a working copy of a person beside it. */
export interface BareRemote extends AsyncDisposable {
  readonly repo: Repository;
  /** What a forge's address is: `${webUrl}/owner/name.git` can be cloned. */
  readonly webUrl: string;
  readonly folder: string;
  readonly bare: string;
  /** A new folder of the test's own. */
  readonly dataDir: string;
  /** Makes a commit on top of `onto` and returns its hash. */
  commit(commit: Commit): Promise<string>;
  /** The commits between the two as they come out of a sandbox. */
  change(baseSha: string, headSha: string, ref?: string): Promise<Change>;
  /** Git in the bare repository. */
  git(...args: string[]): Promise<string>;
  /** Git in the person's working copy. */
  work(...args: string[]): Promise<string>;
}

const environment = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

async function git(cwd: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", [...args], { cwd, env: environment, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** @param empty leaves the repository without a commit. */
export async function bareRemote({ empty = false } = {}): Promise<BareRemote> {
  const folder = await mkdtemp(join(tmpdir(), "nightshift-remote-"));
  const bare = join(folder, "forge", "acme", "shop.git");
  const copy = join(folder, "work");
  const dataDir = join(folder, "data");
  await mkdir(dataDir);
  await git(folder, ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await git(folder, ["init", "--quiet", "--initial-branch=main", copy]);
  await git(copy, ["remote", "add", "origin", bare]);

  const remote: BareRemote = {
    repo: { owner: "acme", name: "shop", installationId: 1 },
    webUrl: `file://${join(folder, "forge")}`,
    folder,
    bare,
    dataDir,
    async commit({ onto, files, push }) {
      if (onto !== "") await git(copy, ["checkout", "--quiet", "--detach", onto]);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(copy, path)), { recursive: true });
        await writeFile(join(copy, path), text);
      }
      await git(copy, ["add", "--all"]);
      await git(copy, ["commit", "--quiet", "--message", `Change ${Object.keys(files).join(", ")}`]);
      const sha = await git(copy, ["rev-parse", "HEAD"]);
      if (push !== undefined) await git(copy, ["push", "--quiet", "--force", "origin", `${sha}:refs/heads/${push}`]);
      return sha;
    },
    async change(baseSha, headSha, ref = "refs/heads/change") {
      const path = join(folder, "out.bundle");
      await git(copy, ["update-ref", ref, headSha]);
      await git(copy, ["bundle", "create", "--quiet", path, ref, `^${baseSha}`]);
      return { baseSha, headSha, bundle: await readFile(path) };
    },
    git: (...args) => git(bare, args),
    work: (...args) => git(copy, args),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
  if (!empty) await remote.commit({ onto: "", files: { "cart.js": "export const total = 0;\n" }, push: "main" });
  return remote;
}
