import type { Evidence } from "../../domain/evidence.ts";
import { cannotRun } from "./cannot-run.ts";
import { isForgiven } from "./tell-apart.ts";

type Seen = NonNullable<Evidence>;

/** Where more was red before, it has hardly to do with one bug. */
export const maxSuspects = 10;

/** Whether it is open that a bug is mended: a few tests are as red as without the change, and none turned green. */
export function isUnproven(seen: Seen): boolean {
  return isUnprovenByName(seen) || (isEquallyRed(seen) && isUnprovenByCount(seen));
}

function isUnprovenByName({ head, failures, regression }: Seen): boolean {
  const suspects = failures?.known_red.length ?? 0;
  const isOpen = suspects > 0 && suspects <= maxSuspects;
  return !head.passed && isForgiven(failures) && isOpen && regression?.shown === false;
}

/** What was not even run says nothing, and where fewer fail something turned green. */
function isUnprovenByCount({ base, head }: Seen): boolean {
  if (head.stage === "setup" || head.timed_out || cannotRun({ base, head })) return false;
  if (!base.counts || !head.counts) return true;
  return head.counts.failed >= base.counts.failed && head.counts.failed <= maxSuspects;
}

/** Whether the tests fail as they do without the change, so that they tell nothing about it. */
export function isEquallyRed({ base, head, failures }: Seen): boolean {
  // What fails is known by name, or it is not the tests.
  if (failures !== undefined || head.passed) return false;
  if (cannotRun({ base, head })) return true;
  if (base.passed || base.stage !== head.stage || base.timed_out !== head.timed_out) return false;
  if (head.timed_out) return true;
  if (base.counts && head.counts && base.counts.failed > 0) {
    // Without a failed test it is something else that fails now, a linter say.
    return head.counts.failed > 0 && head.counts.failed <= base.counts.failed;
  }
  return base.exit_code === head.exit_code && withoutNumbers(base.output_tail) === withoutNumbers(head.output_tail);
}

/** Durations and the like differ from one run to the next. */
function withoutNumbers(output: string): string {
  return output.replaceAll(/\d+/g, "0");
}
