import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { Change, Mirror } from "../domain/forge.ts";
import { type Git, type GitOptions, gitOutput } from "./git.ts";

/** A bare repository of ours that borrows the mirror's objects and holds the change, checked. Disposal removes it. */
export interface ReceivedChange extends AsyncDisposable {
  readonly gitDir: string;
  /** The file that it came in. */
  readonly bundle: string;
}

const largestBundleBytes = 100 * 1024 * 1024;
/** A few kilobytes can unpack to gigabytes. No file of a change may be larger than this, and one is unpacked at a time. */
const bounded = { allocation: "128m", config: [["pack.threads", "1"]] } as const;
const changeRef = "refs/heads/change";
const sha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Takes a change from a sandbox, as what it is: bytes of a stranger. Git reads them only in a repository that we made,
 * every object is checked, and nothing enters the mirror.
 * @throws NightshiftError `bad_change` when it is not exactly one ref `refs/heads/change` at `headSha` that descends from `baseSha`.
 */
export async function receiveChange(
  git: Git,
  options: {
    readonly change: Change;
    readonly mirror: Mirror;
    readonly dataDir: string;
    readonly signal: AbortSignal;
  },
): Promise<ReceivedChange> {
  const { change, mirror, dataDir, signal } = options;
  if (!sha.test(change.headSha) || !sha.test(change.baseSha))
    throw badChange("its commits are not named by full hashes");
  if (change.headSha === change.baseSha) throw badChange("it holds no commit");
  if (change.bundle.byteLength > largestBundleBytes) {
    throw badChange(`it is ${Math.ceil(change.bundle.byteLength / 1024 / 1024)} MB, more than the 100 MB allowed`);
  }

  await mkdir(join(dataDir, "incoming"), { recursive: true });
  const folder = await mkdtemp(join(dataDir, "incoming", "change-"));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const gitDir = join(folder, "repository.git");
    const bundle = join(folder, "change.bundle");
    await writeFile(bundle, change.bundle, { mode: 0o600 });
    await prepare(git, gitDir, { change, mirror, signal });
    await inspect(git, { gitDir, bundle, change, signal });
    return { gitDir, bundle, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function prepare(
  git: Git,
  gitDir: string,
  { change, mirror, signal }: { readonly change: Change; readonly mirror: Mirror; readonly signal: AbortSignal },
): Promise<void> {
  await gitOutput(git, ["init", "--quiet", "--bare", "--template=", gitDir], { signal });
  await mkdir(join(gitDir, "objects", "info"), { recursive: true });
  await writeFile(join(gitDir, "objects", "info", "alternates"), `${resolve(mirror.path, "objects")}\n`);
  // The mirror of a shallow clone ends somewhere, and what it borrows ends there too.
  await copyFile(join(mirror.path, "shallow"), join(gitDir, "shallow")).catch(unlessMissing);
  const known = await git(["cat-file", "-e", `${change.baseSha}^{commit}`], { gitDir, signal });
  if (known.exitCode !== 0) throw badChange(`its base ${change.baseSha} is not in the repository`);
  // A bundle's prerequisites must be reachable from a ref, and a borrowed object is not.
  await gitOutput(git, ["update-ref", "refs/heads/base", change.baseSha], { gitDir, signal });
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

async function inspect(
  git: Git,
  of: {
    readonly gitDir: string;
    readonly bundle: string;
    readonly change: Change;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { gitDir, bundle, change, signal } = of;
  const local = { gitDir, signal, ...bounded };

  const heads = await demand(git, "it is not a git bundle", ["bundle", "list-heads", bundle], local);
  if (heads !== `${change.headSha} ${changeRef}`) {
    throw badChange(`it must hold exactly ${changeRef} at ${change.headSha}`);
  }
  await demand(git, "it needs commits that are not in the repository", ["bundle", "verify", "--quiet", bundle], local);
  await demand(
    git,
    "its objects are damaged or incomplete",
    ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", bundle, `${changeRef}:${changeRef}`],
    { ...local, protocols: ["file"] },
  );
  await checkObjects(git, local);
  const type = await demand(git, "its head is missing", ["cat-file", "-t", change.headSha], local);
  if (type !== "commit") throw badChange(`its head is a ${type}, not a commit`);
  await demand(
    git,
    `it does not descend from ${change.baseSha}`,
    ["merge-base", "--is-ancestor", change.baseSha, change.headSha],
    local,
  );
}

/** Git before 2.46 does not check the objects of a bundle whatever `fetch.fsckObjects` says, so we do. */
async function checkObjects(git: Git, local: GitOptions & { readonly gitDir: string }): Promise<void> {
  const folder = join(local.gitDir, "objects", "pack");
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".pack")) continue;
    const args = ["index-pack", "--strict", "-o", join(local.gitDir, "checked.idx"), join(folder, name)];
    await demand(git, "git's own check refuses its objects", args, local);
  }
}

async function demand(git: Git, otherwise: string, args: readonly string[], options: GitOptions): Promise<string> {
  try {
    return await gitOutput(git, args, options);
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "cancelled") throw error;
    throw badChange(`${otherwise}: ${explain(error)}`, error);
  }
}

function badChange(why: string, cause?: unknown): NightshiftError {
  return new NightshiftError("bad_change", `The change that came out of the sandbox is refused: ${why}.`, { cause });
}
