import { access } from "../access.ts";
import { notFound } from "../api-error.ts";
import { resolveCommit } from "../git/resolve-commit.ts";
import { runGit, tryGit } from "../git/run-git.ts";
import type { GitHubState, StoredRepository } from "../github-state.ts";
import type { Schemas } from "../shapes/schemas.ts";
import type { RestContext, RestRoutes } from "./rest-app.ts";

interface TreeEntry {
  readonly type: string;
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

/** Files and folders at a ref. */
export function contentsRoutes(api: RestRoutes, github: GitHubState): void {
  api.get("/repos/:owner/:repo/contents", async (c) => await contents(github, c, ""));
  api.get("/repos/:owner/:repo/contents/:path{.+}", async (c) => {
    return await contents(github, c, c.req.param("path").replace(/\/+$/, ""));
  });
}

async function contents(github: GitHubState, c: RestContext, path: string): Promise<Response> {
  const repo = access(github, c, [{ contents: "read" }]);
  const ref = c.req.query("ref") ?? repo.defaultBranch;
  const commit = await resolveCommit(repo.path, ref);
  if (commit === undefined) throw notFound(`No commit found for the ref ${ref}`);
  const entry = path === "" ? undefined : (await listTree(repo, commit, path))[0];
  if (entry?.type === "blob") {
    const { stdout } = await tryGit(repo.path, ["cat-file", "blob", entry.sha]);
    if (/application\/vnd\.github(\.v3)?\.raw/.test(c.req.header("accept") ?? "")) {
      return c.body(new Uint8Array(stdout), 200, { "content-type": "application/vnd.github.raw+json; charset=utf-8" });
    }
    return c.json(contentFile(github, repo, { entry, ref, content: stdout }));
  }
  if (path !== "" && entry?.type !== "tree") throw notFound();
  const entries = await listTree(repo, commit, path === "" ? "" : `${path}/`);
  return c.json(entries.map((each) => directoryEntry(github, repo, each, ref)) satisfies Schemas["content-directory"]);
}

async function listTree(repo: StoredRepository, commit: string, path: string): Promise<TreeEntry[]> {
  const args = ["--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree", commit];
  const text = await runGit(repo.path, path === "" ? args : [...args, "--", path]);
  return text
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [head = "", name = ""] = line.split("\t", 2);
      const [, type = "", sha = "", size = ""] = head.split(/ +/);
      return { type, sha, size: Number.parseInt(size, 10) || 0, path: name };
    });
}

function contentFile(
  github: GitHubState,
  repo: StoredRepository,
  file: { readonly entry: TreeEntry; readonly ref: string; readonly content: Buffer },
) {
  // GitHub wraps its base64 at 60 characters.
  const content = file.content.toString("base64").replaceAll(/(.{60})/g, "$1\n");
  return {
    ...entryUrls(github, repo, file.entry, file.ref),
    type: "file",
    encoding: "base64",
    size: file.entry.size,
    content: content.endsWith("\n") || content === "" ? content : `${content}\n`,
  } satisfies Schemas["content-file"];
}

function directoryEntry(github: GitHubState, repo: StoredRepository, entry: TreeEntry, ref: string) {
  const type: Schemas["content-directory"][number]["type"] = entry.type === "tree" ? "dir" : "file";
  return { ...entryUrls(github, repo, entry, ref), type, size: entry.size };
}

function entryUrls(github: GitHubState, repo: StoredRepository, entry: TreeEntry, ref: string) {
  const fullName = `${repo.owner.login}/${repo.name}`;
  const url = `${github.apiUrl}/repos/${fullName}/contents/${encodeURI(entry.path)}?ref=${encodeURIComponent(ref)}`;
  const git = `${github.apiUrl}/repos/${fullName}/git/${entry.type}s/${entry.sha}`;
  const html = `${github.url}/${fullName}/${entry.type}/${ref}/${encodeURI(entry.path)}`;
  return {
    name: entry.path.split("/").at(-1) ?? entry.path,
    path: entry.path,
    sha: entry.sha,
    url,
    git_url: git,
    html_url: html,
    download_url: null,
    _links: { self: url, git, html },
  };
}
