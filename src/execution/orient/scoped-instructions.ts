import { globToRegExp } from "../../agent/tools/glob-to-reg-exp.ts";

/** Where Copilot looks for instructions on some files: https://docs.github.com/copilot/customizing-copilot/adding-repository-custom-instructions-for-github-copilot */
export const isScoped = (path: string) => /^\.github\/instructions\/.+\.instructions\.md$/.test(path);

const matter = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?/;

export interface ScopedInstruction {
  /** Without the front matter. */
  readonly text: string;
  /** Whether they are about one of these files; those for all files are about any. */
  appliesTo(paths: readonly string[]): boolean;
}

/** Instructions with the files that they are for; `undefined` where they are not meant for whoever writes code, or name no files. */
export function scopedInstruction(content: string): ScopedInstruction | undefined {
  const [whole = "", front = ""] = matter.exec(content) ?? [];
  if (listed(front, "excludeAgent").includes("coding-agent")) return undefined;
  const globs = listed(front, "applyTo");
  if (globs.length === 0) return undefined;
  const patterns = globs.map((glob) => new RegExp(globToRegExp(glob)));
  const isForAll = globs.some((glob) => /^(?:\*\*\/)*\*{1,2}$/.test(glob));
  return {
    text: content.slice(whole.length).trim(),
    appliesTo: (paths) => isForAll || paths.some((path) => patterns.some((pattern) => pattern.test(`./${path}`))),
  };
}

/** Of front matter the values of a key, which many write without the quotes that YAML wants around a glob. */
function listed(front: string, key: string): readonly string[] {
  const value = new RegExp(`^${key}:[ \\t]*(.*(?:\\n[ \\t]*- .*)*)`, "m").exec(front)?.[1] ?? "";
  // At the commas that are not inside of braces.
  const parts = value.replace(/^\[(.*)\]\s*$/s, "$1").split(/\n|,(?![^{]*\})/);
  return parts
    .map((part) => part.replace(/^\s*- /, "").replaceAll(/^[\s"']+|[\s"']+$/g, ""))
    .filter((part) => part !== "");
}
