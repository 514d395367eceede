import type { CommittedFiles } from "../domain/committed-files.ts";
import { NightshiftError } from "../domain/errors.ts";
import type { Mirror } from "../domain/forge.ts";
import { isCode, isForeign, type Outline, outlineOf } from "../domain/outline.ts";
import { extensionOf } from "../domain/outline-languages.ts";
import type { Survey } from "../domain/survey.ts";
import { type Git, gitOutput } from "./git.ts";
import { readBlobs } from "./read-blobs.ts";

const maxBytes = 200_000;
/** Of a huge repository the files that were touched of late come first, then those that are not deep inside. */
const mostFiles = 20_000;
const mostMs = 5_000;
const recentCommits = 200;
/** A commit that touches more is a sweep over everything and says nothing of any file. */
const mostTouched = 50;
const mostMirrors = 4;

type Outlines = ReadonlyMap<string, Outline>;

/**
 * Reads what commits hold. Of the mirrors that were asked for last the outlines are remembered by what they are of, so that a
 * newer commit costs what it has changed.
 */
export function surveys(
  git: Git,
  filesOf: (mirror: Mirror, sha: string) => Promise<CommittedFiles>,
): (mirror: Mirror, sha: string, options: { readonly signal: AbortSignal }) => Promise<Survey> {
  const recent = new Map<string, Outlines>();
  return async (mirror, sha, { signal }) => {
    const [{ hashes }, touched] = await Promise.all([filesOf(mirror, sha), touchedOf(git, mirror, sha, signal)]);
    const paths = [...hashes.keys()].filter((path) => !isForeign(path));
    const code = readFirst(paths.filter(isCode), touched);
    const wanted = code.slice(0, mostFiles).map((path) => ({ path, key: `${hashes.get(path)} ${extensionOf(path)}` }));
    const known = recent.get(mirror.path) ?? new Map();
    const outlines = new Map(
      wanted.flatMap(({ key }) => {
        const outline = known.get(key);
        return outline === undefined ? [] : [[key, outline] as const];
      }),
    );
    const unread = wanted.filter(({ key }) => !outlines.has(key));
    const all = await outline(git, mirror, unread, outlines, signal);

    recent.delete(mirror.path);
    recent.set(mirror.path, outlines);
    for (const oldest of [...recent.keys()].slice(0, -mostMirrors)) recent.delete(oldest);
    const found = wanted.flatMap(({ path, key }) => {
      const outline = outlines.get(key);
      return outline === undefined ? [] : [[path, outline] as const];
    });
    return { paths, touched, outlines: new Map(found), complete: all && code.length <= mostFiles };
  };
}

/** Whether there was time for all of them. */
async function outline(
  git: Git,
  mirror: Mirror,
  unread: readonly { readonly path: string; readonly key: string }[],
  outlines: Map<string, Outline>,
  signal: AbortSignal,
): Promise<boolean> {
  if (unread.length === 0) return true;
  const byHash = Map.groupBy(unread, ({ key }) => key.slice(0, key.indexOf(" ")));
  const deadline = AbortSignal.timeout(mostMs);
  const visit = (hash: string, text: string) => {
    for (const { path, key } of byHash.get(hash) ?? []) outlines.set(key, outlineOf(path, text));
  };
  try {
    await readBlobs(git, mirror, [...byHash.keys()], visit, { maxBytes, signal: AbortSignal.any([signal, deadline]) });
    return true;
  } catch (error) {
    // What was read until then is enough to go on with.
    if (!signal.aborted && error instanceof NightshiftError && error.code === "cancelled") return false;
    throw error;
  }
}

function readFirst(code: readonly string[], touched: Survey["touched"]): readonly string[] {
  if (code.length <= mostFiles) return code;
  const late = new Set(touched.flat());
  const depth = (path: string) => path.split("/").length;
  const before = (one: string, other: string) =>
    Number(late.has(other)) - Number(late.has(one)) || depth(one) - depth(other);
  return code.toSorted(before);
}

async function touchedOf(
  git: Git,
  { path: gitDir }: Mirror,
  sha: string,
  signal: AbortSignal,
): Promise<Survey["touched"]> {
  const format = ["--format=format:%x01", "--name-only", "--no-renames", "-z"];
  const args = ["log", `--max-count=${recentCommits}`, "--no-merges", ...format, sha, "--"];
  const log = await gitOutput(git, args, { gitDir, signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]) });
  const commits = log.split("\u0001").slice(1);
  return commits
    .map((names) =>
      names
        .replace(/^\n/, "")
        .split("\0")
        .filter((name) => name !== ""),
    )
    .filter((names) => names.length > 0 && names.length <= mostTouched);
}
