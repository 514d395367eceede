import { posix } from "node:path";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";

/** Nobody commits these on purpose. */
const junk =
  /(?:^|\/)(?:node_modules|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.venv|venv|\.tox|\.nyc_output|\.idea|\.gradle)\/|(?:^|\/)(?:\.DS_Store|Thumbs\.db|\.coverage|npm-debug\.log)$|\.(?:pyc|pyo|class|o|swp|orig|rej|log|tmp|bak)$/;
const generated =
  /(?:^|\/)(?:dist|build|out|target|coverage|vendor|third_party|generated)\/|\.min\.(?:js|css)$|\.(?:js|css)\.map$/;
const program = /\.(?:exe|dll|so|dylib|jar|war|bin|a|wasm|apk|deb|rpm)$/i;

/** Files that a build, a tool or another project made, where the repository kept none before. */
export const strayFiles: Guard = ({ files, basePaths }) => {
  const folders = new Set([...basePaths].map((path) => posix.dirname(path)));
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
    if (!generated.test(file.path)) return [];
    const wasKept = file.status !== "added" || folders.has(posix.dirname(file.path));
    return told(wasKept ? "note" : "draft", "it looks generated, or copied from another project");
  });
};
