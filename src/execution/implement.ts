import { admission, admit } from "./admit.ts";
import { earlyMirror } from "./early-mirror.ts";
import { isUnpublishable } from "./guards/findings-of.ts";
import { needsPerson } from "./needs-person.ts";
import { publish, published } from "./publish.ts";
import { bestOf } from "./round.ts";
import { showSeen } from "./show-seen.ts";
import { triage, triaged } from "./triage.ts";
import { waitsForAnswers } from "./waits-for-answers.ts";
import { workInRounds } from "./work-in-rounds.ts";
import type { Workflow } from "./workflow.ts";

/** From a ticket to a pull request with a tested change. */
export const implement: Workflow = async (context) => {
  const { step, move } = context;
  await using early = earlyMirror(context);
  const admitted = await step("admit", admission, () => admit(context));
  if (admitted.refused) return admitted.outcome;

  const seen = showSeen(context);
  const { settings } = admitted;
  const begin = await step("triage", triaged, () => triage(context, { settings, early, seen }));
  if (begin.questions.length > 0) return waitsForAnswers(begin.questions);

  const rounds = await workInRounds(context, { settings, early, seen, triaged: begin }, begin);
  const best = bestOf(rounds);
  if (best === undefined || best.findings.some(isUnpublishable)) return needsPerson(rounds);

  const pull = await step("publish", published, () => publish(context, best, begin, rounds));
  if (pull.doubts.length > 0) return needsPerson(rounds, pull);
  await move("review_started");
  return { status: "succeeded", summary: pull.url };
};
