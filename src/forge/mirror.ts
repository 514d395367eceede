import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { NightshiftError } from "../domain/errors.ts";
import type { Mirror } from "../domain/forge.ts";
import type { Repository } from "../domain/repository.ts";
import { fileLock } from "./file-lock.ts";
import { type Git, gitOutput } from "./git.ts";
import type { GitConfig } from "./git-environment.ts";
import { callRemote, type RemoteHost, safeName } from "./remote.ts";
import { remoteRefs } from "./remote-refs.ts";

interface MirrorRequest {
  readonly repo: Repository;
  readonly host: RemoteHost;
  readonly dataDir: string;
  /** Default: that of `mirrorPath`. */
  readonly path?: string;
  readonly signal: AbortSignal;
}

/** Old, harmless faults in the history of well-known repositories, with which a strict fetch would refuse to work at all. */
const oldFaults: GitConfig = [
  "zeroPaddedFilemode",
  "zeroPaddedDate",
  "badTimezone",
  "badDateOverflow",
  "missingSpaceBeforeDate",
  "missingEmail",
  "badEmail",
  "missingNameBeforeEmail",
  "missingTaggerEntry",
].map((fault) => [`fetch.fsck.${fault}`, "ignore"]);

/** Of a mirror's own folder, with the mirrors of its submodules: whoever can read the one can read the others, and nobody else. */
export const modulesFolder = "modules";

const leftoverMs = 24 * 3600 * 1000;

/** Where the mirror of a repository is. */
export function mirrorPath(dataDir: string, webUrl: string, repo: Repository): string {
  const host = new URL(webUrl).host.replaceAll(":", "_").toLowerCase();
  return join(dataDir, "mirrors", host === "" ? "local" : host, safeName(repo.owner), `${safeName(repo.name)}.git`);
}

/**
 * A bare copy that has what the remote has: made when there is none, else only what is new is fetched; a broken one is made anew.
 * One process at a time works on a mirror, and a new one appears only when it is complete.
 */
export async function refreshMirror(git: Git, request: MirrorRequest): Promise<Mirror> {
  const path = request.path ?? mirrorPath(request.dataDir, request.host.webUrl, request.repo);
  await mkdir(dirname(path), { recursive: true });
  await using _lock = await fileLock(`${path}.lock`, { signal: request.signal });

  if (await isRepository(git, path, request.signal)) {
    try {
      return await update(git, path, request);
    } catch (error) {
      // `git_failed` is a fault on our side of the wire; what the forge refuses, it would refuse a new copy as well.
      if (!(error instanceof NightshiftError && error.code === "git_failed")) throw error;
    }
  }
  return replace(git, path, request);
}

async function isRepository(git: Git, path: string, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await git(["rev-parse", "--verify", "--quiet", "HEAD^{tree}"], { gitDir: path, signal });
  return exitCode === 0;
}

async function update(git: Git, path: string, { repo, host, signal }: MirrorRequest): Promise<Mirror> {
  const [remote, local] = await Promise.all([
    remoteRefs(git, host, { repo, gitDir: path, refs: ["refs/heads/*", "refs/tags/*"], signal }),
    localRefs(git, path, signal),
  ]);
  const { defaultBranch } = remote;
  if (!isSame(remote.shas, local)) await fetchAll(git, path, { repo, host, signal });

  const ref = `refs/heads/${defaultBranch}`;
  const here = (...args: string[]) => gitOutput(git, args, { gitDir: path, signal });
  const [headSha] = await Promise.all([
    here("rev-parse", "--verify", `${ref}^{commit}`),
    here("symbolic-ref", "HEAD", ref),
    // Opens every pack that the newest files are in, so that a damaged mirror is found here and not in a run.
    here("rev-list", "--objects", "--no-walk", "--quiet", ref),
  ]);
  return { path, defaultBranch, headSha };
}

async function localRefs(git: Git, gitDir: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const list = await gitOutput(git, ["for-each-ref", "--format=%(refname) %(objectname)"], { gitDir, signal });
  const lines = list.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
}

/** Whether a fetch would bring nothing. Of a remote, `HEAD` and what tags lead to are told besides. */
function isSame(remote: ReadonlyMap<string, string>, local: ReadonlyMap<string, string>): boolean {
  const refs = [...remote].filter(([ref]) => ref !== "HEAD" && !ref.endsWith("^{}"));
  return refs.length === local.size && refs.every(([ref, sha]) => local.get(ref) === sha);
}

async function fetchAll(git: Git, path: string, { repo, host, signal }: Omit<MirrorRequest, "dataDir">): Promise<void> {
  for (const waitMs of [200, 1_000, 3_000, undefined]) {
    const { exitCode, stderr } = await callRemote(git, host, {
      repo,
      gitDir: path,
      signal,
      access: "read",
      failing: "Cannot fetch",
      config: oldFaults,
      args: (url) => [
        "fetch",
        "--quiet",
        "--prune",
        "--force",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-show-forced-updates",
        "--",
        url,
        "+refs/heads/*:refs/heads/*",
        "+refs/tags/*:refs/tags/*",
      ],
      expects: (result) => waitMs !== undefined && isLocked(result.stderr),
    });
    if (exitCode === 0 || !isLocked(stderr)) return;
    // Either a fetch whose parent died is still ending, or it was killed too and its locks stay for ever.
    await delay(waitMs, undefined, { signal });
    if (waitMs === 3_000) await removeLocks(path);
  }
}

function isLocked(stderr: string): boolean {
  return /\.lock': File exists/.test(stderr);
}

/** Only while we hold the mirror's own lock: then no git of ours can be at work here. */
async function removeLocks(path: string): Promise<void> {
  const names = await readdir(path, { recursive: true });
  const ours = names.filter((name) => name.endsWith(".lock") && !name.startsWith(`${modulesFolder}/`));
  for (const name of ours) await rm(join(path, name), { force: true });
}

async function replace(git: Git, path: string, request: MirrorRequest): Promise<Mirror> {
  await removeLeftovers(path);
  const fresh = `${path}.new-${randomUUID()}`;
  try {
    // No template: no sample hooks, no file that we did not write.
    await gitOutput(git, ["init", "--quiet", "--bare", "--template=", fresh], { signal: request.signal });
    const mirror = await update(git, fresh, request);
    await swap(path, fresh);
    return { ...mirror, path };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Another that holds the lock too may put its copy there in the same moment: the last one stays. */
async function swap(path: string, fresh: string): Promise<void> {
  const old = `${path}.old-${randomUUID()}`;
  for (;;) {
    await unless(["ENOENT"], () => rename(path, old));
    if (await unless(["ENOTEMPTY", "EEXIST"], () => rename(fresh, path))) break;
    await rm(old, { recursive: true, force: true });
  }
  await rm(old, { recursive: true, force: true });
}

/** What a process that died here left behind. Not what is young: its maker may be at work, if it lost the lock. */
async function removeLeftovers(path: string): Promise<void> {
  const parent = dirname(path);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(path)}.new-`) && !name.startsWith(`${basename(path)}.old-`)) continue;
    await unless(["ENOENT"], async () => {
      const { mtimeMs } = await stat(join(parent, name));
      if (Date.now() - mtimeMs > leftoverMs) await rm(join(parent, name), { recursive: true, force: true });
    });
  }
}

/** Whether the act was done; `false` when it failed in a way that is expected. */
async function unless(codes: readonly string[], act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && codes.some((code) => code === error.code)) return false;
    throw error;
  }
}
