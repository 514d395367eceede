import type { GuardFinding } from "../../domain/guard-finding.ts";
import { quoteCode } from "../wording/quote-code.ts";
import { type Guard, gained } from "./guard-rule.ts";
import { isSource, isTestPath } from "./test-language.ts";

const sniffing =
  /\b(?:JEST_WORKER_ID|VITEST_WORKER_ID|PYTEST_CURRENT_TEST)\b|\bprocess\.env(?:\.VITEST\b|\[["']VITEST["']\])|["'](?:pytest|unittest)["']\s+in\s+sys\.modules|\btesting\.Testing\(\)|\bif\s*!?cfg!\(test\)|\bNODE_TEST_CONTEXT\b|\.stack\b.{0,80}\.(?:test|spec)[."'`\\]|\bprocess\.argv\b.{0,80}\b(?:vitest|jest|mocha)\b|\bsys\.argv\b.{0,80}\b(?:pytest|unittest)\b|\btypeof\s+(?:jest|vi|describe)\s*[!=]==?/;
// Ordinary where logs or timers are kept quiet in tests.
const asking = /\bNODE_ENV\b.{0,80}["']test["']|\b(?:RAILS_ENV|APP_ENV)\b.{0,80}["']test["']|\bRails\.env\.test\?/;

/** Code that asks whether it is being tested, and could behave well only then. */
export const testDetection: Guard = ({ files }) =>
  files
    .filter(({ path }) => isSource(path) && !isTestPath(path) && !/(?:^|\/)[^/]*\.config\.\w+$|setup/i.test(path))
    .flatMap((file) => {
      const told = (severity: "blocks" | "note") => (line: { readonly text: string; readonly n: number }) =>
        ({
          ...{ rule: "test-detection", severity, file: file.path, line: line.n },
          text: `${quoteCode(line.text)} makes the code behave differently when it is tested`,
        }) satisfies GuardFinding;
      return [...gained(file, sniffing).map(told("blocks")), ...gained(file, asking).map(told("note"))];
    });
