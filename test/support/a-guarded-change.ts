import { readFileSync } from "node:fs";
import type { DiffLine, FileDiff } from "../../src/domain/diff.ts";
import { repositorySettings } from "../../src/domain/settings.ts";
import type { GuardedChange } from "../../src/execution/guards/guard-rule.ts";

/** A change, as a rule sees it, of these files. */
export function aGuardedChange(files: readonly FileDiff[], of: Partial<GuardedChange> = {}): GuardedChange {
  return {
    files,
    basePaths: new Set(files.filter(({ status }) => status !== "added").map(({ path, from }) => from ?? path)),
    neighbours: new Map(),
    settings: repositorySettings.parse({}),
    ...of,
  };
}

/**
 * Files of a change, each as a line `=== M path`, `=== A path`, `=== D path` or `=== R old > path`, followed by the lines of the whole
 * file with their marks. A line of `=== A path | binary 2048` has a kind and bytes, and no lines; of a `link` they say where it leads.
 * `=== M path | executable` can be run from now on.
 */
export function parseChange(text: string): readonly FileDiff[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [head = "", ...lines] = part.replace(/\n+$/, "").split("\n");
      const [, letter = "", from = null, path = "", kind = "text", bytes] =
        /^([MADR]) (?:(\S+) > )?(\S+)(?: \| (\w+)(?: (\d+))?)?$/.exec(head) ?? [];
      const read = linesOf(lines);
      const isText = kind === "text" || kind === "executable";
      const size = read.reduce((sum, line) => (line.mark === "-" ? sum : sum + line.text.length + 1), 0);
      return {
        ...{ path, from, status: statuses[letter] ?? "changed" },
        kind: kinds.find((it) => it === kind) ?? "text",
        bytes: bytes === undefined ? size : Number(bytes),
        lines: isText ? read : [],
        ...(!isText && kind !== "unread" && { raw: { old: "", now: read.map((line) => line.text).join("\n") } }),
        ...(kind === "executable" && { becomesExecutable: true }),
      };
    });
}

const statuses: Readonly<Record<string, FileDiff["status"]>> = { A: "added", D: "deleted", R: "renamed" };
const kinds = ["text", "binary", "unread", "link", "submodule"] as const;

function linesOf(lines: readonly string[]): readonly DiffLine[] {
  let [old, now] = [0, 0];
  return lines.map((line) => {
    const mark = line.startsWith("+") ? "+" : line.startsWith("-") ? "-" : " ";
    if (mark !== "+") old += 1;
    if (mark !== "-") now += 1;
    // What is awkward to keep in a file is written as `\r`, `\t`, `\u{202e}`.
    const text = line
      .slice(1)
      .replaceAll("\\r", "\r")
      .replaceAll("\\t", "\t")
      .replaceAll(/\\u\{([0-9a-f]+)\}/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
    return { mark, text, n: mark === "-" ? old : now };
  });
}

export interface Fixture {
  readonly title: string;
  readonly files: readonly FileDiff[];
}

/** The changes in `test/fixtures/guards/NAME.txt`, each below a line `### title`. */
export function fixtures(name: string): readonly Fixture[] {
  const text = readFileSync(new URL(`../fixtures/guards/${name}.txt`, import.meta.url), "utf8");
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => ({ title: part.slice(0, part.indexOf("\n")), files: parseChange(part) }));
}
