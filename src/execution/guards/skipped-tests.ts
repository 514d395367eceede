import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { testLanguageOf } from "./test-language.ts";

// Go says its condition on the line before.
const condition = /^\s*(?:if|unless|when|elif|}?\s*else)\b/;

/** Tests that are switched off, and tests that switch all others off. */
export const skippedTests: Guard = ({ files }) =>
  files.flatMap((file) => {
    const language = testLanguageOf(file);
    if (language === undefined) return [];
    const conditional = language.skipIf === undefined ? [] : gained(file, language.skipIf);
    const skipped = gained(file, language.skip).filter((line) => !conditional.includes(line));
    return [...skipped, ...conditional].map((line): GuardFinding => {
      const previous = file.lines[file.lines.indexOf(line) - 1]?.text ?? "";
      const isConditional = conditional.includes(line) || condition.test(previous) || condition.test(line.text);
      const text = `${quoteCode(line.text)} ${isConditional ? "skips tests under a condition" : "switches tests off"}`;
      const severity = isConditional ? "note" : "blocks";
      return { rule: "skipped-tests", severity, file: file.path, line: line.n, text };
    });
  });
