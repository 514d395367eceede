import type { Outline } from "../../domain/outline.ts";

/** Who imports whom: for every file the ones that it imports, as far as they are of the repository. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** What an import may mean in more than these files is not followed. */
const mostMeanings = 3;

export function importGraph(outlines: ReadonlyMap<string, Outline>): ImportGraph {
  const byStem = new Map<string, string[]>();
  const byEnd = new Map<string, string[]>();
  for (const path of outlines.keys()) {
    for (const stem of stemsOf(path)) {
      push(byStem, stem, path);
      const end = endOf(stem);
      if (end !== undefined) push(byEnd, end, path);
    }
    // A package of Go is its folder.
    const end = path.endsWith(".go") && !path.endsWith("_test.go") ? endOf(folderOf(path)) : undefined;
    if (end !== undefined) push(byEnd, `${end}/`, path);
  }
  const find = (from: string, spec: string) => {
    const own = candidates(from, spec).flatMap((stem) => byStem.get(stem) ?? []);
    if (own.length > 0 || spec.startsWith("./") || spec.startsWith("../")) return own;
    const plain = spec
      .replaceAll("::", "/")
      .replaceAll("\\", "/")
      .replace(/^[@~]\//, "");
    const parts = plain.includes("/") ? plain : plain.replaceAll(".", "/");
    const stem = withoutExtension(parts.replace(/^\/+|\/+$/g, ""));
    const end = endOf(stem);
    if (end === undefined) return [];
    // Of `a.b.Name.member`, and of `crate::a::Name`, what is declared inside is named last.
    const outer = endOf(folderOf(stem));
    const meant = byEnd.get(end) ?? byEnd.get(`${end}/`)?.slice(0, 1) ?? (outer && byEnd.get(outer)) ?? [];
    return meant.length <= mostMeanings ? meant : [];
  };
  return new Map(
    [...outlines].map(([path, { imports }]) => {
      const targets = new Set(imports.flatMap((spec) => find(path, spec)));
      targets.delete(path);
      return [path, [...targets]];
    }),
  );
}

/** Where an import that is written from the file's own place may lead to, without extensions. */
function candidates(from: string, spec: string): readonly string[] {
  const folder = folderOf(from);
  // Python: one dot is the own folder, each further one the folder around it.
  const [, dots, rest = ""] = /^(\.+)([\w.]*)$/.exec(spec) ?? [];
  if (dots !== undefined) return [join(folder, `${"../".repeat(dots.length - 1)}${rest.replaceAll(".", "/")}`)];
  if (/\s/.test(spec)) return [];
  const beside = join(folder, spec);
  return spec.startsWith("/") ? [] : [beside, withoutExtension(beside)];
}

/** `a/b.ts` is meant by `a/b` and `a/b.ts`, and `a/index.ts`, `a/__init__.py` and `a/mod.rs` by `a` as well. */
function stemsOf(path: string): readonly string[] {
  const stem = withoutExtension(path);
  const folder = /^(.*)\/(?:index|__init__|mod|lib)$/.exec(stem)?.[1];
  return folder === undefined ? [stem] : [stem, folder];
}

function withoutExtension(path: string): string {
  return path.replace(/(?<=[^/])(?:\.d)?\.[a-z0-9]{1,6}$/i, "");
}

function endOf(stem: string): string | undefined {
  const parts = stem.split("/");
  return parts.length < 2 ? undefined : parts.slice(-2).join("/");
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function join(folder: string, relative: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${relative}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
