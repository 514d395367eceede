import type { DiffLine, FileDiff } from "../domain/diff.ts";
import { NightshiftError } from "../domain/errors.ts";
import type { Change, Mirror } from "../domain/forge.ts";
import { type Git, type GitOptions, gitOutput } from "./git.ts";
import { receiveChange } from "./receive-change.ts";

/** What is more is told by name and size only: a bundle of a stranger may unpack to anything. */
const mostFiles = 1_000;
const mostBytes = 64 * 1024 * 1024;
const largestFile = "1m";
/** Of what is no text, this much is still looked through for secrets. */
const largestRaw = 8 * 1024 * 1024;
const atOnce = 4;

interface Received {
  readonly change: Change;
  readonly mirror: Mirror;
  readonly dataDir: string;
  readonly signal: AbortSignal;
}

/**
 * What a change does to the files, from a repository of ours that it was taken into.
 * Blob by blob, not tree by tree: no attribute of the change can hide a file as binary.
 */
export async function readDiff(git: Git, received: Received): Promise<readonly FileDiff[]> {
  await using inside = await receiveChange(git, received);
  const { baseSha, headSha } = received.change;
  const local = { gitDir: inside.gitDir, signal: received.signal };
  const range = ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--find-renames", baseSha, headSha];
  const entries = parseRaw(await gitOutput(git, range, local));
  // Of nothing: its standard input is empty.
  const empty = await gitOutput(git, ["hash-object", "-w", "--stdin"], local);
  const files: FileDiff[] = [];
  let bytes = 0;
  for (let at = 0; at < entries.length; at += atOnce) {
    const unread = at >= mostFiles || bytes > mostBytes;
    const some = entries.slice(at, at + atOnce);
    const read = await Promise.all(
      some.map((entry) => (unread ? unreadOf(entry) : readEntry(git, entry, { ...local, empty }))),
    );
    bytes += read.reduce((sum, file) => sum + sizeOf(file), 0);
    files.push(...read);
  }
  return files;
}

function sizeOf({ lines, raw }: FileDiff): number {
  const inRaw = raw === undefined ? 0 : raw.old.length + raw.now.length;
  return lines.reduce((all, { text }) => all + text.length + 1, inRaw);
}

interface Entry {
  readonly path: string;
  readonly from: string | null;
  readonly status: FileDiff["status"];
  readonly modes: readonly [string, string];
  readonly blobs: readonly [string, string];
}

/** `:<mode> <mode> <blob> <blob> <status>`, then one path or, for a rename, two; all ended by NUL. */
function parseRaw(output: string): readonly Entry[] {
  const fields = output.split("\0");
  const entries: Entry[] = [];
  for (let at = 0; (fields[at] ?? "").startsWith(":"); ) {
    const [oldMode = "", newMode = "", oldBlob = "", newBlob = "", letter = ""] = (fields[at] ?? "")
      .slice(1)
      .split(" ");
    const first = fields[at + 1] ?? "";
    const isRename = letter.startsWith("R");
    const path = isRename ? (fields[at + 2] ?? "") : first;
    const status = isRename ? "renamed" : letter === "A" ? "added" : letter === "D" ? "deleted" : "changed";
    entries.push({ path, from: isRename ? first : null, status, modes: [oldMode, newMode], blobs: [oldBlob, newBlob] });
    at += isRename ? 3 : 2;
  }
  return entries;
}

const submodule = "160000";
const link = "120000";
const program = "100755";

async function readEntry(
  git: Git,
  entry: Entry,
  { empty, ...local }: GitOptions & { readonly empty: string },
): Promise<FileDiff> {
  if (entry.modes.includes(submodule)) return { ...nameOf(entry, 0), kind: "submodule" };
  const [old, now] = entry.blobs.map((blob) => (/^0+$/.test(blob) ? empty : blob));
  const sizeAt = async (blob: string | undefined) => Number(await gitOutput(git, ["cat-file", "-s", `${blob}`], local));
  const size = async () => (entry.status === "deleted" ? 0 : await sizeAt(now));
  const textAt = async (blob: string | undefined) =>
    (await sizeAt(blob)) > largestRaw ? undefined : await gitOutput(git, ["cat-file", "blob", `${blob}`], local);
  const raw = async () => {
    const text = await textAt(now);
    return text === undefined ? {} : { raw: { old: (await textAt(old)) ?? "", now: text } };
  };
  if (entry.modes.includes(link)) return { ...nameOf(entry, await size()), kind: "link", ...(await raw()) };
  if (old === now) return { ...nameOf(entry, await size()), kind: "text" };
  const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--unified=100000000", `${old}`, `${now}`];
  const { exitCode, stdout, stderr } = await git(args, { ...local, config: [["core.bigFileThreshold", largestFile]] });
  if (exitCode > 1) throw new NightshiftError("git_failed", `git diff failed with exit code ${exitCode}: ${stderr}`);
  const bytes = await size();
  if (/^Binary files .* differ$/m.test(stdout.slice(0, 1_000))) {
    return { ...nameOf(entry, bytes), kind: bytes >= 1024 * 1024 ? "unread" : "binary", ...(await raw()) };
  }
  return { ...nameOf(entry, bytes), kind: "text", lines: linesOf(stdout) };
}

/** What only moves brings nothing that nobody has looked into. */
function unreadOf(entry: Entry): FileDiff {
  return { ...nameOf(entry, 0), kind: entry.blobs[0] === entry.blobs[1] ? "text" : "unread" };
}

function nameOf({ path, from, status, modes: [old, now] }: Entry, bytes: number): FileDiff {
  const becomesExecutable = now === program && old !== program;
  return { path, from, status, kind: "unread", bytes, lines: [], ...(becomesExecutable && { becomesExecutable }) };
}

function linesOf(diff: string): readonly DiffLine[] {
  const start = /^@@ [^\n]*\n/m.exec(diff);
  if (start === null) return [];
  const body = diff.slice(start.index + start[0].length).split("\n");
  body.pop();
  let [old, now] = [0, 0];
  return body.flatMap((line): readonly DiffLine[] => {
    const mark = line[0];
    if (mark !== " " && mark !== "+" && mark !== "-") return []; // `\ No newline at end of file`
    if (mark !== "+") old += 1;
    if (mark !== "-") now += 1;
    return [{ mark, text: line.slice(1), n: mark === "-" ? old : now }];
  });
}
