import { runGit } from "./run-git.ts";

/** A text (one that starts with `#!` is executable), a submodule at that commit, or `null` where the file is removed. */
export type CommittedFile = string | { readonly submodule: string } | null;

export interface FilesCommit {
  readonly branch: string;
  /** Where a new branch starts; without it the branch starts with no parent. */
  readonly from?: string | undefined;
  readonly message: string;
  readonly files: Readonly<Record<string, CommittedFile>>;
  readonly author: { readonly name: string; readonly email: string };
  readonly date: Date;
}

/** Writes one commit into a bare repository and returns its SHA. */
export async function commitFiles(path: string, commit: FilesCommit): Promise<string> {
  await runGit(path, ["fast-import", "--quiet", "--date-format=raw"], await stream(path, commit));
  return (await runGit(path, ["rev-parse", `refs/heads/${commit.branch}`])).trim();
}

async function stream(path: string, commit: FilesCommit): Promise<string> {
  const who = `${commit.author.name} <${commit.author.email}> ${Math.floor(commit.date.getTime() / 1000)} +0000`;
  const parent = (await branchExists(path, commit.branch)) ? commit.branch : commit.from;
  return [
    `commit refs/heads/${commit.branch}`,
    `author ${who}`,
    `committer ${who}`,
    data(commit.message),
    ...(parent === undefined ? [] : [`from refs/heads/${parent}^0`]),
    ...Object.entries(commit.files).map(([name, text]) => fileCommand(name, text)),
    "",
  ].join("\n");
}

async function branchExists(path: string, branch: string): Promise<boolean> {
  const found = await runGit(path, ["for-each-ref", "--format=%(refname)", `refs/heads/${branch}`]);
  return found.split("\n").includes(`refs/heads/${branch}`);
}

function fileCommand(name: string, text: CommittedFile): string {
  const quoted = JSON.stringify(name);
  if (typeof text === "object" && text !== null) return `M 160000 ${text.submodule} ${quoted}`;
  if (text === null) return `D ${quoted}`;
  return `M ${text.startsWith("#!") ? "100755" : "100644"} inline ${quoted}\n${data(text)}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
