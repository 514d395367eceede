import { evidence } from "../domain/evidence.ts";
import { admission, admit } from "./admit.ts";
import { allOf } from "./all-of.ts";
import { code, coded } from "./code.ts";
import { earlyMirror } from "./early-mirror.ts";
import { reportProgress } from "./progress-comment.ts";
import { publish, published } from "./publish.ts";
import { showSeen } from "./show-seen.ts";
import { verify } from "./verify.ts";
import type { Workflow } from "./workflow.ts";

/** From a ticket to a pull request with a tested change. */
export const implement: Workflow = async (context) => {
  const { step, move } = context;
  await using early = earlyMirror(context);
  const admitted = await step("admit", admission, () => admit(context));
  if (admitted.refused) return admitted.outcome;

  await move("coding_started");
  const [work] = await allOf(
    step("code", coded, () => code(context, admitted.settings, early, showSeen(context))),
    // Beside the work, not before it: GitHub wants a second between two writes.
    reportProgress(context, "coding"),
  );
  if (work.status === "unchanged") return { status: "needs_human", reason: work.reason };

  await move("testing_started");
  const [seen] = await allOf(
    step("verify", evidence, () => verify(context, work)),
    reportProgress(context, "testing"),
  );

  const pull = await step("publish", published, () => publish(context, work, seen));
  if (pull.doubts.length > 0) {
    return { status: "needs_human", reason: `${pull.url} is a draft: ${pull.doubts.join("; ")}.` };
  }
  await move("review_started");
  return { status: "succeeded", summary: pull.url };
};
