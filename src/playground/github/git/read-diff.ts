import { runGit } from "./run-git.ts";

export interface FileDiff {
  readonly path: string;
  /** Only of a renamed file. */
  readonly previousPath: string | undefined;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly blobSha: string;
  readonly additions: number;
  readonly deletions: number;
  /** The hunks, each starting with `@@`; empty for a binary file or a mere rename. */
  readonly patch: string;
}

/** What `to` changes against `from`, file by file. */
export async function readDiff(path: string, from: string, to: string): Promise<FileDiff[]> {
  const text = await runGit(path, [
    "-c",
    "core.quotePath=false",
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--full-index",
    "-M",
    "--end-of-options",
    from,
    to,
    "--",
  ]);
  return text
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith("diff --git "))
    .map(parseFile);
}

function parseFile(text: string): FileDiff {
  const hunks = text.search(/^@@ /m);
  const head = hunks === -1 ? text : text.slice(0, hunks);
  const patch = hunks === -1 ? "" : text.slice(hunks).trimEnd();
  const renamed = /^rename from (.*)$/m.exec(head)?.[1];
  return {
    path: pathOf(head),
    previousPath: renamed,
    status: statusOf(head),
    blobSha: /^index [0-9a-f]+\.\.([0-9a-f]+)/m.exec(head)?.[1] ?? "",
    additions: patch.match(/^\+/gm)?.length ?? 0,
    deletions: patch.match(/^-/gm)?.length ?? 0,
    patch,
  };
}

function statusOf(head: string): FileDiff["status"] {
  if (/^new file mode/m.test(head)) return "added";
  if (/^deleted file mode/m.test(head)) return "removed";
  return /^rename from /m.test(head) ? "renamed" : "modified";
}

function pathOf(head: string): string {
  const named =
    /^rename to (.*)$/m.exec(head)?.[1] ??
    /^\+\+\+ "?b\/(.*?)"?\t?$/m.exec(head)?.[1] ??
    /^--- "?a\/(.*?)"?\t?$/m.exec(head)?.[1];
  // A binary or an empty file has no such line; both halves of the first line are then the same.
  return named ?? /^diff --git "?a\/(.*?)"? "?b\/\1"?$/m.exec(head)?.[1] ?? "";
}
