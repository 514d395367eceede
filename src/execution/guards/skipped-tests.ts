import type { DiffLine, FileDiff } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { testLanguageOf } from "./test-language.ts";

// Go says its condition on the line before.
const condition = /^\s*(?:if|unless|when|elif|}?\s*else)\b/;

/** A test that ends at once, by what its machine says. */
const leavesIf =
  /^\s*if\b.*(?:process\.env\b|os\.(?:Getenv|LookupEnv|environ|getenv)|System\.getenv|\benv::var).*\breturn\b/;
const always =
  /\bskipif\(\s*(?:True|1)\s*,|\bskipIf\(\s*(?:true|1)\s*[,)]|\brunIf\(\s*(?:false|0)\s*[,)]|\bassumeTrue\(\s*false|\bassumeFalse\(\s*true|^\s*if\s*\(?(?:true|True|1)\)?\s*[:{]/;
const ci = /\b(?:CI|GITHUB_ACTIONS|GITLAB_CI|BUILDKITE|CIRCLECI|JENKINS_URL|NIGHTSHIFT\w*)\b/;
/** It asks whether this is no CI system. */
const elsewhere =
  /!\s*\(?\s*process\.env|\bnot\s+(?:os\.|in\b)|==\s*(?:""|null|nil|undefined|None)|===\s*undefined|\bis\s+None|\bis_err\(\)|\bUnless\(/;
/** What follows is run where the condition holds, not left out. */
const only = /\brunIf\(|\bassumeTrue\(|\bassumeThat\(|@Enabled/;

function leavesOutInCi(text: string): boolean {
  return ci.test(text) && elsewhere.test(text) === only.test(text);
}

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
    const conditional = [
      ...(language.skipIf === undefined ? [] : gained(file, language.skipIf)),
      ...gained(file, leavesIf),
    ];
    const skipped = [
      ...gained(file, language.skip),
      ...gained(file, option).filter((line) => isBelowName(line, file)),
    ].filter((line) => !conditional.includes(line));
    return [...skipped, ...conditional].map((line): GuardFinding => {
      const previous = file.lines[file.lines.indexOf(line) - 1]?.text ?? "";
      const isConditional = conditional.includes(line) || condition.test(previous) || condition.test(line.text);
      const said = condition.test(previous) ? `${previous.trim()} ${line.text.trim()}` : line.text;
      const [severity, what] =
        !isConditional || always.test(said)
          ? (["blocks", "switches tests off"] as const)
          : leavesOutInCi(said)
            ? (["blocks", "leaves tests out where they count, in a CI system"] as const)
            : (["note", "skips tests under a condition"] as const);
      const text = `${quoteCode(said)} ${what}`;
      return { rule: "skipped-tests", severity, file: file.path, line: line.n, text };
    });
  });
