import { posix } from "node:path";
import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";
import { explainsLock, isLockFile } from "./made-files.ts";

/** There space says something. */
const indented = /\.(?:py|ya?ml|md|mk|pug|haml|coffee|nim|fs)$|(?:^|\/)Makefile$/i;
const fewFiles = 2;
const massRenames = 20;
const leastLines = 5;

/** What came along and is no part of the ticket: formatting, line endings, lock files, renames. */
export const unrelated: Guard = ({ files }) => {
  const flipped = files.filter(isFlipped);
  const spaced = files.filter((file) => !flipped.includes(file) && isOnlySpace(file));
  const churn = [...flipped, ...spaced];
  // Where nothing else is changed, this is what was asked for.
  const isBeside = churn.length < files.length;
  return [
    ...flipped.map((file) => found(file, isBeside ? "blocks" : "note", "all line endings are changed")),
    ...spaced.map((file) =>
      found(file, isBeside && churn.length > fewFiles ? "blocks" : "note", "nothing but white space is changed"),
    ),
    ...locks(files),
    ...renames(files),
  ];
};

function locks(files: readonly FileDiff[]): readonly GuardFinding[] {
  const isBeside = files.some(({ path }) => !isLockFile(path));
  return files
    .filter(({ path, status }) => status === "changed" && isLockFile(path))
    .filter((lock) => !files.some(({ path }) => explainsLock(lock.path, path)))
    .map((file) =>
      found(
        file,
        isBeside ? "blocks" : "note",
        "the lock file is changed, and the manifest that it is made from is not",
      ),
    );
}

function renames(files: readonly FileDiff[]): readonly GuardFinding[] {
  const moved = files.filter(({ from }) => from !== null);
  const [first] = moved;
  if (first === undefined || moved.length < massRenames) return [];
  return [found(first, moved.length === files.length ? "note" : "draft", `${moved.length} files are renamed`)];
}

function isFlipped(file: FileDiff): boolean {
  const [old, now] = [removed(file), added(file)];
  if (old.length < leastLines || old.length !== now.length) return false;
  const ends = (lines: readonly DiffLine[]) => lines.filter(({ text }) => text.endsWith("\r")).length;
  const bare = (lines: readonly DiffLine[]) => lines.map(({ text }) => text.replace(/\r$/, ""));
  const differing = Math.abs(ends(old) - ends(now));
  const right = bare(now);
  const same = bare(old).filter((text, at) => text === right[at]).length;
  return differing >= leastLines && same * 10 >= old.length * 9;
}

function isOnlySpace(file: FileDiff): boolean {
  const joined = (lines: readonly DiffLine[]) => lines.map(({ text }) => text.replaceAll(/\s+/g, "")).join("");
  const [old, now] = [removed(file), added(file)];
  if (file.status !== "changed" || old.length + now.length === 0) return false;
  return (
    (!indented.test(posix.basename(file.path)) || old.every(({ text }) => text.trim() === "")) &&
    joined(old) === joined(now)
  );
}

function found({ path }: FileDiff, severity: GuardFinding["severity"], text: string): GuardFinding {
  return { rule: "unrelated", severity, file: path, line: null, text };
}
