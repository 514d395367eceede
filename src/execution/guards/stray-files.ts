import { posix } from "node:path";
import { before, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";
import { isTestPath } from "./test-language.ts";

/** Nobody commits these on purpose. */
const junk =
  /(?:^|\/)(?:node_modules|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.venv|venv|\.tox|\.nyc_output|\.idea|\.gradle)\/|(?:^|\/)(?:\.DS_Store|Thumbs\.db|\.coverage|npm-debug\.log)$|\.(?:pyc|pyo|class|o|swp|orig|rej|log|tmp|bak)$/;
const generated =
  /(?:^|\/)(?:dist|build|out|target|coverage|vendor|third_party|generated)\/|\.min\.(?:js|css)$|\.(?:js|css)\.map$/;
const byGenerator =
  /\b(?:code )?generated\b.{0,80}\bdo not (?:edit|modify)\b|@generated\b|\bauto-?generated\b.{0,80}\bdo not\b/i;
const headLines = 10;
const program = /\.(?:exe|dll|so|dylib|jar|war|bin|a|wasm|apk|deb|rpm)$/i;

/** Files that a build, a tool or another project made, where the repository kept none before. */
export const strayFiles: Guard = ({ files, basePaths }) => {
  const folders = new Set([...basePaths].map((path) => posix.dirname(path)));
  const isAlone = files.every((file) => isTestPath(file.path) || isMade(file));
  return files.flatMap((file): readonly GuardFinding[] => {
    const told = (severity: GuardFinding["severity"], text: string): GuardFinding[] => [
      { rule: "stray-files", severity, file: file.path, line: null, text },
    ];
    if (file.status === "deleted") return [];
    if (junk.test(file.path)) {
      return file.status === "added" ? told("blocks", "a leftover of a tool is part of the change") : [];
    }
    if (program.test(file.path) || (file.kind === "binary" && posix.extname(file.path) === "")) {
      return told("draft", "a program that nobody can read is part of the change");
    }
    if (isAlone && file.status !== "added" && isMade(file)) {
      return told("draft", "it says that a generator writes it, and nothing that it could be made from is changed");
    }
    if (!generated.test(file.path)) return [];
    const wasKept = file.status !== "added" || folders.has(posix.dirname(file.path));
    return told(wasKept ? "note" : "draft", "it looks generated, or copied from another project");
  });
};

function isMade(file: FileDiff): boolean {
  return before(file)
    .slice(0, headLines)
    .some(({ text }) => byGenerator.test(text));
}
