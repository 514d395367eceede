import { mkdir, mkdtemp, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxRequest } from "../domain/sandbox.ts";
import { removeFolder } from "./process/process-sandbox.ts";
import { gitConfig } from "./sandbox-files.ts";

const prefix = "nightshift-sandbox-";
/** Owner, run, lease and purpose, a line each. */
const labelFile = "label";

/** Makes a sandbox's folder on the host, with home, tmp, workspace and scratch in it; returns its path. */
export async function makeSandboxFolder(parent: string, owner: string, request: SandboxRequest): Promise<string> {
  // Without links, so that a command's `pwd` is the path that we know (macOS keeps temporary files behind one).
  const root = await realpath(await mkdtemp(join(parent, prefix)));
  for (const name of ["home", "tmp", "workspace", "scratch"]) await mkdir(join(root, name));
  await writeFile(join(root, "home", ".gitconfig"), gitConfig);
  await writeFile(join(root, labelFile), [owner, request.runId, request.lease, request.purpose].join("\n"));
  return root;
}

/** Removes the owner's folders whose run and lease `isAlive` denies, each once `endAll` has ended what runs in it; returns their paths. */
export async function sweepSandboxFolders(
  parent: string,
  owner: string,
  isAlive: (runId: string, lease: number) => Promise<boolean>,
  endAll: (root: string) => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const root = join(parent, name);
    const label = await readLabel(root);
    if (label?.owner !== owner || (await isAlive(label.runId, label.lease))) continue;
    await endAll(root);
    await removeFolder(root);
    removed.push(root);
  }
  return removed;
}

async function readLabel(root: string): Promise<{ owner: string; runId: string; lease: number } | undefined> {
  // Not ours, or removed meanwhile: then it is not ours to remove either.
  const text = await readFile(join(root, labelFile), "utf8").catch(() => "");
  const [owner, runId, lease] = text.split("\n");
  return owner === undefined || runId === undefined ? undefined : { owner, runId, lease: Number(lease) };
}
