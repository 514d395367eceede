import { posix } from "node:path";
import { isToolFile } from "./tool-files.ts";

const otherList = /^\s*(-r|--requirement|-c|--constraint)[\s=]*(\S+)/;
const option =
  /^\s*(?:-i|--(?:hash|pre|(?:extra-)?index-url|prefer-binary|(?:only|no)-binary|require-hashes|trusted-host))\b/;
/** A name and what may follow one: no path, no address, no archive. */
const name = /^\s*(?!\S*\.(?:whl|zip|gz|bz2)\b)[a-z0-9][\w.-]*(?:$|[\s[;#@,=<>!~\\])/i;

/**
 * Whether one of these lists of Python's requirements may name what is in the repository itself, which an install then builds:
 * a path, or a list that is not among them. https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
export function hasOwnRequirements(lists: ReadonlyMap<string, string>): boolean {
  return [...lists].some(([list, text]) =>
    text.split("\n").some((line) => {
      const [, how, path] = otherList.exec(line) ?? [];
      if (how === undefined || path === undefined) {
        return !/^\s*(?:#|$)/.test(line) && (!(option.test(line) || name.test(line)) || /\bfile:/.test(line));
      }
      const named = posix.join(posix.dirname(list), path);
      return how.includes("c") ? !isToolFile(named) : !lists.has(named);
    }),
  );
}
