import { after, before, type FileDiff, removed } from "../../domain/diff.ts";
import type { GuardFinding } from "../../domain/guard-finding.ts";
import type { Guard } from "./guard-rule.ts";
import { isSnapshot } from "./made-files.ts";

const leastLines = 20;

/** Recorded results that were recorded anew: they agree with whatever the code does now. */
export const rewrittenSnapshots: Guard = ({ files }) =>
  files.filter(({ path, from }) => isSnapshot(from ?? path)).flatMap(finding);

function finding(file: FileDiff): readonly GuardFinding[] {
  const lost = removed(file).length;
  if (lost === 0 && file.kind === "text") return [];
  const were = before(file).length;
  const isWhole = lost >= leastLines && lost * 2 > were && after(file).length > 0;
  const text = isWhole
    ? `${lost} of ${were} lines of recorded results are recorded anew: look whether they are right`
    : `recorded results are ${file.status === "deleted" ? "deleted" : "changed"}`;
  return [{ rule: "weakened-tests", severity: isWhole ? "draft" : "note", file: file.path, line: null, text }];
}
