import type { Repository } from "../domain/repository.ts";

type Place = Pick<Repository, "owner" | "name">;

export type SubmoduleAddress =
  | { readonly on: "own host"; readonly repo: Place }
  | { readonly on: "another host"; readonly url: string }
  /** Nothing that we would follow: a path of this machine, a helper, an option. */
  | { readonly on: "nowhere" };

const nowhere: SubmoduleAddress = { on: "nowhere" };
const ownProtocols: ReadonlySet<string> = new Set(["https:", "http:", "ssh:", "git:"]);

/** Where the `url` of a `.gitmodules` leads to, in the repository `parent` on the host `webUrl`. Nothing is guessed. */
export function submoduleAddress(url: string, parent: Place, webUrl: string): SubmoduleAddress {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  if (/^-|[\u0000-\u0020\u007f]/.test(url)) return nowhere;
  if (url.startsWith("./") || url.startsWith("../")) return toOwn(relative(url, parent));
  // As git reads it: `user@host:path`, without a scheme.
  const [, scpHost, scpPath] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/|:)(.+)$/.exec(url) ?? [];
  const own = new URL(webUrl);
  if (scpHost !== undefined && scpPath !== undefined) {
    return scpHost.toLowerCase() === own.hostname ? toOwn(scpPath.split("/")) : nowhere;
  }
  if (!URL.canParse(url)) return nowhere;
  const { protocol, hostname, host, pathname, username, search, hash, port } = new URL(url);
  const isOwn = protocol === "ssh:" || protocol === "git:" ? hostname === own.hostname : host === own.host;
  if (ownProtocols.has(protocol) && isOwn && hostname !== "") return toOwn(pathname.slice(1).split("/"));
  if (protocol !== "https:" || `${username}${search}${hash}${port}` !== "") return nowhere;
  return { on: "another host", url };
}

function toOwn(parts: readonly string[]): SubmoduleAddress {
  const [owner = "", last = "", ...more] = parts[parts.length - 1] === "" ? parts.slice(0, -1) : parts;
  const name = last.replace(/\.git$/, "");
  const safe = [owner, name].every((part) => /^[\w.][\w.-]*$/.test(part) && !/^\.+$/.test(part));
  return more.length === 0 && safe ? { on: "own host", repo: { owner, name } } : nowhere;
}

/** Each `../` takes away one part of the parent's own address, https://git-scm.com/docs/gitmodules. */
function relative(url: string, { owner, name }: Place): readonly string[] {
  const base = [owner, name];
  for (const part of url.split("/")) {
    if (part === ".") continue;
    if (part !== "..") base.push(part);
    else if (base.pop() === undefined) return [];
  }
  return base;
}
