import { posix } from "node:path";
import { added, type DiffLine, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { isSource } from "./test-language.ts";

/** A whole file is no longer looked at. */
const wholeFile =
  /@ts-nocheck|^\s*\/\/\s*nolint:all\b|\b(?:istanbul|c8|v8) ignore file\b|\b(?:swiftlint|rubocop):disable all\b|@file:Suppress\(|\/\*\s*eslint-disable\s*\*\/|^\s*\/\/\s*biome-ignore-all\b|^\s*#\s*(?:flake8:\s*noqa|ruff:\s*noqa|mypy:\s*ignore-errors|type:\s*ignore|pylint:\s*(?:skip-file|disable=all))\s*$|^\s*#!\[allow\((?:warnings|clippy::all|unused|unsafe_code)\b|@SuppressWarnings\(\s*\{?\s*"all"/;
/** One line is not. */
const oneLine =
  /eslint-disable|@ts-(?:ignore|expect-error)|\bbiome-ignore\b|\boxlint-disable|\btslint:disable|#\s*noqa\b|#\s*type:\s*ignore|#\s*pyright:\s*ignore|#\s*pylint:\s*disable|#\s*nosec\b|\/\/\s*nolint\b|#!?\[allow\(|@Suppress(?:Warnings)?\(|\brubocop:disable\b|\/\/\s*NOLINT|\bphpcs:ignore|@phpstan-ignore|#pragma\s+warning\s+disable|\b(?:istanbul|c8|v8)\s+ignore\b|#\s*pragma:\s*no\s*cover|\bswiftlint:disable/;

/** What a crate does not let through, be it by hand or by a dependency's macro. */
const refusal = /^\s*#!\[(?:forbid|deny)\(([\w:, ]+)\)\]/;

const ignored = /^\.(?:eslint|stylelint|biome|oxlint|prettier)ignore$/;

/** What is told to linters, type checkers and coverage, so that they look away. */
export const suppressions: Guard = ({ files }) => [
  ...files.filter(({ path, status }) => ignored.test(posix.basename(path)) && status !== "added").flatMap(leftOut),
  ...files
    .filter(({ path }) => isSource(path))
    .flatMap((file) => {
      const whole = gained(file, wholeFile);
      const single = gained(file, oneLine).filter((line) => !whole.includes(line));
      return [
        ...refusalsGone(file),
        ...[...whole, ...single].map((line): GuardFinding => {
          const severity = whole.includes(line) ? "blocks" : "note";
          const of = whole.includes(line) ? "a whole file" : "a line";
          const text = `${quoteCode(line.text)} hides ${of} from the repository's checks`;
          return { rule: "suppressions", severity, file: file.path, line: line.n, text };
        }),
      ];
    }),
];

function refusalsGone(file: FileDiff): readonly GuardFinding[] {
  const refused = (lines: readonly DiffLine[]) =>
    lines.flatMap(
      ({ text }) =>
        refusal
          .exec(text)?.[1]
          ?.split(",")
          .map((lint) => lint.trim()) ?? [],
    );
  const still = new Set(refused(added(file)));
  const lost = file.status === "deleted" ? [] : refused(removed(file)).filter((lint) => !still.has(lint));
  return lost.map((lint) => ({
    ...{ rule: "suppressions", severity: "blocks", file: file.path, line: null },
    text: `${quoteCode(lint)} is not refused any more in the whole crate`,
  }));
}

/** One file by its name: a pattern is about what tools write. */
function leftOut(file: FileDiff): readonly GuardFinding[] {
  return added(file)
    .filter(({ text }) => isSource(text.trim()) && !/[*#!]/.test(text))
    .map(({ text, n }) => ({
      ...{ rule: "suppressions", severity: "draft", file: file.path, line: n },
      text: `${quoteCode(text)} hides a file from the repository's checks`,
    }));
}
