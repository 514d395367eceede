import { posix } from "node:path";
import { added, type FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { isSource } from "./test-language.ts";

/** A whole file is no longer looked at. */
const wholeFile =
  /@ts-nocheck|^\s*\/\/\s*nolint:all\b|\b(?:istanbul|c8|v8) ignore file\b|\b(?:swiftlint|rubocop):disable all\b|@file:Suppress\(|\/\*\s*eslint-disable\s*\*\/|^\s*\/\/\s*biome-ignore-all\b|^\s*#\s*(?:flake8:\s*noqa|ruff:\s*noqa|mypy:\s*ignore-errors|type:\s*ignore|pylint:\s*(?:skip-file|disable=all))\s*$|^\s*#!\[allow\((?:warnings|clippy::all|unused)\b/;
/** One line is not. */
const oneLine =
  /eslint-disable|@ts-(?:ignore|expect-error)|\bbiome-ignore\b|\boxlint-disable|\btslint:disable|#\s*noqa\b|#\s*type:\s*ignore|#\s*pyright:\s*ignore|#\s*pylint:\s*disable|#\s*nosec\b|\/\/\s*nolint\b|#!?\[allow\(|@Suppress(?:Warnings)?\(|\brubocop:disable\b|\/\/\s*NOLINT|\bphpcs:ignore|@phpstan-ignore|#pragma\s+warning\s+disable|\b(?:istanbul|c8|v8)\s+ignore\b|#\s*pragma:\s*no\s*cover|\bswiftlint:disable/;

const ignored = /^\.(?:eslint|stylelint|biome|oxlint|prettier)ignore$/;

/** What is told to linters, type checkers and coverage, so that they look away. */
export const suppressions: Guard = ({ files }) => [
  ...files.filter(({ path, status }) => ignored.test(posix.basename(path)) && status !== "added").flatMap(leftOut),
  ...files
    .filter(({ path }) => isSource(path))
    .flatMap((file) => {
      const whole = gained(file, wholeFile);
      const single = gained(file, oneLine).filter((line) => !whole.includes(line));
      return [...whole, ...single].map((line): GuardFinding => {
        const severity = whole.includes(line) ? "blocks" : "note";
        const of = whole.includes(line) ? "a whole file" : "a line";
        const text = `${quoteCode(line.text)} hides ${of} from the repository's checks`;
        return { rule: "suppressions", severity, file: file.path, line: line.n, text };
      });
    }),
];

/** One file by its name: a pattern is about what tools write. */
function leftOut(file: FileDiff): readonly GuardFinding[] {
  return added(file)
    .filter(({ text }) => isSource(text.trim()) && !/[*#!]/.test(text))
    .map(({ text, n }) => ({
      ...{ rule: "suppressions", severity: "draft", file: file.path, line: n },
      text: `${quoteCode(text)} hides a file from the repository's checks`,
    }));
}
