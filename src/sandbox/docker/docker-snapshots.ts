import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import type Docker from "dockerode";
import { z } from "zod";
import type { Snapshot, SnapshotStore } from "../../domain/sandbox.ts";
import { bytesOf, chooseTrim, type KeptLayers } from "./choose-trim.ts";
import { sandboxError, statusOf } from "./engine-error.ts";

export interface DockerSnapshotOptions {
  /** The operator's image, from which a sandbox starts that asks for no other. */
  readonly image: string;
  /** Whose snapshots these are, where several Nightshifts share an engine. */
  readonly owner: string;
  /** Changes with what a container of ours is made like: its user, its folders. */
  readonly layout: string;
  /** The engine again, for what may take minutes. */
  readonly patient: Docker;
  /** Lets go of an image that is about to be removed. */
  readonly release: (image: string) => Promise<void>;
}

const repositoryName = "nightshift-snapshot";
const label = {
  owner: "nightshift.snapshot",
  repository: "nightshift.snapshot.repository",
  key: "nightshift.snapshot.key",
  sha: "nightshift.snapshot.sha",
  base: "nightshift.snapshot.base",
  layout: "nightshift.snapshot.layout",
  depth: "nightshift.snapshot.depth",
  /** In ms: the engine's own list knows whole seconds. */
  made: "nightshift.snapshot.made",
} as const;
/** So many snapshots may lie one upon the other: each keeps those below it on the disk, and an engine allows for 125 layers. */
const deepest = 8;

const labels = z.looseObject({
  [label.repository]: z.string(),
  [label.key]: z.string(),
  [label.sha]: z.string(),
  [label.base]: z.string(),
  [label.layout]: z.string(),
  [label.depth]: z.coerce.number(),
  [label.made]: z.coerce.number(),
});
// What the engine tells beyond its client's types. It writes down when an image was tagged last, and we tag one again when it is used.
const inspected = z.looseObject({
  Id: z.string(),
  Size: z.number(),
  Parent: z.string().default(""),
  Metadata: z.looseObject({ LastTagTime: z.coerce.date() }),
});

/** Snapshots as images of the engine, by `docker commit`. All that is known of them is kept in their labels and tags. */
export function dockerSnapshots(docker: Docker, options: DockerSnapshotOptions): SnapshotStore {
  const { owner, layout, patient } = options;
  const tagOf = (base: string, key: string) => digest([owner, layout, base, key]);
  const remove = async (reference: string) => {
    await options.release(reference);
    return await removeImage(patient, reference);
  };
  const list = (filters: readonly string[]) =>
    docker.listImages({ filters: { label: [`${label.owner}=${owner}`, ...filters] } });

  return {
    async keep(sandbox, { key, repository, sha }) {
      const container = docker.getContainer(sandbox.id);
      try {
        const { Image, Config } = await container.inspect();
        const from = await docker.getImage(Image).inspect();
        const below = labels.safeParse(from.Config.Labels ?? {}).data;
        const base = below?.[label.base] ?? Image;
        const tag = tagOf(base, key);
        const kept = { key, repository, sha, reference: `${repositoryName}:${tag}` };
        if ((await imageId(docker, kept.reference)) !== undefined) return kept;
        const Labels = {
          [label.owner]: owner,
          [label.repository]: repository,
          [label.key]: key,
          [label.sha]: sha,
          [label.base]: base,
          [label.layout]: layout,
          [label.depth]: String((below?.[label.depth] ?? 0) + 1),
          [label.made]: String(Date.now()),
        };
        await patient.getContainer(container.id).commit({
          _query: { container: container.id, repo: repositoryName, tag, pause: true },
          _body: { Labels, Env: forgotten(Config.Env, from.Config.Env ?? []) },
        });
        return kept;
      } catch (error) {
        throw sandboxError(error, sandbox.id);
      }
    },

    async find({ key, repository, image }) {
      // An image that is not there was not used for what was kept either.
      const base = (image && (await imageId(docker, image))) ?? (await imageId(docker, options.image));
      if (base === undefined) return undefined;
      const wanted = [`${label.repository}=${repository}`, `${label.base}=${base}`, `${label.layout}=${layout}`];
      const found = (await list(wanted)).flatMap((image) => toSnapshot(image) ?? []);
      found.sort((one, other) => other.made - one.made);
      const fits = found.find((snapshot) => snapshot.key === key) ?? found.find(({ depth }) => depth < deepest);
      if (fits === undefined) return undefined;
      const snapshot = plain(fits);
      await docker.getImage(snapshot.reference).tag({ repo: repositoryName, tag: tagOf(base, snapshot.key) });
      return snapshot;
    },

    async drop({ reference }) {
      await remove(reference);
    },

    async trim(maxMb) {
      const images = await list([]);
      // One that was kept twice at the same time has lost its name to the other.
      for (const { Id, RepoTags } of images) if (!RepoTags?.some(isOurs)) await remove(Id);
      const removed: Snapshot[] = [];
      for (const snapshot of chooseTrim(await keptIn(docker, images), maxMb * 1024 * 1024)) {
        if (await remove(snapshot.reference)) removed.push(plain(snapshot));
      }
      return removed;
    },

    async usage() {
      const kept = await keptIn(docker, await docker.listImages({ filters: { label: [label.owner] } }));
      return { count: kept.length, bytes: bytesOf(kept), freeBytes: await freeBytes(docker) };
    },
  };
}

interface FoundSnapshot extends Snapshot {
  readonly depth: number;
  readonly made: number;
}

function plain({ key, repository, sha, reference }: FoundSnapshot): Snapshot {
  return { key, repository, sha, reference };
}

function isOurs(tag: string): boolean {
  return tag.startsWith(`${repositoryName}:`);
}

function toSnapshot({ Labels, RepoTags }: Docker.ImageInfo): FoundSnapshot | undefined {
  const { data } = labels.safeParse(Labels ?? {});
  const reference = RepoTags?.find(isOurs);
  if (data === undefined || reference === undefined) return undefined;
  return {
    key: data[label.key],
    repository: data[label.repository],
    sha: data[label.sha],
    depth: data[label.depth],
    made: data[label.made],
    reference,
  };
}

async function keptIn(
  docker: Docker,
  images: readonly Docker.ImageInfo[],
): Promise<readonly KeptLayers<FoundSnapshot>[]> {
  const named = images.flatMap((image) => toSnapshot(image) ?? []);
  return (await Promise.all(named.map((snapshot) => layersOf(docker, snapshot)))).flat();
}

/** On the disk that the engine keeps its images on; nothing where that is not of this machine, or not to be seen from here. */
async function freeBytes(docker: Docker): Promise<number | undefined> {
  const { DockerRootDir } = z.looseObject({ DockerRootDir: z.string() }).parse(await docker.info());
  return await statfs(DockerRootDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
}

/** What the snapshot takes on the disk, down to the image that is not ours; nothing when it is gone meanwhile. */
async function layersOf(docker: Docker, snapshot: FoundSnapshot): Promise<readonly KeptLayers<FoundSnapshot>[]> {
  const top = await inspectImage(docker, snapshot.reference);
  if (top === undefined) return [];
  const layers: { id: string; bytes: number }[] = [];
  let above = top;
  for (let depth = snapshot.depth; depth > 0 && above.Parent !== ""; depth -= 1) {
    const below = await inspectImage(docker, above.Parent);
    // One whose parent was taken from under it still takes all that is in it, and must not escape the budget.
    layers.push({ id: above.Id, bytes: above.Size - (below?.Size ?? 0) });
    if (below === undefined) break;
    above = below;
  }
  return [{ snapshot, layers, lastUsed: top.Metadata.LastTagTime }];
}

/** Whether it is gone now. One from which a container was made stays. */
async function removeImage(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).remove();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return true;
    if (statusOf(error) === 409) return false;
    throw error;
  }
}

async function imageId(docker: Docker, reference: string): Promise<string | undefined> {
  return (await unlessGone(docker.getImage(reference).inspect()))?.Id;
}

async function inspectImage(docker: Docker, reference: string): Promise<z.infer<typeof inspected> | undefined> {
  const found = await unlessGone(docker.getImage(reference).inspect());
  return found && inspected.parse(found);
}

async function unlessGone<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** A commit keeps the container's variables. What one run was given, such as its way out, is nothing to the next. */
function forgotten(given: readonly string[], ofImage: readonly string[]): readonly string[] {
  const own = new Set(ofImage);
  return given.filter((entry) => !own.has(entry)).map((entry) => `${entry.split("=")[0]}=`);
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
