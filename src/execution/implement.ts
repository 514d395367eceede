import { admission, admit } from "./admit.ts";
import { isUnpublishable } from "./guards/findings-of.ts";
import { clarify } from "./planning/clarify.ts";
import { planFirst } from "./planning/plan-first.ts";
import { triage, triaged } from "./planning/triage.ts";
import { publish, published } from "./publish.ts";
import { bestOf } from "./round.ts";
import { earlyMirror } from "./sandboxes/early-mirror.ts";
import { showSeen } from "./show-seen.ts";
import { needsPerson } from "./wording/needs-person.ts";
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
  const clarified = await clarify(context, settings, begin);
  if (!clarified.go) return clarified.outcome;
  const ground = { settings, early, seen, triaged: begin, answers: clarified.answers };
  const planned = await planFirst(context, ground, begin);
  if (!planned.go) return planned.outcome;

  const rounds = await workInRounds(context, { ...ground, plan: planned.plan }, { begin, budget: planned.left });
  const best = bestOf(rounds);
  if (best === undefined || best.findings.some(isUnpublishable)) return needsPerson(context, rounds);

  const pull = await step("publish", published, () => publish(context, best, begin, rounds));
  if (pull.doubts.length > 0) return needsPerson(context, rounds, pull);
  await move("review_started");
  return { status: "succeeded", summary: pull.url };
};
