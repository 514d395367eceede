import { join, posix } from "node:path";
import type { Submodule } from "../domain/checkout-parts.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { Mirror, PartsRequest } from "../domain/forge.ts";
import { fullName, type Repository } from "../domain/repository.ts";
import type { PartsSource } from "./checkout-parts.ts";
import { modulesFolder, refreshMirror } from "./mirror.ts";
import { readSubmodules, type WrittenSubmodule } from "./read-submodules.ts";
import { safeName } from "./remote.ts";
import { submoduleAddress } from "./submodule-address.ts";

/** Submodules of submodules of submodules. */
const deepest = 4;
const most = 50;

interface Fetched {
  readonly submodules: readonly Submodule[];
  readonly warnings: readonly string[];
}

/** A repository of whose commit the submodules are asked for. */
interface Parent {
  readonly repo: Repository;
  readonly gitDir: string;
  readonly sha: string;
  readonly within: string;
  readonly depth: number;
}

/**
 * Mirrors the commit's submodules that are on the same host, with theirs, into the folder of the commit's own mirror. Git works in
 * these bare mirrors only: no address, name or path of a `.gitmodules` reaches a command before it was judged.
 */
export async function fetchSubmodules(mirror: Mirror, request: PartsRequest, source: PartsSource): Promise<Fetched> {
  const submodules: Submodule[] = [];
  const warnings: string[] = [];
  const parents: Parent[] = [{ repo: request.repo, gitDir: mirror.path, sha: request.sha, within: ".", depth: 1 }];
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    const { within, depth, gitDir, sha } = parent;
    const { found, refused } = await readSubmodules(source.git, { gitDir, sha, signal: request.signal });
    const warn = (path: string, why: string) =>
      warnings.push(`The submodule ${posix.join(within, path)} is not fetched, its folder is empty: ${why}`);
    for (const path of refused) warn(path, "`.gitmodules` has no address for it that Nightshift follows.");
    for (const written of found) {
      if (depth > deepest || submodules.length >= most) {
        warn(written.path, `Nightshift goes ${deepest} levels deep and fetches ${most} at most.`);
        continue;
      }
      const got = await fetchOne(written, parent, mirror, request, source);
      if ("why" in got) {
        warn(written.path, got.why);
        continue;
      }
      submodules.push({ within, name: written.name, path: written.path, from: got.from });
      if (got.repo === undefined || !("mirror" in got.from)) continue;
      const below = { within: posix.join(within, written.path), depth: depth + 1, sha: written.sha };
      parents.push({ ...below, repo: got.repo, gitDir: join(mirror.path, got.from.mirror) });
    }
  }
  return { submodules, warnings };
}

type Got = { readonly from: Submodule["from"]; readonly repo?: Repository } | { readonly why: string };

async function fetchOne(
  written: WrittenSubmodule,
  parent: Parent,
  mirror: Mirror,
  request: PartsRequest,
  source: PartsSource,
): Promise<Got> {
  const address = submoduleAddress(written.url, parent.repo, source.host.webUrl);
  switch (address.on) {
    case "nowhere":
      return {
        why: `${JSON.stringify(written.url.slice(0, 200))} is no address that Nightshift follows. Use one relative to the repository, or https.`,
      };
    case "another host":
      return { from: { url: address.url } };
    case "own host": {
      const repo = { ...address.repo, installationId: request.repo.installationId };
      const relative = posix.join(modulesFolder, safeName(repo.owner), `${safeName(repo.name)}.git`).toLowerCase();
      const path = join(mirror.path, relative);
      const why = await fetchMirror(repo, path, request, source);
      if (why !== undefined) return { why };
      const args = ["cat-file", "-e", `${written.sha}^{commit}`];
      const { exitCode } = await source.git(args, { gitDir: path, signal: request.signal });
      if (exitCode === 0) return { from: { mirror: relative }, repo };
      return { why: `no branch of ${fullName(repo)} has its commit ${written.sha.slice(0, 12)}. Push it there.` };
    }
    default:
      return address satisfies never;
  }
}

/** As the App, where whoever asked for the work may read it too; else as anybody could. Gives why it cannot be had. */
async function fetchMirror(
  repo: Repository,
  path: string,
  { reader, signal }: PartsRequest,
  { git, host, dataDir, permission }: PartsSource,
): Promise<string | undefined> {
  const mayRead = reader === undefined ? "none" : await refusedIs("none", () => permission(repo, reader));
  const hosts = [...(mayRead === "none" ? [] : [host]), { ...host, mintToken: async () => undefined }];
  let refusal: unknown;
  for (const as of hosts) {
    try {
      await refreshMirror(git, { repo, host: as, dataDir, path, signal });
      return undefined;
    } catch (error) {
      if (!(error instanceof NightshiftError) || error.code === "cancelled" || error.retryable) throw error;
      refusal ??= error;
    }
  }
  if (mayRead !== "none") return explain(refusal);
  const where = `${host.webUrl}/settings/installations/${repo.installationId}`;
  if (reader === undefined) return `${fullName(repo)} is not public.`;
  return `${fullName(repo)} is not public, and the App or @${reader} may not read it. Give them access; the App's is at ${where}`;
}

async function refusedIs<Value>(instead: Value, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "forge_refused") return instead;
    throw error;
  }
}
