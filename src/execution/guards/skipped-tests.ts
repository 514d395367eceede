import type { DiffLine, FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { testLanguageOf } from "./test-language.ts";

// Go says its condition on the line before.
const condition = /^\s*(?:if|unless|when|elif|}?\s*else)\b/;

/** Of node:test, where it stands alone. */
const option = /^\s*\{\s*(?:skip|todo|only):\s*(?:true|["'`]).*\}\s*,\s*$/;

function isBelowName(line: DiffLine, { lines }: FileDiff): boolean {
  return /^\s*["'`].*["'`],\s*$/.test(lines[lines.indexOf(line) - 1]?.text ?? "");
}

/** Tests that are switched off, and tests that switch all others off. */
export const skippedTests: Guard = ({ files }) =>
  files.flatMap((file) => {
    const language = testLanguageOf(file);
    if (language === undefined) return [];
    const conditional = language.skipIf === undefined ? [] : gained(file, language.skipIf);
    const skipped = [
      ...gained(file, language.skip),
      ...gained(file, option).filter((line) => isBelowName(line, file)),
    ].filter((line) => !conditional.includes(line));
    return [...skipped, ...conditional].map((line): GuardFinding => {
      const previous = file.lines[file.lines.indexOf(line) - 1]?.text ?? "";
      const isConditional = conditional.includes(line) || condition.test(previous) || condition.test(line.text);
      const text = `${quoteCode(line.text)} ${isConditional ? "skips tests under a condition" : "switches tests off"}`;
      const severity = isConditional ? "note" : "blocks";
      return { rule: "skipped-tests", severity, file: file.path, line: line.n, text };
    });
  });
