import { posix } from "node:path";
import { added, after, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import type { Guard } from "./guard-rule.ts";
import { isLockFile, isSnapshot } from "./made-files.ts";

const image = /\.(?:png|jpe?g|gif|webp|avif|ico|svg|woff2?|ttf|otf)$/i;

/** More than a person can look through, or than a repository should carry. */
export const size: Guard = ({ files, settings }) => {
  const { max_file_kb, max_changed_lines } = settings;
  const written = files.filter(({ path }) => !isLockFile(path) && !isSnapshot(path));
  const lines = written.reduce((sum, file) => sum + added(file).length + removed(file).length, 0);
  const largest = written.toSorted((a, b) => b.lines.length - a.lines.length)[0];
  return [
    ...files.flatMap((file) => fileFindings(file, max_file_kb)),
    ...(lines > max_changed_lines && largest !== undefined
      ? [
          found(
            largest,
            "draft",
            `the change has ${lines} lines, more than the ${max_changed_lines} of \`max_changed_lines\``,
          ),
        ]
      : []),
  ];
};

function fileFindings(file: FileDiff, maxKb: number): readonly GuardFinding[] {
  if (file.status === "deleted" || isLockFile(file.path)) return [];
  const kb = Math.ceil(file.bytes / 1024);
  if (kb > maxKb) return [found(file, "draft", `the file has ${kb} KB, more than the ${maxKb} of \`max_file_kb\``)];
  switch (file.kind) {
    case "unread":
      return [found(file, "draft", "nobody has looked into it: the change has too many files, or they are too large")];
    case "link":
      return [linkFinding(file)];
    case "submodule":
      return [found(file, "draft", "it is another commit of a submodule")];
    case "binary":
      return [
        found(
          file,
          "note",
          `${image.test(posix.basename(file.path)) ? "an image or a font" : "a binary file"} of ${kb} KB`,
        ),
      ];
    case "text":
      return isOddProgram(file) ? [found(file, "note", "it can be run as a program now")] : [];
    default:
      return file.kind satisfies never;
  }
}

function linkFinding(file: FileDiff): GuardFinding {
  const target = file.raw?.now ?? "";
  const isOutside = posix.isAbsolute(target) || posix.join(posix.dirname(file.path), target).startsWith("../");
  const to = quoteCode(target);
  return isOutside
    ? found(file, "draft", `it is a link out of the repository, to ${to}`)
    : found(file, "note", target === "" ? "it is a link to another place" : `it is a link to ${to}`);
}

/** A script says in its first line what runs it. */
function isOddProgram(file: FileDiff): boolean {
  return file.becomesExecutable === true && after(file)[0]?.text.startsWith("#!") !== true;
}

function found({ path }: FileDiff, severity: GuardFinding["severity"], text: string): GuardFinding {
  return { rule: "size", severity, file: path, line: null, text };
}
