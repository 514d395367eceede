import type { TestReport } from "../../src/domain/evidence.ts";
import type { CodedChange } from "../../src/execution/coded.ts";

/** What the coder handed in, finished and with a test command known. */
export function aCodedChange(changes: Partial<CodedChange> = {}): CodedChange {
  return {
    status: "changed",
    change: { baseSha: "a".repeat(40), headSha: "b".repeat(40), bundle: "c0ffee" },
    submission: {
      title: "Show an empty cart",
      what: "`total()` starts at zero.",
      why: "Reducing an empty list throws without a start.",
    },
    unfinished: null,
    commands: { setup: "npm ci", test: "npm test" },
    preparation: { setup: "npm ci", image: null, dependenciesOnly: true, key: "d".repeat(64) },
    settings: { protectedBranches: [] },
    turns: 7,
    costUsd: 0.12345,
    timeMs: 60_000,
    from: 0,
    model: "claude/claude-sonnet-4-5",
    stop: null,
    ...changes,
  };
}

/** Tests that passed. */
export function aTestReport(changes: Partial<TestReport> = {}): TestReport {
  return {
    commit: "a".repeat(40),
    command: "npm test",
    stage: "test",
    exit_code: 0,
    timed_out: false,
    passed: true,
    counts: { passed: 12, failed: 0, skipped: 1 },
    duration_ms: 1234,
    output_tail: "ℹ pass 12\nℹ fail 0",
    ...changes,
  };
}

/** Tests of which one failed. */
export function aRedTestReport(changes: Partial<TestReport> = {}): TestReport {
  return aTestReport({
    exit_code: 1,
    passed: false,
    counts: { passed: 11, failed: 1, skipped: 1 },
    output_tail: "ℹ pass 11\nℹ fail 1",
    ...changes,
  });
}
