import type { Evidence } from "../../src/domain/evidence.ts";
import type { Coded, CodedChange } from "../../src/execution/coded.ts";
import type { Round } from "../../src/execution/round.ts";
import { aCodedChange, aRedTestReport, aTestReport } from "./a-change.ts";

const head = { commit: "b".repeat(40) };

/** Tests that the change turned red. */
const red: Evidence = { base: aTestReport(), head: aRedTestReport(head), redefined_by: [] };
export const green: Evidence = { base: aTestReport(), head: aTestReport(head), redefined_by: [] };

/** The first model's change, which broke a test, unless the test says otherwise. */
export function aRound(
  of: { readonly work?: Partial<CodedChange>; readonly seen?: Evidence; readonly findings?: Round["findings"] } = {},
): Round {
  return {
    work: aCodedChange({ model: "local/small", ...of.work }),
    seen: of.seen === undefined ? red : of.seen,
    findings: of.findings ?? [],
  };
}

/** A round that left the workspace as the base has it. */
export function anIdleRound(of: Partial<Coded> = {}): Round {
  const { model, from, stop, turns, costUsd, timeMs, words } = { ...aCodedChange({ model: "local/small" }), ...of };
  const spent = { model, from, stop, turns, costUsd, timeMs, words };
  return {
    work: { status: "unchanged", change: null, reason: "Nothing was changed.", ...spent },
    seen: undefined,
    findings: [],
  };
}
